"""How far a step of a run is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total`, in files, seconds of sound, or conversations."""

    step: str
    done: float
    total: float


Notify = Callable[[Progress], None]


def ignore(_progress: Progress) -> None:
    """Tell nobody."""
