"""New items: they join the theme that they clearly fit, and what fits none may found new themes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from insights.themes.arriving import arrive, join_best
from insights.themes.edits import OUT, Laid
from insights.themes.graph import merge
from insights.themes.partition import compared, keep_recurring, link
from insights.themes.space import members_of
from insights.themes.values import PREFIXES, Memory

if TYPE_CHECKING:
    from insights.themes.values import GroupOptions, Item, Labels, Vectors

N_LINKED = 1500  # waiting items that are compared with each other before they join


def place_news(laid: Laid, items: Sequence[Item], space: Vectors, memory: Memory, options: GroupOptions) -> int:
    """Find a theme for what has none, and so a home; the next free number comes back.

    What a person moved out of all themes stays out.
    """
    rows = [row for row, item in enumerate(items) if laid.theme_by_item[item.id] != OUT]
    kept, theme_ids = [items[row] for row in rows], [laid.theme_by_item[items[row].id] for row in rows]
    new = [item.id for item, its in zip(kept, theme_ids, strict=True) if not its]
    clear, threshold = compared(space if len(rows) == len(items) else space[rows], options)
    if len(kept) > options.n_direct:
        waiting = frozenset(memory.waiting)
        fresh = [row for row, its in enumerate(theme_ids) if not its and kept[row].id not in waiting]
        rest, labels = arrive(theme_ids, fresh, clear, threshold, [item.source for item in kept], options)
    else:
        join(theme_ids, clear, threshold)
        rest = [row for row, theme_id in enumerate(theme_ids) if not theme_id]
        labels = group_rest(clear[rest], threshold, [kept[row].source for row in rest], options)
    next_number = found(theme_ids, rest, labels, memory)
    laid.theme_by_item.update(zip((item.id for item in kept), theme_ids, strict=True))
    laid.homes.update((item_id, laid.theme_by_item[item_id]) for item_id in new)
    return next_number


def join(theme_ids: list[str], space: Vectors, threshold: float) -> None:
    """Put items without a theme into the one that they clearly fit.

    Average linkage over last week's themes, which grow but do not join each other, and all that waits: two new items
    that resemble each other more than any theme go together, and what they found is left to `group_rest`.
    """
    import numpy as np

    known = sorted(set(theme_ids) - {""})
    waiting = [row for row, theme_id in enumerate(theme_ids) if not theme_id]
    if not known or not waiting:
        return
    if len(waiting) > N_LINKED:
        join_best(theme_ids, waiting, space, threshold)  # each by itself
        return
    places = {theme_id: place for place, theme_id in enumerate(known)}
    free = iter(range(len(known), len(known) + len(waiting)))
    start = np.array([places[its] if its else next(free) for its in theme_ids], dtype=np.int64)
    ends = merge(space, start, threshold, n_fixed=len(known))
    for row in waiting:
        if ends[row] < len(known):
            theme_ids[row] = known[ends[row]]


def group_rest(space: Vectors, threshold: float, sources: Sequence[str], options: GroupOptions) -> Labels:
    """Groups among items that fit no theme, held against each other as they were against the themes."""
    return keep_recurring(link(space, threshold), sources, options)


def found(theme_ids: list[str], rows: Sequence[int], labels: Labels, memory: Memory) -> int:
    """Give each group of these rows a new id; the next free number comes back."""
    number = memory.next_number
    for members in members_of(labels).values():
        for place in members:
            theme_ids[rows[place]] = f"{PREFIXES[memory.kind]}-{number:04d}"
        number += 1
    return number


def give_labels(theme_ids: Sequence[str]) -> Labels:
    """Theme ids as group numbers, -1 for none."""
    import numpy as np

    numbers = {theme_id: number for number, theme_id in enumerate(sorted(set(theme_ids) - {""}))}
    return np.array([numbers.get(theme_id, -1) for theme_id in theme_ids], dtype=np.int64)
