"""A bounded number of rows to look at where there are very many, evenly spread in the order of ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insights.themes.values import Vectors

N_AROUND = 20_000  # rows among which a theme's neighbours are looked for


def spread(rows: Sequence[int], n: int) -> list[int]:
    """At most n of the rows, as evenly spaced as can be.

    >>> spread([10, 11, 12, 13, 14], 2), spread([10, 11], 5)
    ([10, 12], [10, 11])
    """
    return [rows[place * len(rows) // n] for place in range(n)] if len(rows) > n else list(rows)


def among(space: Vectors, rows: Sequence[int]) -> tuple[Vectors, Sequence[int]]:
    """The space around a theme and the theme's rows there: all of it, or the theme within a sample of the others."""
    import numpy as np

    if len(space) <= N_AROUND:
        return space, rows
    others = np.arange(N_AROUND) * len(space) // N_AROUND
    others = others[~np.isin(others, rows)]
    return space[np.concatenate([rows, others])], range(len(rows))
