"""The space in which items are compared: vectors without what all of them share, with the label as a hint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insights.themes.values import Labels, Vectors

PRIOR_ITEMS = 10  # the centre is drawn towards zero as if so many items said nothing in common: few items share little
ROWS_AT_ONCE = 16_384  # that are shifted


def find_centre(vectors: Vectors) -> tuple[float, ...]:
    """The mean of the vectors times n / (n + PRIOR_ITEMS).

    Without centring, a threshold that suits one industry is far off in another: what all callers of an insurer say
    makes all their sentences alike.
    """
    if not len(vectors):
        return ()
    mean = vectors.sum(axis=0, dtype="float64") / (len(vectors) + PRIOR_ITEMS)
    return tuple(float(value) for value in mean)


def prepare(vectors: Vectors, centre: Sequence[float], labels: Sequence[str], label_weight: float) -> Vectors:
    """Centred unit vectors, (n, dim + n_labels) float32: the cosine of equal labels is higher, of others lower.

    With w the label's weight and c the cosine of the words: (c + w) / (1 + w) for equal labels, c / (1 + w) for
    different ones, c / sqrt(1 + w) where one has none. Nothing changes where no item has a label. One copy of the
    vectors is held and no more.
    """
    import numpy as np

    if not len(vectors):
        return vectors
    known = sorted(set(labels) - {""}) if label_weight else []
    columns = {label: vectors.shape[1] + place for place, label in enumerate(known)}
    middle = np.asarray(centre, dtype=np.float32)
    space = np.zeros((len(vectors), vectors.shape[1] + len(known)), dtype=np.float32)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        space[part, : vectors.shape[1]] = unit_rows(vectors[part] - middle)
        for row, label in enumerate(labels[part], start):
            if label in columns:
                space[row, columns[label]] = label_weight**0.5
        if known:
            space[part] = unit_rows(space[part])
    return space


def unit_rows(rows: Vectors) -> Vectors:
    """The rows at length 1; a row of zeros stays."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = (rows / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit


def cohesion(space: Vectors) -> float:
    """Mean cosine between different rows; 1 for a single one."""
    n = len(space)
    if n < 2:
        return 1.0
    total = space.sum(axis=0, dtype="float64")
    return float((total @ total - n) / (n * (n - 1)))


def mean_cosines(space: Vectors) -> Vectors:
    """Each row's mean cosine to the other rows, (n,); 1 for a single one."""
    import numpy as np

    n = len(space)
    if n < 2:
        return np.ones(n, dtype=np.float32)
    cosines: Vectors = (space @ space.sum(axis=0) - 1) / (n - 1)
    return cosines


def mean_rows(space: Vectors, labels: Labels) -> Vectors:
    """The mean of each group's rows, (n_groups, dim) float32; groups are numbered from 0 without gaps."""
    import numpy as np
    from scipy.sparse import csr_matrix

    rows = np.flatnonzero(labels >= 0)
    shares = (1 / np.bincount(labels[rows]))[labels[rows]].astype(np.float32)
    means: Vectors = csr_matrix((shares, (labels[rows], rows)), shape=(int(labels.max()) + 1, len(space))) @ space
    return means


def members_of(labels: Labels) -> dict[int, list[int]]:
    """Row numbers by label, without -1."""
    members: dict[int, list[int]] = {}
    for row, label in enumerate(labels.tolist()):
        if label >= 0:
            members.setdefault(label, []).append(row)
    return members
