"""Vectors of what is grouped: a short sentence is understood by what it was said in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from insights.themes.normalise import normalise
from insights.themes.space import unit_rows

if TYPE_CHECKING:
    from insights.themes.values import Item, Vectors

CONTEXT_WEIGHT = 0.5  # against 1 for the words themselves


def embed_items(items: Sequence[Item], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
    """The vectors in which items are compared: (n, dim) float32, unit rows.

    "Would those come along?" is like any question of that form until one knows what "those" are: an item is embedded by
    the wording that can be read by itself, where there is one, and its context is added at `CONTEXT_WEIGHT`.
    """
    own = embed([normalise(item.wording or item.text) for item in items])
    said_in = [row for row, item in enumerate(items) if item.context not in ("", item.text)]
    if not said_in:
        return own
    vectors = own.copy()
    vectors[said_in] += CONTEXT_WEIGHT * embed([normalise(items[row].context) for row in said_in])
    return unit_rows(vectors)
