"""The command line: parse, one call, print."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from insights.errors import InsightsError, UsageError

if TYPE_CHECKING:
    from insights.config import Settings
    from insights.pipeline import Notify, Progress, Summary
    from insights.types import Failure

app = typer.Typer(
    name="insights",
    help="Recorded sales calls and enquiry e-mails in; recurring questions, objections and a content backlog out.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)
backlog_app = typer.Typer(help="What to make next: list it, or export it.", no_args_is_help=True)
models_app = typer.Typer(help="The models: list, fetch, verify.", no_args_is_help=True)
roles_app = typer.Typer(help="Who sells and who buys: list it, correct it.", no_args_is_help=True)
app.add_typer(backlog_app, name="backlog")
app.add_typer(roles_app, name="roles")
app.add_typer(models_app, name="models")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

EXIT_SOME_FAILED = 3  # the run went through, but some files could not be read

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store (default: insights-data).")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Settings file (default: insights.toml here).")]
WeekOption = Annotated[str | None, typer.Option("--week", help="ISO week, as 2026-W45 (default: the latest).")]


@app.command(epilog="Example: `insights demo`")
def demo(store: StoreOption = None) -> None:
    """Run the main job on the sample calls and mails, and say where the report is."""
    from insights import pipeline

    with reported() as failures:
        samples = pipeline.find_samples()
        settings = _settings(store or Path("insights-data/demo"), samples / "insights.toml")
        failures.extend(_run((samples,), settings, week=None))


@app.command(epilog="Example: `insights run recordings/ mail/ --store insights-data`")
def run(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders of calls, mails and transcripts.")],
    store: StoreOption = None,
    config: ConfigOption = None,
    week: WeekOption = None,
    speech_model: Annotated[
        str | None, typer.Option(help="A speech model of `insights models list`, as base or turbo, or a folder.")
    ] = None,
) -> None:
    """Read calls and mails, find questions, objections and themes, and write the report and the backlog."""
    with reported() as failures:
        failures.extend(_run(tuple(paths), _settings(store, config, speech_model=speech_model), week))


@app.command(epilog="Example: `insights report --week 2026-W45`")
def report(week: WeekOption = None, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Write the weekly objection report as HTML and Markdown."""
    from insights import pipeline

    with reported():
        for path in pipeline.write_report(_settings(store, config), week):
            out.print(str(path), soft_wrap=True)


