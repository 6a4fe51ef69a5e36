"""The level below themes: parts of a theme that come back by themselves, by a finer cut of the same tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from insights.themes.partition import compared, keep_recurring, link, partition
from insights.themes.space import members_of

if TYPE_CHECKING:
    from insights.themes.values import GroupOptions, Vectors


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts themes again, in the space in which they were found."""

    space: Vectors  # (n, dim) float32, unit rows
    clear: Vectors  # the same, smoothed where there is enough to go by
    threshold: float  # of sub-themes, in `clear`
    sources: Sequence[str]
    options: GroupOptions  # of sub-themes

    def cut(self, rows: Sequence[int]) -> list[list[int]]:
        """The sub-groups of a theme's rows, largest first, then by first row; none unless two of them recur.

        Average linkage joins members of one group before it joins others, so a finer cut of it lies within the groups.
        What recurs in no sub-group is in none of them. Of very many items, each theme is a set of its own.
        """
        sources = [self.sources[row] for row in rows]
        if len(self.space) > self.options.n_direct:
            labels = partition(self.space[list(rows)], sources, self.options)
        else:
            labels = keep_recurring(link(self.clear[list(rows)], self.threshold), sources, self.options)
        groups = [[rows[place] for place in places] for places in members_of(labels).values()]
        return sorted(groups, key=lambda group: (-len(group), group[0])) if len(groups) > 1 else []


def make_cutter(space: Vectors, sources: Sequence[str], options: GroupOptions) -> Cutter:
    """A cutter for themes among these items, which were grouped with these options."""
    finer = replace(
        options,
        threshold=min(options.threshold + options.finer, 1.0),
        sure_threshold=min(options.sure_threshold + options.sure_finer, 1.0),
    )
    return Cutter(space, *compared(space, finer), sources, finer)
