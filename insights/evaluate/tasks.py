"""The tasks: which fields a row needs, who predicts, who scores.

Besides these, a row of `questions` or `objections` may say `role`: rows of a "rep" are context then, and predicted to
be no customer's question or objection, as in the product. Without it every row is taken for a customer's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from insights.evaluate import calls, clustering, detection, hearing, mails, personal
from insights.evaluate.rows import Required, Row
from insights.evaluate.tools import Tools

ID = (str, int)
Timing = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Task:
    """One exam."""

    required: Required  # fields of a row, the label not among them
    predict: Callable[[Sequence[Row], Tools], tuple[list[Row], Timing]]
    score: Callable[[Sequence[Row], Sequence[Row]], dict[str, float | int | None]]


TASKS: Mapping[str, Task] = {
    "questions": Task(
        {"id": ID, "text": str}, partial(detection.predict, kind="question"), partial(detection.score, kind="question")
    ),
    "objections": Task(
        {"id": ID, "text": str},
        partial(detection.predict, kind="objection"),
        partial(detection.score, kind="objection"),
    ),
    "themes": Task({"id": ID, "text": str}, clustering.predict, clustering.score),
    "emails": Task({"id": ID}, mails.predict, mails.score),
    "pii": Task({"id": ID, "text": str}, personal.predict, personal.score),
    "calls": Task({"conversation_id": ID, "audio": str}, hearing.predict, calls.score),
}
