"""A week on top of very many items: only what is new is held against the themes and against what waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from insights.themes.partition import join_groups, keep_recurring, link, partition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.themes.values import GroupOptions, Labels, Vectors

TABLE_CELLS = 2**25  # cosines held at once, 128 MB


def arrive(
    theme_ids: list[str],
    new: Sequence[int],
    space: Vectors,
    threshold: float,
    sources: Sequence[str],
    options: GroupOptions,
) -> tuple[list[int], Labels]:
    """Put the new rows into the themes they resemble most, in place; the rest, and its groups with what waits.

    What waits was held against the themes and itself when it was new. It may found a theme together with new rows, and
    so comes back as rest where it is near to one; groups without a new row are none.

    Args:
        theme_ids: of each row, "" for none.
        new: rows without a theme that were in no run before.
        space: (n, dim) float32, unit rows.
        threshold: mean cosine to a theme's members from which a row joins, and of groups.
        sources: of each row, as `partition` takes them.
        options: how alike things must be.
    """
    import numpy as np

    join_best(theme_ids, new, space, threshold)
    left = [row for row in new if not theme_ids[row]]
    if not left:
        return [], np.zeros(0, dtype=np.int64)
    newcomers = frozenset(left)
    waiting = np.array([row for row, its in enumerate(theme_ids) if not its and row not in newcomers], dtype=np.int64)
    rest = sorted({*left, *nearest_waiting(space, left, waiting, threshold, options.n_neighbors)})
    origins = [sources[row] for row in rest]
    linked = len(rest) <= options.n_direct
    labels = link(space[rest], threshold) if linked else partition(space[rest], origins, options)
    founding = {int(label) for row, label in zip(rest, labels, strict=True) if row in newcomers}
    labels[~np.isin(labels, sorted(founding))] = -1
    return rest, keep_recurring(labels, origins, options)


def join_best(theme_ids: list[str], new: Sequence[int], space: Vectors, threshold: float) -> None:
    """Put each new row, by itself, into the theme with the highest mean cosine to its members, if that will do."""
    import numpy as np

    known = sorted(set(theme_ids) - {""})
    places = {theme_id: place for place, theme_id in enumerate(known)}
    labels = np.array([places.get(theme_id, -1) for theme_id in theme_ids], dtype=np.int64)
    join_groups(space, labels, np.asarray(new, dtype=np.int64), threshold)
    for row in new:
        if labels[row] >= 0:
            theme_ids[row] = known[labels[row]]


def nearest_waiting(
    space: Vectors, left: Sequence[int], waiting: NDArray[np.int64], threshold: float, k: int
) -> set[int]:
    """The waiting rows that are among the k nearest of a new one, and near enough."""
    import numpy as np

    near: set[int] = set()
    if not len(waiting):
        return near
    pool = space[waiting]
    for part in parts_of(left, len(waiting)):
        cosines = space[part] @ pool.T
        best = np.argpartition(-cosines, min(k, len(waiting)) - 1, axis=1)[:, :k]
        will_do = np.take_along_axis(cosines, best, axis=1) >= threshold
        near.update(waiting[best[will_do]].tolist())
    return near


def parts_of(rows: Sequence[int], n_columns: int) -> list[list[int]]:
    """The rows in parts, so that a table of them with so many columns stays small."""
    size = max(1, TABLE_CELLS // n_columns)
    return [list(rows[start : start + size]) for start in range(0, len(rows), size)]
