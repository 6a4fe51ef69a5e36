"""Vectors of what is grouped: a short sentence is understood by what it was said in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from insights.themes.normalise import normalise
from insights.themes.space import unit_rows

if TYPE_CHECKING:
    from insights.themes.values import Item, Vectors

CONTEXT_WEIGHT = 0.5  # against 1 for the words themselves
ROWS_AT_ONCE = 16_384  # contexts whose vectors are held beside the others


def embed_items(items: Sequence[Item], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
    """The vectors in which items are compared: (n, dim) float32, unit rows; `embed` must give a new array each time.

    "Would those come along?" is like any question of that form until one knows what "those" are: an item is embedded by
    the wording that can be read by itself, where there is one, and its context is added at `CONTEXT_WEIGHT`.
    """
    own = embed([normalise(item.wording or item.text) for item in items])
    said_in = [row for row, item in enumerate(items) if item.context not in ("", item.text)]
    for start in range(0, len(said_in), ROWS_AT_ONCE):
        rows = said_in[start : start + ROWS_AT_ONCE]
        around = embed([normalise(items[row].context) for row in rows])
        own[rows] = unit_rows(own[rows] + CONTEXT_WEIGHT * around)
    return own
