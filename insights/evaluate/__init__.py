"""The same exam for everyone: the real detectors over labelled rows, and how well they do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from insights.errors import UsageError
from insights.evaluate.rows import read_rows, write_rows
from insights.evaluate.tasks import TASKS, Task
from insights.evaluate.tools import Tools

if TYPE_CHECKING:
    from insights.config import Settings
    from insights.signals import Adapter

__all__ = ["TASKS", "Task", "evaluate"]

Scores = dict[str, float | int | None]


def evaluate(
    task: str, file: Path, *, settings: Settings, predictions: Path | None = None, adapter: Adapter | None = None
) -> Scores:
    """Predict every row of a JSONL file, score those that are labelled, and write the predictions if asked.

    With an adapter, questions and objections are scored as `insights retrain` corrected them.

    The tasks, their rows and their scores are in `insights.evaluate.tasks`. Raises UsageError for an unknown task or a
    row that cannot be read, with its line number; nothing is predicted then.
    """
    if task not in TASKS:
        raise UsageError(f"No task '{task}'. There are {', '.join(TASKS)}.")
    chosen = TASKS[task]
    rows = read_rows(file, chosen.required)
    tools = Tools(settings, file.parent, adapter)
    guesses, timing = chosen.predict(rows, tools)
    if predictions is not None:
        write_rows(predictions, guesses)
    return {"rows": len(rows), **chosen.score(rows, guesses), **_round(timing)}


def _round(timing: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in timing.items()}
