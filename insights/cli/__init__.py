"""The command line: parse, one call, print. A file holds a group of commands; `shell` what they share."""

from __future__ import annotations

import typer

from insights.cli import backlog, learning, main, models, roles, signals, themes

app = typer.Typer(
    name="insights",
    help="Recorded sales calls and enquiry e-mails in; recurring questions, objections and a content backlog out.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(main.app)
app.add_typer(learning.app)
app.add_typer(backlog.app, name="backlog")
app.add_typer(roles.app, name="roles")
app.add_typer(signals.app, name="signals")
app.add_typer(themes.app, name="themes")
app.add_typer(models.app, name="models")

__all__ = ["app"]
