"""What a user may choose about detection."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from insights.signals.adapt import Adapter
from insights.signals.names import ListedName

Embed = Callable[[Sequence[str]], Any]  # texts -> (n, 384) float32, unit rows
DOUBTFUL = 0.4  # score from which a sentence is nothing else, even if it is not sure enough to be shown


@dataclass(frozen=True, slots=True)
class ObjectionType:
    """A type of objection, told by examples that are one and examples that only look like one."""

    id: str
    definition: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DetectOptions:
    """Thresholds on calibrated scores, and what to look for besides."""

    question_threshold: float = 0.4  # on the held-out fold P .83 R .81
    objection_threshold: float = 0.4  # three in four right on the sample calls, nine in ten from 0.6
    praise_threshold: float = 0.5
    names: tuple[str, ...] = ()  # to be noticed as mentions, in any case
    listed: tuple[ListedName, ...] = ()  # competitors and products to be noticed, each with its own label and spellings
    need_threshold: float | None = None  # None: as chosen when its classifier was trained
    next_step_threshold: float | None = None
    extra_types: tuple[ObjectionType, ...] = ()  # the user's own types of objection
    extra_type_threshold: float = 0.5  # chance from which a sentence is an objection of the user's type
    adapter: Adapter | None = None  # what the user's own labels taught

    def is_taken(self, question: float, objection: float) -> bool:
        """Whether a sentence of these scores is too likely a question or an objection to be praise or a need."""
        return question >= min(self.question_threshold, DOUBTFUL) or objection >= min(
            self.objection_threshold, DOUBTFUL
        )


QUESTION_KINDS = (
    "price", "capability", "how-to", "integration", "security", "process", "timeline", "comparison", "other"
)  # fmt: skip


@cache
def load_types() -> tuple[ObjectionType, ...]:
    """The types of objection_types.toml, in its order."""
    rows = tomllib.loads(files("insights.signals").joinpath("objection_types.toml").read_text("utf-8"))
    return tuple(
        ObjectionType(type_id, row["definition"], tuple(row["is"]), tuple(row["is_not"]))
        for type_id, row in rows.items()
    )
