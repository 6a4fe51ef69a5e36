"""The graph of nearest neighbours, and vectors smoothed over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insights.themes.space import unit_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from insights.themes.values import GroupOptions, Labels, Vectors

ROWS_AT_ONCE = 1024  # of the table of cosines, so that memory stays bounded
N_BISECT = 48  # halvings when searching a neighbourhood's width


def smooth(space: Vectors, options: GroupOptions) -> Vectors:
    """Each row moved towards its neighbours, `options.n_rounds` times over the same graph: (n, dim) float32, unit rows.

    x becomes x plus the mean of its neighbours, weighted by the graph, at length 1: a low-pass filter on the graph
    (Li, Han and Wu 2018, "Deeper insights into graph convolutional networks"). What is said in many ways becomes one
    cloud, and average linkage then finds it at one height, whatever the set.
    """
    import numpy as np

    if len(space) < 3:
        return space
    graph = fuzzy_graph(space, options.n_neighbors)
    totals = np.maximum(np.asarray(graph.sum(axis=1)).ravel(), 1e-9)[:, None].astype(np.float32)
    for _ in range(options.n_rounds):
        space = unit_rows(space + (graph @ space) / totals)
    return space


def nearest(space: Vectors, k: int) -> tuple[NDArray[np.int64], Vectors]:
    """Row numbers and cosine distances of the k nearest other rows, nearest first: (n, k) each."""
    import numpy as np

    n = len(space)
    rows = np.zeros((n, k), dtype=np.int64)
    distances = np.zeros((n, k), dtype=np.float32)
    for start in range(0, n, ROWS_AT_ONCE):
        block = space[start : start + ROWS_AT_ONCE]
        far = 1 - block @ space.T
        far[np.arange(len(block)), np.arange(start, start + len(block))] = np.inf
        near = np.sort(np.argpartition(far, k - 1, axis=1)[:, :k], axis=1)  # sorted: equal distances by row number
        order = np.argsort(np.take_along_axis(far, near, axis=1), axis=1, kind="stable")
        rows[start : start + len(block)] = np.take_along_axis(near, order, axis=1)
        distances[start : start + len(block)] = np.take_along_axis(far, rows[start : start + len(block)], axis=1)
    return rows, distances


def fuzzy_graph(space: Vectors, n_neighbors: int) -> csr_matrix:
    """UMAP's fuzzy union of neighbourhoods (McInnes et al. 2018, section 3.1), without its layout: (n, n) symmetric.

    From each row, weight exp(-(distance - nearest distance) / width), the width such that a row's weights sum to
    log2(k + 1); the two directions join as a + b - ab.
    """
    import numpy as np
    from scipy.sparse import coo_matrix

    k = min(n_neighbors, len(space) - 1)
    rows, distances = nearest(space, k)
    beyond = np.maximum(distances - distances[:, :1], 0)
    weights = np.exp(-beyond / find_widths(beyond)[:, None])
    starts = np.repeat(np.arange(len(space)), k)
    directed = coo_matrix((weights.ravel(), (starts, rows.ravel())), shape=(len(space), len(space))).tocsr()
    union: csr_matrix = (directed + directed.T - directed.multiply(directed.T)).tocsr()
    return union


def find_widths(beyond: Vectors) -> Vectors:
    """For each row, the width at which its weights sum to log2(k + 1): (n,)."""
    import numpy as np

    n, k = beyond.shape
    target = np.log2(k + 1)
    low, high, width = np.zeros(n), np.full(n, np.inf), np.ones(n)
    for _ in range(N_BISECT):
        wide = np.exp(-beyond / width[:, None]).sum(axis=1) > target
        high = np.where(wide, width, high)
        low = np.where(wide, low, width)
        width = np.where(np.isinf(high), width * 2, (low + high) / 2)
    floor: Vectors = np.maximum(width, max(1e-3 * float(beyond.mean()), 1e-6))
    return floor


def merge(space: Vectors, labels: Labels, threshold: float, n_fixed: int = 0) -> Labels:
    """Join the two most alike groups, by mean cosine between their members, until none reach the threshold.

    Args:
        space: (n, dim) float32, unit rows.
        labels: the groups to begin with, numbered from 0 without gaps.
        threshold: the least mean cosine.
        n_fixed: the first groups so many may grow, but do not join each other.
    """
    import numpy as np

    groups = labels.copy()
    n_groups = int(groups.max()) + 1
    sums = np.zeros((n_groups, space.shape[1]), dtype=np.float64)
    np.add.at(sums, groups, space)
    sizes = np.bincount(groups).astype(np.float64)
    alike = (sums @ sums.T) / np.outer(sizes, sizes)
    np.fill_diagonal(alike, -np.inf)
    alike[:n_fixed, :n_fixed] = -np.inf
    while True:
        kept, gone = sorted(int(place) for place in np.unravel_index(int(alike.argmax()), alike.shape))
        if alike[kept, gone] < threshold:
            return groups
        sums[kept] += sums[gone]
        sizes[kept] += sizes[gone]
        alike[gone, :] = alike[:, gone] = -np.inf
        live = np.isfinite(alike[kept])
        alike[kept, live] = alike[live, kept] = (sums[live] @ sums[kept]) / (sizes[live] * sizes[kept])
        groups[groups == gone] = kept
