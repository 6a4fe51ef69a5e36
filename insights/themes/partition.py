"""Groups of items that belong together, without knowing how many; what belongs nowhere stays alone (-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from insights.themes.graph import smooth
from insights.themes.micro import make_micro
from insights.themes.space import mean_cosines, members_of

if TYPE_CHECKING:
    from insights.themes.values import GroupOptions, Labels, Vectors


def partition(space: Vectors, sources: Sequence[str], options: GroupOptions) -> Labels:
    """A group for each row, numbered from 0 in the order of their first rows; -1 is alone.

    Average linkage of vectors smoothed over their nearest neighbours; of few items only what surely belongs together
    is joined. Very many are grouped by the small clusters that they form.
    """
    import numpy as np

    if len(space) < max(2, options.min_items):
        return np.full(len(space), -1, dtype=np.int64)
    if len(space) > options.n_direct:
        micro = make_micro(space, options)
        labels = link(smooth(micro.centres, options), options.threshold)[micro.places]
    else:
        labels = link(*compared(space, options))
    drop_strays(space, labels, options)
    return numbered(keep_recurring(labels, sources, options))


def compared(space: Vectors, options: GroupOptions) -> tuple[Vectors, float]:
    """The vectors in which items are held against each other, and the mean cosine from which they belong together.

    Few items are too thin a crowd to be smoothed, and very many need not be held against each other.
    """
    if options.n_little <= len(space) <= options.n_direct:
        return smooth(space, options), options.threshold
    return space, options.sure_threshold


def link(space: Vectors, threshold: float) -> Labels:
    """Average linkage: two groups join while the mean cosine between their members is at least the threshold.

    Args:
        space: (n, dim) float32, unit rows; n squared cosines are held at once.
        threshold: the least mean cosine.
    """
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(space) < 2:
        return np.zeros(len(space), dtype=np.int64)
    upper = np.triu_indices(len(space), k=1)
    distances = np.clip(1 - (space @ space.T)[upper], 0, 2)
    labels: Labels = fcluster(linkage(distances, "average"), 1 - threshold, "distance").astype(np.int64)
    return labels


def drop_strays(space: Vectors, labels: Labels, options: GroupOptions) -> None:
    """Leave alone, in place, the members that hardly resemble the others: smoothing gives everybody neighbours."""
    for members in members_of(labels).values():
        cosines = mean_cosines(space[members])
        labels[[row for row, cosine in zip(members, cosines, strict=True) if cosine < options.gate]] = -1


def keep_recurring(labels: Labels, sources: Sequence[str], options: GroupOptions) -> Labels:
    """Take apart the groups with too few items or heard in too few conversations."""
    for members in members_of(labels).values():
        n_sources = len({sources[row] or f"alone {row}" for row in members})
        if len(members) < options.min_items or n_sources < options.min_sources:
            labels[members] = -1
    return labels


def numbered(labels: Labels) -> Labels:
    """The groups renumbered from 0 in the order of their first rows."""
    import numpy as np

    numbers = {label: number for number, label in enumerate(members_of(labels))}
    return np.array([numbers.get(label, -1) for label in labels.tolist()], dtype=np.int64)


def without_sources(options: GroupOptions) -> GroupOptions:
    """The same options where the origin of items does not matter."""
    return replace(options, min_sources=1)
