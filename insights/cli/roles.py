"""Who sells and who buys, and its corrections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from insights.cli.shell import ConfigOption, LaterOption, StoreOption, out, plain, reported, settings_of, take_in
from insights.errors import UsageError

app = typer.Typer(help="Who sells and who buys: list it, correct it.", no_args_is_help=True)


@app.command("list", epilog="Example: `insights roles list --limit 10`")
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
        for one in pipeline.list_roles(settings_of(store, config), conversation)[:limit]:
            name, found = Path(one.conversation.source).name, one.conversation
            sure = f"{one.confidence:.2f}"
            table.add_row(plain(name), found.id[:8], plain(one.speaker), one.role, sure, one.reason, str(one.n_words))
        out.print(table)


@app.command("set", epilog="Example: `insights roles set 2026-11-03_dana_acme.wav left customer`")
def roles_set(
    arguments: Annotated[
        list[str],
        typer.Argument(metavar="CONVERSATION SPEAKER ROLE", help="With --line: CHANNEL ROLE, as in 'left rep'."),
    ],
    line: Annotated[str | None, typer.Option(help="All stereo calls of this phone line, later ones too.")] = None,
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Correct who is the rep: of one conversation, or of a phone line. It stays until it is undone."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        if len(arguments) != (2 if line else 3):
            raise UsageError("Give CONVERSATION SPEAKER ROLE, or --line LINE and CHANNEL ROLE.")
        edit = (
            pipeline.correct_line(settings, line, *arguments) if line else pipeline.correct_role(settings, *arguments)
        )
        out.print(plain(f"{edit.id}: {edit.target[1][:16]} {edit.target[2]} is {edit.value}."))
        take_in(settings, later)


@app.command("history", epilog="Example: `insights roles history`")
def roles_history(store: StoreOption = None, config: ConfigOption = None) -> None:
    """Show the corrections that hold."""
    from insights import pipeline

    with reported():
        table = Table("correction", "made", "of", "which", "speaker", "role")
        for edit in pipeline.list_role_edits(settings_of(store, config)):
            of, which, speaker = edit.target
            made = f"{edit.made_at:%Y-%m-%d %H:%M}"
            table.add_row(edit.id, made, of, plain(which[:16]), plain(speaker), edit.value)
        out.print(table)


@app.command("undo", epilog="Example: `insights roles undo E-0003`")
def roles_undo(
    correction: Annotated[str, typer.Argument(help="Its id in `insights roles history` (default: the last).")] = "",
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Withdraw a correction: what the run finds counts again."""
    from insights import pipeline

    with reported():
        settings = settings_of(store, config)
        edit = pipeline.undo_edit(settings, correction)
        out.print(plain(f"{edit.id} is withdrawn: {edit.target[1][:16]} {edit.target[2]} was {edit.value}."))
        take_in(settings, later)
