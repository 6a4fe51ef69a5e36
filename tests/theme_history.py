"""Weeks of questions given by what they mean, and people's edits of their themes between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from insights import themes
from insights.pipeline.placing import Placed
from insights.themes.identity import UNKNOWN, Assigned, assign
from insights.themes.noting import Deed, note, read_decisions
from insights.themes.values import GroupOptions, Item, Memory, Method
from insights.types import Edit

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DIM = 24


def vectors_of(meanings: Sequence[int], noise: float = 0.35) -> np.ndarray:
    """Unit vectors about one axis per meaning, with a component that all of them share; row by row the same."""
    rows = [noise * np.random.default_rng(row).normal(size=DIM) / np.sqrt(DIM) for row in range(len(meanings))]
    for row, meaning in zip(rows, meanings, strict=True):
        row[[0, 1 + meaning]] += 1.0
    return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32).reshape(len(meanings), DIM)


def items_of(n: int) -> list[Item]:
    return [
        Item(f"s{row:03d}", f"words {row} of one", source=f"account {row}", conversation_id=f"c{row}")
        for row in range(n)
    ]


@dataclass
class History:
    """Weeks of questions, given by what they mean, and what a person decides between them, as the verbs note it."""

    meanings: list[int]
    memory: Memory = Memory("question")
    edits: list[Edit] = field(default_factory=list)
    assigned: Assigned | None = None
    options: GroupOptions = GroupOptions()

    def __post_init__(self) -> None:
        self.group()

    @property
    def items(self) -> list[Item]:
        return items_of(len(self.meanings))

    def group(self, *, from_scratch: bool = False, anew: str = "", method: Method = UNKNOWN) -> Assigned:
        memory = Memory("question") if from_scratch else self.memory
        self.assigned = assign(
            self.items, vectors_of(self.meanings), memory, self.options, self.edits, method=method, anew=anew
        )
        self.memory = self.assigned.memory
        return self.assigned

    def add_week(self, *meanings: int) -> Assigned:
        self.meanings += meanings
        return self.group()

    def placed(self) -> Placed:
        number = max(self.memory.next_number, read_decisions(self.edits, self.items, "question").next_number)
        return Placed("question", self.items, themes.place(self.items, self.memory, self.edits), number)

    def add(self, kind: str, target: tuple[str, ...], value: str = "") -> str:
        self.edits.append(Edit(f"E-{len(self.edits) + 1:04d}", NOON, kind, target, value))  # type: ignore[arg-type]
        return self.edits[-1].id

    def decide(self, deed: Deed, theme: str, other: str = "", rows: Sequence[int] = (), label: str = "") -> str:
        placed, chosen = self.placed(), [self.items[row] for row in rows]
        own, others = placed.own(theme), placed.own(other)
        if deed == "split":
            target = note(deed, theme, [item for item in own if item not in chosen], other, chosen)
        else:
            target = note(deed, theme, chosen if deed == "move" else own, other, others if other else ())
        return self.add("theme", target, label)

    def undo(self, edit_id: str) -> None:
        self.add("undo", ("edit", edit_id))

    def shown(self) -> list[str]:
        """The theme of each item, without "Q-000"."""
        assert self.assigned
        return [theme_id[-1:] for theme_id in self.assigned.theme_ids]

    def told(self) -> list[tuple[str, str, str]]:
        assert self.assigned
        return [(change.theme_id[-1], change.what, change.other_id[-1:]) for change in self.assigned.history]
