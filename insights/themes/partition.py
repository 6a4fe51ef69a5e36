"""Groups of items that belong together, without knowing how many; what belongs nowhere stays alone (-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from insights.themes.graph import find_communities
from insights.themes.space import mean_cosines, members_of

if TYPE_CHECKING:
    from insights.themes.values import GroupOptions, Labels, Vectors


def partition(space: Vectors, sources: Sequence[str], options: GroupOptions) -> Labels:
    """A group for each row, numbered from 0 in the order of their first rows; -1 is alone.

    Little data is grouped by average linkage, which joins only what surely belongs together; from options.n_graph
    items on by communities of a graph, which find the grain of dense data by themselves.
    """
    import numpy as np

    if len(space) < max(2, options.min_items):
        return np.full(len(space), -1, dtype=np.int64)
    if len(space) < options.n_graph:
        labels = link(space, options.sure_threshold if len(space) < options.n_little else options.threshold)
    else:
        labels = gated(space, options)
    return numbered(keep_recurring(labels, sources, options))


def link(space: Vectors, threshold: float) -> Labels:
    """Average linkage: two groups join while the mean cosine between their members is at least the threshold."""
    import numpy as np
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1 - threshold
    )
    distances = np.clip(1 - space.astype(np.float64) @ space.T.astype(np.float64), 0, 2)
    np.fill_diagonal(distances, 0)
    labels: Labels = model.fit_predict(distances).astype(np.int64)
    return labels


def gated(space: Vectors, options: GroupOptions) -> Labels:
    """Communities without the members that hardly resemble the others."""
    labels = find_communities(space, options)
    for members in members_of(labels).values():
        while len(members) > 1:
            cosines = mean_cosines(space[members])
            worst = int(cosines.argmin())
            if cosines[worst] >= options.gate:
                break
            labels[members.pop(worst)] = -1
    return labels


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
