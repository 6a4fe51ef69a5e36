"""What the commands share: options, the consoles, errors as one line, bars of progress."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from insights.errors import InsightsError

if TYPE_CHECKING:
    from insights.config import Settings
    from insights.pipeline import Notify, Progress
    from insights.types import Failure

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

EXIT_SOME_FAILED = 3  # the run went through, but some files could not be read

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store (default: insights-data).")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Settings file (default: insights.toml here).")]
WeekOption = Annotated[str | None, typer.Option("--week", help="ISO week, as 2026-W45 (default: the latest).")]
LaterOption = Annotated[bool, typer.Option("--later", help="Only note it; the next run takes it in.")]


@contextmanager
def reported() -> Iterator[list[Failure]]:
    """Errors that a user can act on as one line; failed files listed at the end, and told by the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    failures: list[Failure] = []
    try:
        yield failures
    except InsightsError as error:
        err.print(f"[red]error:[/] {plain(str(error))}", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        err.print("Stopped. What is done is kept; the same command goes on from here.")
        raise typer.Exit(130) from None
    if failures:
        err.print(f"\n{len(failures)} could not be read; the next run tries them again:")
        for failure in failures:
            err.print(f"  {plain(failure.source)}: {plain(failure.reason)}", soft_wrap=True)
        raise typer.Exit(EXIT_SOME_FAILED)


def take_in(settings: Settings, later: bool) -> None:
    """Analyse again what a correction touches, and write the report anew."""
    from insights import pipeline

    if later:
        out.print("The next `insights run` takes it in.")
        return
    with progress_bars() as notify:
        n_analysed = pipeline.refresh(settings, notify=notify)
    out.print(f"{n_analysed} conversations analysed again. Written:")
    for path in pipeline.write_outputs(settings):
        out.print(f"  {path}", soft_wrap=True)


@contextmanager
def progress_bars() -> Iterator[Notify]:
    """A bar a step, on the error stream."""
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


def settings_of(store: Path | None, config: Path | None, **overrides: object) -> Settings:
    """The settings of a command: what it was given, else what the file and the environment say."""
    from insights.config import load_settings

    return load_settings(config, store=store, **overrides)


def plain(text: str) -> str:
    """The text without what rich would take for markup."""
    from rich.markup import escape

    return escape(text)
