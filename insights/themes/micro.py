"""Very many items as a few thousand small clusters, which are grouped in their place: bounded memory, linear cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insights.themes.space import unit_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.themes.values import GroupOptions, Labels, Vectors

N_SAMPLE = 50_000  # items that the small clusters are found in; the rest is only given to the nearest one
ROWS_AT_ONCE = 8192  # of the table of cosines to the centres
N_ROUNDS = 8  # of spherical k-means; more hardly move a centre


@dataclass(frozen=True, slots=True)
class Micro:
    """Small clusters: their centres, and to which each item belongs."""

    centres: Vectors  # (n_micro, dim) float32, unit rows
    places: Labels  # the centre of each item


def make_micro(space: Vectors, rows: NDArray[np.int64], options: GroupOptions) -> Micro:
    """Small clusters of these rows by spherical k-means (Dhillon and Modha 2001) on a sample, the same each time."""
    import numpy as np

    rng = np.random.default_rng(options.seed)
    sample = space[rows[np.sort(rng.permutation(len(rows))[:N_SAMPLE])]]
    centres = sample[np.sort(rng.permutation(len(sample))[: options.n_micro])]
    for _ in range(N_ROUNDS):
        places = nearest_centres(sample, range(len(sample)), centres)
        sums = np.zeros(centres.shape, dtype=np.float64)
        np.add.at(sums, places, sample)
        filled = np.bincount(places, minlength=len(centres)) > 0
        centres = np.where(filled[:, None], unit_rows(sums.astype(np.float32)), centres)
    return Micro(centres, nearest_centres(space, rows, centres))


def nearest_centres(space: Vectors, rows: Sequence[int] | NDArray[np.int64], centres: Vectors) -> Labels:
    """For each of the rows the nearest centre: (len(rows),)."""
    import numpy as np

    places = np.zeros(len(rows), dtype=np.int64)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        table = space[rows[start : start + ROWS_AT_ONCE]] @ centres.T
        places[start : start + len(table)] = table.argmax(axis=1)
    return places
