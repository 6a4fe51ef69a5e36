"""What to make next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from insights.cli.shell import ConfigOption, StoreOption, out, reported, settings_of

app = typer.Typer(help="What to make next: list it, or export it.", no_args_is_help=True)


@app.command("list", epilog="Example: `insights backlog list --limit 10`")
def backlog_list(
    limit: Annotated[int, typer.Option(min=1, help="How many ideas to show.")] = 20,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Show the ideas, first to make first."""
    from insights import pipeline

    with reported():
        table = Table("#", "priority", "format", "title", "why")
        for rank, idea in enumerate(pipeline.load_ideas(settings_of(store, config))[:limit], 1):
            reasons = "; ".join(factor.note for factor in idea.factors if factor.note)
            table.add_row(str(rank), f"{idea.priority:.0f}", idea.format, idea.title, reasons)
        out.print(table)


@app.command("export", epilog="Example: `insights backlog export backlog.xlsx`")
def backlog_export(
    file: Annotated[Path, typer.Argument(help="Where to: a name ending in .csv, .xlsx or .md.")],
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the backlog as CSV, XLSX or Markdown."""
    from insights import pipeline

    with reported():
        out.print(str(pipeline.export_backlog(settings_of(store, config), file)), soft_wrap=True)
