"""The models: what is there, whence it comes, whether it is whole."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from insights.cli.shell import ConfigOption, err, out, reported, settings_of

app = typer.Typer(help="The models: list, fetch, verify.", no_args_is_help=True)


@app.command("list", epilog="Example: `insights models list`")
def models_list(config: ConfigOption = None) -> None:
    """Show every model, whether it is here, whence it can be fetched, and its licence."""
    from insights import models, pipeline

    with reported():
        table = Table("model", "what for", "here", "MB", "from", "licence")
        for status in models.list_models(*pipeline.needed_models(settings_of(None, config))):
            size, sources = f"{status.size / 1e6:.0f}", ", ".join(status.sources)
            table.add_row(status.name, status.use, status.state, size, sources, status.licence)
        out.print(table)


@app.command("get", epilog="Example: `insights models get whisper-tiny.en`")
def models_get(
    names: Annotated[list[str] | None, typer.Argument(help="Models (default: those the settings need).")] = None,
    config: ConfigOption = None,
) -> None:
    """Fetch models and check them against their hashes."""
    from insights import models, pipeline

    with reported():
        for name in names or pipeline.needed_models(settings_of(None, config)):
            out.print(f"{name}: {models.get(name, tell=err.print)}", soft_wrap=True)


@app.command("verify", epilog="Example: `insights models verify`")
def models_verify(
    names: Annotated[list[str] | None, typer.Argument(help="Models (default: those the settings need).")] = None,
    config: ConfigOption = None,
) -> None:
    """Read every byte of the models again and check their hashes."""
    from insights import models, pipeline

    with reported():
        for name in names or pipeline.needed_models(settings_of(None, config)):
            models.verify(name)
            out.print(f"{name}: as it should be")
