"""The main job and what reads its results: demo, run, report, search, evaluate."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from insights.cli.shell import (
    ConfigOption,
    StoreOption,
    WeekOption,
    err,
    out,
    plain,
    progress_bars,
    reported,
    settings_of,
)

if TYPE_CHECKING:
    from insights.config import Settings
    from insights.pipeline import Summary
    from insights.types import Failure

app = typer.Typer()


@app.command(epilog="Example: `insights demo`")
def demo(store: StoreOption = None) -> None:
    """Run the main job on the sample calls and mails, and say where the report is."""
    from insights import pipeline

    with reported() as failures:
        samples = pipeline.find_samples()
        settings = settings_of(store or Path("insights-data/demo"), samples / "insights.toml")
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
        failures.extend(_run(tuple(paths), settings_of(store, config, speech_model=speech_model), week))


@app.command(epilog="Example: `insights report --week 2026-W45`")
def report(week: WeekOption = None, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Write the weekly objection report as HTML and Markdown."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        with progress_bars() as notify:
            pipeline.catch_up(settings, notify=notify)
        for path in pipeline.write_report(settings, week):
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
        hits = pipeline.search(settings_of(store, config), " ".join(words), limit=limit)
        table = Table("where", "account", "role", "said", "found in it")
        for hit in hits:
            at = "" if hit.start_s is None else f" {int(hit.start_s) // 60}:{int(hit.start_s) % 60:02d}"
            table.add_row(Path(hit.source).name + at, hit.account or "", hit.role, hit.text, hit.found or "")
        out.print(table if hits else "Nobody said that.")


@app.command(epilog="Example: `insights evaluate questions sample_calls/gold/utterances_calls.jsonl`")
def evaluate(
    task: Annotated[str, typer.Argument(help="questions, objections, themes, emails, pii or calls.")],
    file: Annotated[Path, typer.Argument(help="Labelled rows, one JSON object a line.")],
    predictions: Annotated[Path | None, typer.Option(help="Write one prediction a line here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    store: Annotated[Path | None, typer.Option(help="With what `insights retrain` learnt in this store.")] = None,
    config: ConfigOption = None,
) -> None:
    """Run the real detectors over labelled rows and score them; as shipped, or as retrained in a store."""
    from insights import pipeline
    from insights.evaluate import evaluate as run_evaluation

    with reported():
        adapter = pipeline.load_adapter(store) if store else None
        if store:
            learnt = f"With what was learnt in {plain(str(store))}."
            err.print(learnt if adapter else "As shipped: nothing learnt is in force.")
        settings = settings_of(store, config)
        scores = run_evaluation(task, file, settings=settings, predictions=predictions, adapter=adapter)
        if as_json:
            sys.stdout.write(json.dumps(scores) + "\n")
        else:
            out.print(_score_table(scores))


def _run(paths: tuple[Path, ...], settings: Settings, week: str | None) -> tuple[Failure, ...]:
    from insights import pipeline

    with progress_bars() as notify:
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


def _score_table(scores: Mapping[str, float | int | None]) -> Table:
    table = Table("score", "value")
    for name, value in scores.items():
        table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    return table
