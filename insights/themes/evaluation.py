"""The same grouping for plain texts, so that it can be held against anybody's labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from insights.themes.normalise import normalise
from insights.themes.partition import partition, without_sources
from insights.themes.space import find_centre, prepare
from insights.themes.values import GroupOptions

if TYPE_CHECKING:
    from insights.themes.values import Vectors


def cluster_texts(
    texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors], options: GroupOptions | None = None
) -> list[int | None]:
    """A group for each text, in the order of the texts; None is alone."""
    if not texts:
        return []
    return cluster_vectors(embed([normalise(text) for text in texts]), options)


def cluster_vectors(vectors: Vectors, options: GroupOptions | None = None) -> list[int | None]:
    """A group for each row of (n, dim) float32 unit vectors; None is alone."""
    options = without_sources(options or GroupOptions())
    space = prepare(vectors, find_centre(vectors), [""] * len(vectors), options.label_weight)
    labels = partition(space, [""] * len(vectors), options)
    return [label if label >= 0 else None for label in labels.tolist()]