@app.command(epilog="Example: `insights search single sign-on`")
def search(
    words: Annotated[list[str], typer.Argument(help="Words that an utterance must hold.")],
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Find where something was said or written."""
    from insights import pipeline

    with reported():
        hits = pipeline.search(_settings(store, config), " ".join(words), limit=limit)
        table = Table("where", "account", "role", "said")
        for hit in hits:
            at = "" if hit.start_s is None else f" {int(hit.start_s) // 60}:{int(hit.start_s) % 60:02d}"
            table.add_row(Path(hit.source).name + at, hit.account or "", hit.role, hit.text)
        out.print(table if hits else "Nobody said that.")


@app.command(epilog="Example: `insights evaluate questions sample_calls/gold/utterances_calls.jsonl`")
def evaluate(
    task: Annotated[str, typer.Argument(help="questions, objections, themes, emails, pii or calls.")],
    file: Annotated[Path, typer.Argument(help="Labelled rows, one JSON object a line.")],
    predictions: Annotated[Path | None, typer.Option(help="Write one prediction a line here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    config: ConfigOption = None,
) -> None:
    """Run the real detectors over labelled rows and score them."""
    from insights.evaluate import evaluate as run_evaluation

    with reported():
        scores = run_evaluation(task, file, settings=_settings(None, config), predictions=predictions)
        if as_json:
            sys.stdout.write(json.dumps(scores) + "\n")
        else:
            out.print(_score_table(scores))


@backlog_app.command("list", epilog="Example: `insights backlog list --limit 10`")
def backlog_list(
    limit: Annotated[int, typer.Option(min=1, help="How many ideas to show.")] = 20,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Show the ideas, first to make first."""
    from insights import pipeline

    with reported():
        table = Table("#", "priority", "format", "title", "why")
        for rank, idea in enumerate(pipeline.load_ideas(_settings(store, config))[:limit], 1):
            reasons = "; ".join(factor.note for factor in idea.factors if factor.note)
            table.add_row(str(rank), f"{idea.priority:.0f}", idea.format, idea.title, reasons)
        out.print(table)


@backlog_app.command("export", epilog="Example: `insights backlog export backlog.xlsx`")
def backlog_export(
    file: Annotated[Path, typer.Argument(help="Where to: a name ending in .csv, .xlsx or .md.")],
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the backlog as CSV, XLSX or Markdown."""
    from insights import pipeline

    with reported():
        out.print(str(pipeline.export_backlog(_settings(store, config), file)), soft_wrap=True)


@roles_app.command("list", epilog="Example: `insights roles list --limit 10`")
def roles_list(
    conversation: Annotated[str, typer.Argument(help="File name or beginning of an id (default: all calls).")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many speakers to show.")] = 40,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Show each call's speakers, on which side they are taken to be and why; the least sure first."""
    from insights import pipeline

    with reported():
        table = Table("conversation", "id", "speaker", "role", "sure", "decided by", "words")
        for one in pipeline.list_roles(_settings(store, config), conversation)[:limit]:
            name, found = Path(one.conversation.source).name, one.conversation
            sure = f"{one.confidence:.2f}"
            table.add_row(_plain(name), found.id[:8], _plain(one.speaker), one.role, sure, one.reason, str(one.n_words))
        out.print(table)


@roles_app.command("set", epilog="Example: `insights roles set 2026-11-03_dana_acme.wav left customer`")
def roles_set(
    arguments: Annotated[
        list[str],
        typer.Argument(metavar="CONVERSATION SPEAKER ROLE", help="With --line: CHANNEL ROLE, as in 'left rep'."),
    ],
    line: Annotated[str | None, typer.Option(help="All stereo calls of this phone line, later ones too.")] = None,
    later: Annotated[bool, typer.Option("--later", help="Only note it; the next run takes it in.")] = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Correct who is the rep: of one conversation, or of a phone line. It stays until it is undone."""
    from insights import pipeline

    with reported():
        settings = _settings(store, config)
        if len(arguments) != (2 if line else 3):
            raise UsageError("Give CONVERSATION SPEAKER ROLE, or --line LINE and CHANNEL ROLE.")
        edit = (
            pipeline.correct_line(settings, line, *arguments) if line else pipeline.correct_role(settings, *arguments)
        )
        out.print(_plain(f"{edit.id}: {edit.target[1][:16]} {edit.target[2]} is {edit.value}."))
        _take_in(settings, later)


@roles_app.command("history", epilog="Example: `insights roles history`")
def roles_history(store: StoreOption = None, config: ConfigOption = None) -> None:
    """Show the corrections that hold."""
    from insights import pipeline

    with reported():
        table = Table("correction", "made", "of", "which", "speaker", "role")
        for edit in pipeline.list_role_edits(_settings(store, config)):
            of, which, speaker = edit.target
            made = f"{edit.made_at:%Y-%m-%d %H:%M}"
            table.add_row(edit.id, made, of, _plain(which[:16]), _plain(speaker), edit.value)
        out.print(table)


@roles_app.command("undo", epilog="Example: `insights roles undo E-0003`")
def roles_undo(
    correction: Annotated[str, typer.Argument(help="Its id in `insights roles history` (default: the last).")] = "",
    later: Annotated[bool, typer.Option("--later", help="Only note it; the next run takes it in.")] = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Withdraw a correction: what the run finds counts again."""
    from insights import pipeline

    with reported():
        settings = _settings(store, config)
        edit = pipeline.undo_edit(settings, correction)
        out.print(_plain(f"{edit.id} is withdrawn: {edit.target[1][:16]} {edit.target[2]} was {edit.value}."))
        _take_in(settings, later)


@models_app.command("list", epilog="Example: `insights models list`")
def models_list(config: ConfigOption = None) -> None:
    """Show every model, whether it is here, whence it can be fetched, and its licence."""
    from insights import models, pipeline

    with reported():
        table = Table("model", "what for", "here", "MB", "from", "licence")
        for status in models.list_models(*pipeline.needed_models(_settings(None, config))):
            size, sources = f"{status.size / 1e6:.0f}", ", ".join(status.sources)
            table.add_row(status.name, status.use, status.state, size, sources, status.licence)
        out.print(table)


@models_app.command("get", epilog="Example: `insights models get whisper-tiny.en`")
def models_get(
    names: Annotated[list[str] | None, typer.Argument(help="Models (default: those the settings need).")] = None,
    config: ConfigOption = None,
) -> None:
    """Fetch models and check them against their hashes."""
    from insights import models, pipeline

    with reported():
        for name in names or pipeline.needed_models(_settings(None, config)):
            out.print(f"{name}: {models.get(name, tell=err.print)}", soft_wrap=True)


@models_app.command("verify", epilog="Example: `insights models verify`")
def models_verify(
    names: Annotated[list[str] | None, typer.Argument(help="Models (default: those the settings need).")] = None,
    config: ConfigOption = None,
) -> None:
    """Read every byte of the models again and check their hashes."""
    from insights import models, pipeline

    with reported():
        for name in names or pipeline.needed_models(_settings(None, config)):
            models.verify(name)
            out.print(f"{name}: as it should be")


@contextmanager
def reported() -> Iterator[list[Failure]]:
    """Errors that a user can act on as one line; failed files listed at the end, and told by the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    failures: list[Failure] = []
    try:
        yield failures
    except InsightsError as error:
        err.print(f"[red]error:[/] {_plain(str(error))}", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        err.print("Stopped. What is done is kept; the same command goes on from here.")
        raise typer.Exit(130) from None
    if failures:
        err.print(f"\n{len(failures)} could not be read; the next run tries them again:")
        for failure in failures:
            err.print(f"  {_plain(failure.source)}: {_plain(failure.reason)}", soft_wrap=True)
        raise typer.Exit(EXIT_SOME_FAILED)


def _take_in(settings: Settings, later: bool) -> None:
    """Analyse again what a correction touches, and write the report anew."""
    from insights import pipeline

    if later:
        out.print("The next `insights run` takes it in.")
        return
    with _progress() as notify:
        n_analysed = pipeline.refresh(settings, notify=notify)
    out.print(f"{n_analysed} conversations analysed again. Written:")
    for path in pipeline.write_outputs(settings):
        out.print(f"  {path}", soft_wrap=True)


def _run(paths: tuple[Path, ...], settings: Settings, week: str | None) -> tuple[Failure, ...]:
    from insights import pipeline

    with _progress() as notify:
        summary = pipeline.run(paths, settings, notify=notify)
    _print_summary(summary)
    for path in pipeline.write_outputs(settings, week):
        out.print(f"  {path}", soft_wrap=True)
    return summary.failures


def _print_summary(summary: Summary) -> None:
    out.print(
        f"{summary.n_files} files, {summary.n_read} new or changed; {summary.n_conversations} conversations, "
        f"{summary.n_themes} themes, {summary.n_ideas} ideas. Written:"
    )


@contextmanager
def _progress() -> Iterator[Notify]:
    from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:>12}"), BarColumn(), TextColumn("{task.percentage:3.0f}%"))
    left = TimeRemainingColumn(elapsed_when_finished=True)
    # A window of five minutes may take a minute: the speed is that of the last ten.
    with Bars(*columns, left, console=err, transient=False, speed_estimate_period=600) as bars:
        tasks: dict[str, TaskID] = {}

        def notify(progress: Progress) -> None:
            if progress.step not in tasks:
                tasks[progress.step] = bars.add_task(progress.step, total=progress.total)
            bars.update(tasks[progress.step], completed=progress.done, total=progress.total)

        yield notify


def _settings(store: Path | None, config: Path | None, **overrides: object) -> Settings:
    from insights.config import load_settings

    return load_settings(config, store=store, **overrides)


def _score_table(scores: Mapping[str, float | int | None]) -> Table:
    table = Table("score", "value")
    for name, value in scores.items():
        table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    return table


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
