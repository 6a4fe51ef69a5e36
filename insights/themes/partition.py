"""Groups of items that belong together, without knowing how many; what belongs nowhere stays alone (-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from insights.themes.graph import smooth
from insights.themes.micro import make_micro
from insights.themes.sample import spread
from insights.themes.space import mean_cosines, mean_rows, members_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.themes.values import GroupOptions, Labels, Vectors


N_ROUNDS = 12  # of many rows, at most
LEAST_FOUND = 0.003  # share of the rows of a round that must find a group
N_LINKED = 1500  # rows that are compared with each other, at most
LEAST_MEMBERS = 5  # of a group that is found among the rows that are left
ROWS_AT_ONCE = 8192  # of a table of cosines to groups


def partition(space: Vectors, sources: Sequence[str], options: GroupOptions) -> Labels:
    """A group for each row, numbered from 0 in the order of their first rows; -1 is alone.

    Average linkage of vectors smoothed over their nearest neighbours; of few items only what surely belongs together
    is joined. Very many are grouped by the small clusters that they form.
    """
    import numpy as np

    if len(space) < max(2, options.min_items):
        return np.full(len(space), -1, dtype=np.int64)
    if len(space) > options.n_direct:
        return numbered(partition_many(space, sources, options))
    labels = link(*compared(space, options))
    drop_strays(space, labels, options)
    return numbered(keep_recurring(labels, sources, options))


def partition_many(space: Vectors, sources: Sequence[str], options: GroupOptions) -> Labels:
    """Groups of very many rows, in rounds: what is said most stands out first, and hides what is said less.

    Each round finds groups among the rows that are left, by the small clusters that they form, and gives them those
    that resemble their members. After the first they must be sure: what is left is ever more of what is said once. It
    ends when such a round finds little, or at once where groups must be larger than a round can find.
    """
    import numpy as np

    labels = np.full(len(space), -1, dtype=np.int64)
    left = np.arange(len(space))
    for number in range(N_ROUNDS):
        micro = make_micro(space, left, options)
        groups = link(smooth(micro.centres, options), options.threshold)[micro.places]
        if number:
            groups = link_sure(space, left, groups, options)
        else:
            drop_strays(space, groups, options)  # all are left
        groups = keep_recurring(groups, [sources[row] for row in left.tolist()], options)
        labels[left] = np.where(groups >= 0, groups + labels.max() + 1, -1)
        join_groups(space, labels, np.flatnonzero(labels < 0), options.sure_threshold)
        n_before, left = len(left), np.flatnonzero(labels < 0)
        if number and len(left) > (1 - LEAST_FOUND) * n_before:
            break
        if len(left) < options.n_micro or options.min_items > N_LINKED:
            break
    return labels


def join_groups(space: Vectors, labels: Labels, alone: NDArray[np.int64], threshold: float) -> None:
    """Put each of these rows, in place, into the group with the highest mean cosine to its members, if it will do."""
    import numpy as np

    if not len(alone) or labels.max() < 0:
        return
    numbers, known = np.unique(labels[labels >= 0], return_inverse=True)
    places = np.full(len(labels), -1, dtype=np.int64)
    places[labels >= 0] = known
    means = mean_rows(space, places)
    for start in range(0, len(alone), ROWS_AT_ONCE):
        part = alone[start : start + ROWS_AT_ONCE]
        cosines = space[part] @ means.T
        best = cosines.argmax(axis=1)
        fits = cosines[np.arange(len(part)), best] >= threshold
        labels[part[fits]] = numbers[best[fits]]


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


def link_sure(space: Vectors, rows: NDArray[np.int64], labels: Labels, options: GroupOptions) -> Labels:
    """The groups among these rows that are sure, by average linkage within each group that is given: (len(rows),).

    Of a group of more than `N_LINKED` rows so many are looked at.
    """
    import numpy as np

    found, number = np.full(len(rows), -1, dtype=np.int64), 0
    for members in members_of(labels).values():
        some = spread(members, N_LINKED)
        groups = link(space[rows[some]], options.sure_threshold)
        for part in members_of(groups).values():
            if len(part) >= max(options.min_items, LEAST_MEMBERS):
                found[[some[place] for place in part]] = number
                number += 1
    return found


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
