"""What was found, and what people say of it: accept, reject, put right, add."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from insights.cli.shell import ConfigOption, LaterOption, StoreOption, out, plain, reported, settings_of, take_in
from insights.cli.why import print_reasons

if TYPE_CHECKING:
    from collections.abc import Iterable

    from insights.types import Edit

app = typer.Typer(help="What was found: list it, accept it, reject it, add what was missed.", no_args_is_help=True)

IdsArgument = Annotated[list[str], typer.Argument(metavar="ID…", help="As `insights signals list` shows them.")]


@app.command("list", epilog="Example: `insights signals list --unsure 20`")
def signals_list(
    kind: Annotated[str, typer.Option(help="question, objection, praise, …")] = "",
    label: Annotated[str, typer.Option(help="Type of objection or kind of question.")] = "",
    conversation: Annotated[str, typer.Option(help="File name or beginning of an id.")] = "",
    unsure: Annotated[int, typer.Option(min=0, help="Only so many, the least sure first.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 40,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Show signals with their score and what speaks for them; with --unsure those nearest the threshold first."""
    from insights import pipeline

    with reported():
        wanted = pipeline.Wanted(kind=kind, label=label, conversation=conversation, unsure=unsure)
        listed = pipeline.list_signals(settings_of(store, config), wanted)
        table = Table("id", "kind", "label", "score", "said", "where", "why")
        for one in listed[: unsure or limit]:
            found, name = one.signal, Path(one.conversation.source).name
            score, why = f"{found.score:.2f}", ", ".join(found.why)
            row = (found.id[: pipeline.SHORT_ID], found.kind, found.label, score, found.text, name, why)
            table.add_row(*(plain(cell) for cell in row))
        out.print(table)
        n_shown = min(len(listed), unsure or limit)
        out.print(f"{n_shown} of {len(listed)} shown.")


@app.command("missed", epilog="Example: `insights signals missed --limit 20`")
def signals_missed(
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Show customers' words that all but counted as a question or objection; `insights signals add` takes them in."""
    from insights import pipeline

    with reported():
        table = Table("kind", "label", "score", "said", "where")
        for one in pipeline.list_almost(settings_of(store, config), limit):
            found, name = one.signal, Path(one.conversation.source).name
            table.add_row(*map(plain, (found.kind, found.label, f"{found.score:.2f}", found.text, name)))
        out.print(table)


@app.command("why", epilog="Example: `insights signals why 3fa9c210`")
def signals_why(
    signal: Annotated[str, typer.Argument(metavar="ID", help="As `insights signals list` shows it.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Say why a signal is one: rules, what weighed most, and the labelled examples most like it."""
    from insights import pipeline

    with reported():
        reasons = pipeline.explain_signal(settings_of(store, config), signal)
        if as_json:
            typer.echo(json.dumps(asdict(reasons), default=str, indent=2))
        else:
            print_reasons(reasons)


@app.command("accept", epilog="Example: `insights signals accept 3fa9c210 77b01e5d`")
def signals_accept(
    ids: IdsArgument, later: LaterOption = False, store: StoreOption = None, config: ConfigOption = None
) -> None:
    """Confirm signals: they stay, whatever a later run finds."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        _tell(pipeline.accept_signals(settings, ids))
        take_in(settings, later)


@app.command("reject", epilog="Example: `insights signals reject 3fa9c210 --as budget`")
def signals_reject(
    ids: IdsArgument,
    be: Annotated[
        str, typer.Option("--as", metavar="LABEL|KIND", help="What they are instead: budget, question, objection:need.")
    ] = "",
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Reject signals: they never come back; with --as, put their type right."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        _tell(pipeline.reject_signals(settings, ids, be))
        take_in(settings, later)


@app.command("add", epilog='Example: `insights signals add call.wav "we just renewed with them" --kind objection`')
def signals_add(
    conversation: Annotated[str, typer.Argument(help="File name or beginning of an id.")],
    words: Annotated[str, typer.Argument(help="A customer's words, exactly as they stand in the transcript.")],
    kind: Annotated[str, typer.Option(help="question or objection.")],
    label: Annotated[str, typer.Option(help="Its type (default: as the classifiers take it).")] = "",
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Add a question or objection that was missed."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        _tell((pipeline.add_signal(settings, conversation, words, kind, label),))
        take_in(settings, later)


@app.command("history", epilog="Example: `insights signals history`")
def signals_history(store: StoreOption = None, config: ConfigOption = None) -> None:
    """Show the judgements that hold."""
    from insights import pipeline

    with reported():
        table = Table("judgement", "made", "was", "is", "words", "where")
        for edit, source in pipeline.list_signal_edits(settings_of(store, config)):
            made = f"{edit.made_at:%Y-%m-%d %H:%M}"
            row = (edit.id, made, _was(edit), edit.value or "none", edit.target[5], Path(source).name or "gone")
            table.add_row(*(plain(cell) for cell in row))
        out.print(table)


@app.command("undo", epilog="Example: `insights signals undo E-0007`")
def signals_undo(
    judgement: Annotated[str, typer.Argument(help="Its id in `insights signals history` (default: the last).")] = "",
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Withdraw a judgement: what the run finds counts again."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        edit = pipeline.undo_signal_edit(settings, judgement)
        out.print(plain(f"{edit.id} is withdrawn: “{edit.target[5]}” was {edit.value or 'none'}."))
        take_in(settings, later)


def _tell(edits: Iterable[Edit]) -> None:
    for edit in edits:
        out.print(plain(f"{edit.id}: “{edit.target[5]}” was {_was(edit)}, is {edit.value or 'none'}."))


def _was(edit: Edit) -> str:
    return ":".join(edit.target[3:5]) if edit.target[3] else "missed"
