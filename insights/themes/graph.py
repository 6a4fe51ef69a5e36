"""Communities of a nearest-neighbour graph: how many there are follows from the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.themes.values import GroupOptions, Labels, Vectors

RESOLUTIONS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)  # coarse to fine
ROWS_AT_ONCE = 1024  # of the table of cosines, so that memory stays bounded
N_SILHOUETTE = 3000  # rows that judge a partition
N_BISECT = 48  # halvings when searching a neighbourhood's width

Edge = tuple[str, str, float]


def find_communities(space: Vectors, options: GroupOptions) -> Labels:
    """Leiden communities (modularity) of the fuzzy graph, at the resolution with the best cosine silhouette.

    Communities whose members are as alike as options.merge_threshold are then joined: modularity cuts large themes.
    """
    import numpy as np

    edges = fuzzy_edges(space, options.n_neighbors)
    partitions = [leiden(edges, len(space), resolution, options.seed) for resolution in RESOLUTIONS]
    scores = [silhouette(space, labels, options.seed) for labels in partitions]
    _, groups = np.unique(partitions[int(np.argmax(scores))], return_inverse=True)
    return merge(space, groups.astype(np.int64), options.merge_threshold)


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
        rows[start : start + len(block)] = np.argsort(far, axis=1, kind="stable")[:, :k]
        distances[start : start + len(block)] = np.take_along_axis(far, rows[start : start + len(block)], axis=1)
    return rows, distances


def fuzzy_edges(space: Vectors, n_neighbors: int) -> list[Edge]:
    """UMAP's fuzzy union of neighbourhoods (McInnes et al. 2018, section 3.1), without its layout.

    From each row, weight exp(-(distance - nearest distance) / width), the width such that a row's weights sum to
    log2(k + 1); the two directions join as a + b - ab.
    """
    import numpy as np
    from scipy.sparse import coo_matrix, triu

    k = min(n_neighbors, len(space) - 1)
    rows, distances = nearest(space, k)
    beyond = np.maximum(distances - distances[:, :1], 0)
    weights = np.exp(-beyond / find_widths(beyond)[:, None])
    starts = np.repeat(np.arange(len(space)), k)
    directed = coo_matrix((weights.ravel(), (starts, rows.ravel())), shape=(len(space), len(space))).tocsr()
    union = triu(directed + directed.T - directed.multiply(directed.T), k=1).tocoo()
    ordered = sorted(zip(union.row.tolist(), union.col.tolist(), union.data.tolist(), strict=True))
    return [(str(one), str(other), weight) for one, other, weight in ordered if weight > 0]


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


def leiden(edges: list[Edge], n: int, resolution: float, seed: int) -> Labels:
    """The community of each of n rows, (n,) int64."""
    import graspologic_native
    import numpy as np

    _, found = graspologic_native.leiden(edges, resolution=resolution, seed=seed, iterations=2, trials=2)
    return np.array([found[str(row)] for row in range(n)], dtype=np.int64)


def silhouette(space: Vectors, labels: Labels, seed: int) -> float:
    """Mean cosine silhouette, of a sample where there is much; -1 where there is only one group or none of two."""
    import numpy as np
    from sklearn.metrics import silhouette_score

    rows = np.random.default_rng(seed).permutation(len(labels))[:N_SILHOUETTE]
    n_groups = len(set(labels[rows].tolist()))
    if not 1 < n_groups < len(rows):
        return -1.0
    return float(silhouette_score(space[rows], labels[rows], metric="cosine"))


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
