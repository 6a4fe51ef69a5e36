"""How sure a theme is: whether it comes out again when the data are a little different."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from insights.themes.partition import compared, link
from insights.themes.space import members_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.themes.values import GroupOptions, Vectors

N_RESAMPLES = 20
SHARE_KEPT = 0.8  # of the items, in each resample
MAX_MEMBERS = 60  # of a large theme, a sample is enough
N_OUTSIDERS = 40  # the nearest items that are not members


def find_stability(space: Vectors, rows: Sequence[int], options: GroupOptions) -> float:
    """Mean best Jaccard overlap with the groups of resampled data, times n / (n + 1); 0-1.

    Members and their nearest neighbours outside are grouped again, 20 times, each time without a fifth of them; the
    group most like the theme is held against it (Hennig 2007, "Cluster-wise assessment of cluster stability"). The
    factor says that what was said twice is less sure than what was said twenty times.
    """
    import numpy as np

    rng = np.random.default_rng(options.seed)
    inside = np.sort(rng.permutation(np.asarray(rows))[:MAX_MEMBERS])
    outside = nearest_outsiders(space, rows, inside)
    pool = np.concatenate([inside, outside])
    overlaps = []
    for _ in range(N_RESAMPLES):
        kept = np.sort(rng.permutation(len(pool))[: max(2, round(SHARE_KEPT * len(pool)))])
        n_inside = int((kept < len(inside)).sum())
        if n_inside >= 2:
            groups = members_of(link(*compared(space[pool[kept]], options))).values()
            overlaps.append(max(jaccard(group, n_inside) for group in groups))
    return round(float(np.mean(overlaps or [1.0])) * len(rows) / (len(rows) + 1), 3)


def nearest_outsiders(space: Vectors, rows: Sequence[int], inside: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows outside the theme that resemble its members most."""
    import numpy as np

    cosines = space @ space[inside].mean(axis=0)
    cosines[list(rows)] = -np.inf
    n_others = len(space) - len(rows)
    return np.argsort(-cosines, kind="stable")[: min(N_OUTSIDERS, n_others)]


def jaccard(group: Sequence[int], n_inside: int) -> float:
    """Overlap of a group with the theme, whose rows stand first."""
    shared = sum(place < n_inside for place in group)
    return shared / (len(group) + n_inside - shared)
