"""Learning from the user's own labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from insights.cli.shell import ConfigOption, LaterOption, StoreOption, out, reported, settings_of, take_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from insights.signals import Trial

app = typer.Typer()


@app.command(epilog="Example: `insights retrain --labels rows.jsonl`")
def retrain(
    labels: Annotated[
        Path | None, typer.Option(help="Labelled rows besides, as `insights evaluate questions|objections` takes them.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to before the last retraining.")] = False,
    later: LaterOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Learn from accepted, rejected and added signals, if that does better on conversations held out."""
    from insights import pipeline
    from insights.evaluate.rows import read_rows
    from insights.evaluate.tasks import TASKS

    with reported():
        settings = settings_of(store, config)
        if undo:
            undone, now = pipeline.undo_retraining(settings)
            out.print(f"{undone.id} is undone; {f'{now.id} is' if now else 'the classifiers as shipped are'} in force.")
            take_in(settings, later)
            return
        learnt = pipeline.retrain(settings, read_rows(labels, TASKS["questions"].required) if labels else ())
        out.print(_trial_table(learnt.trials))
        if learnt.state is None:
            out.print("Nothing changes.")
            return
        out.print(f"{learnt.state.id} is in force; `insights retrain --undo` takes it back.")
        take_in(settings, later)


def _trial_table(trials: Mapping[str, Trial]) -> Table:
    """What was learnt, kind by kind: on conversations that it was not learnt from, before and after."""
    table = Table("kind", "labels", "conversations", "log loss", "Brier", "F1", "outcome")
    for kind, trial in trials.items():
        n_labels = f"{trial.n_labels} ({trial.n_positive} yes)"
        figures = [_change(trial, name) for name in ("log_loss", "brier", "f1")]
        table.add_row(kind, n_labels, str(trial.n_conversations), *figures, trial.note or "better: takes effect")
    return table


def _change(trial: Trial, name: str) -> str:
    """A figure before and after; empty where none could be taken."""
    if trial.before is None or trial.after is None:
        return ""
    return f"{getattr(trial.before, name):.3f} → {getattr(trial.after, name):.3f}"
