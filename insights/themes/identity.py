"""The same theme, next week: members stay, new items join what they clearly fit, the rest may found new themes.

What people decided is laid over it before anything joins: new items see themes as people left them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from insights.themes.arriving import arrive
from insights.themes.edits import OUT, Laid, adopt, lay_over
from insights.themes.graph import merge
from insights.themes.noting import read_decisions
from insights.themes.partition import compared, keep_recurring, link, partition
from insights.themes.space import find_centre, members_of, prepare
from insights.themes.values import PREFIXES, Change, Memory, ThemeState
from insights.types import Edit

if TYPE_CHECKING:
    from insights.themes.values import GroupOptions, Item, Labels, Vectors

N_LINKED = 1500  # waiting items that are compared with each other before they join
N_TRUSTED = 200  # items from which a centre is good enough to stay for ever


@dataclass(frozen=True, slots=True)
class Assigned:
    """A theme id for each item ("" is shown in none), the space in which it was decided, and what to remember."""

    theme_ids: tuple[str, ...]
    space: Vectors
    memory: Memory
    history: tuple[Change, ...]
    laid: Laid
    dismissed: frozenset[str]  # ids of items in themes that people said are none


def assign(
    items: Sequence[Item], vectors: Vectors, memory: Memory, options: GroupOptions, edits: Sequence[Edit] = ()
) -> Assigned:
    """Give each item its theme. Items are in the order of their ids; members of the memory's themes keep theirs.

    What people decided (`edits`) is replayed over the items' homes, the themes that they have without it. An item that
    joins or founds a theme is at home there.
    """
    centre, n_centre = settle_centre(vectors, memory)
    labels = [item.label if memory.kind == "objection" else "" for item in items]
    space = prepare(vectors, centre, labels, options.label_weight)
    decisions = read_decisions(edits, items, memory.kind)
    now = replace(memory, next_number=max(memory.next_number, decisions.next_number))
    homes, next_number = remembered(items, memory), now.next_number
    if not memory.themes and has_news(items, homes, memory):
        groups = partition(space, [item.source for item in items], options)
        next_number = found(homes, list(range(len(items))), groups, now)
        adopt(homes, items, decisions)
    laid = lay_over(dict(zip((item.id for item in items), homes, strict=True)), decisions)
    if memory.themes and has_news(items, list(laid.theme_by_item.values()), memory):
        next_number = place_news(laid, items, space, now, options)
    states = collect_states(items, list(laid.theme_by_item.values()))
    return Assigned(
        theme_ids=tuple(its if laid.is_shown(its) else "" for its in laid.theme_by_item.values()),
        space=space,
        memory=Memory(
            kind=memory.kind,
            themes=states,
            waiting=tuple(item_id for item_id, home in laid.homes.items() if not home),
            next_number=next_number,
            centre=centre,
            n_centre=n_centre,
            homes=tuple(pair for pair in laid.homes.items() if pair[1] != laid.theme_by_item[pair[0]]),
            dismissed=tuple(sorted(laid.dismissed)),
        ),
        history=compare(memory, states, laid),
        laid=laid,
        dismissed=frozenset(item_id for item_id, its in laid.theme_by_item.items() if its in laid.dismissed),
    )


def place(items: Sequence[Item], memory: Memory, edits: Sequence[Edit]) -> Laid:
    """Where people's edits show the items of the last grouping, without grouping anew."""
    homes = dict(zip((item.id for item in items), remembered(items, memory), strict=True))
    return lay_over(homes, read_decisions(edits, items, memory.kind))


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


def settle_centre(vectors: Vectors, memory: Memory) -> tuple[tuple[float, ...], int]:
    """The remembered centre, or a new one while there were too few items and now are twice as many."""
    if memory.centre and (memory.n_centre >= N_TRUSTED or len(vectors) < 2 * memory.n_centre):
        return memory.centre, memory.n_centre
    return find_centre(vectors), len(vectors)


def remembered(items: Sequence[Item], memory: Memory) -> list[str]:
    """The home of each item at the last run, "" for none."""
    theme_by_item = {item_id: state.id for state in memory.themes for item_id in state.member_ids} | dict(memory.homes)
    return [theme_by_item.get(item.id, "") for item in items]


def has_news(items: Sequence[Item], theme_ids: Sequence[str], memory: Memory) -> bool:
    """Whether any item was not there at the last run; without one, what waits goes on waiting."""
    waiting = frozenset(memory.waiting)
    return any(not theme_id and item.id not in waiting for item, theme_id in zip(items, theme_ids, strict=True))


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
        join_nearest(theme_ids, waiting, space, threshold)
        return
    places = {theme_id: place for place, theme_id in enumerate(known)}
    free = iter(range(len(known), len(known) + len(waiting)))
    start = np.array([places[its] if its else next(free) for its in theme_ids], dtype=np.int64)
    ends = merge(space, start, threshold, n_fixed=len(known))
    for row in waiting:
        if ends[row] < len(known):
            theme_ids[row] = known[ends[row]]


def join_nearest(theme_ids: list[str], waiting: Sequence[int], space: Vectors, threshold: float) -> None:
    """The same for a flood of new items, each by itself: the theme whose members it resembles most."""
    import numpy as np

    known = sorted(set(theme_ids) - {""})
    rows_by_theme = members_of(give_labels(theme_ids))
    means = np.stack([space[rows_by_theme[place]].mean(axis=0) for place in range(len(known))])
    cosines = space[list(waiting)] @ means.T  # (n_waiting, n_known): mean cosine to the members
    for row, best, cosine in zip(waiting, cosines.argmax(axis=1), cosines.max(axis=1), strict=True):
        if cosine >= threshold:
            theme_ids[row] = known[best]


def group_rest(space: Vectors, threshold: float, sources: Sequence[str], options: GroupOptions) -> Labels:
    """Groups among items that fit no theme, held against each other as they were against the themes."""
    labels = link(space, threshold) if len(space) <= options.n_direct else partition(space, sources, options)
    return keep_recurring(labels, sources, options)


def found(theme_ids: list[str], rows: Sequence[int], labels: Labels, memory: Memory) -> int:
    """Give each group of these rows a new id; the next free number comes back."""
    number = memory.next_number
    for members in members_of(labels).values():
        for place in members:
            theme_ids[rows[place]] = f"{PREFIXES[memory.kind]}-{number:04d}"
        number += 1
    return number


def collect_states(items: Sequence[Item], theme_ids: Sequence[str]) -> tuple[ThemeState, ...]:
    """The themes with their members, for the next run; what a person moved out of all is in none."""
    members: dict[str, list[str]] = {}
    for item, theme_id in zip(items, theme_ids, strict=True):
        if theme_id not in ("", OUT):
            members.setdefault(theme_id, []).append(item.id)
    return tuple(ThemeState(theme_id, tuple(sorted(members[theme_id]))) for theme_id in sorted(members))


def compare(before: Memory, now: Sequence[ThemeState], laid: Laid) -> tuple[Change, ...]:
    """What became of each theme. One whose every member is gone is retired; its id is not given again.

    Of a dismissed theme nothing is said after it was dismissed.
    """
    sizes_before = {state.id: len(state.member_ids) for state in before.themes}
    sizes_now = {state.id: len(state.member_ids) for state in now}
    changes = []
    for theme_id in sorted(sizes_before | sizes_now):
        sizes = sizes_before.get(theme_id, 0), sizes_now.get(theme_id, 0)
        if theme_id not in laid.dismissed or theme_id not in before.dismissed:
            changes.append(describe_change(theme_id, sizes, before, laid))
    return tuple(changes)


def describe_change(theme_id: str, sizes: tuple[int, int], before: Memory, laid: Laid) -> Change:
    """What became of a theme that had and has so many members."""
    n_before, n_now = sizes
    if theme_id in laid.dismissed:
        return Change(theme_id, "dismissed", *sizes)
    if not n_now:
        into = laid.merged.get(theme_id, "")
        return Change(theme_id, "merged" if into else "retired", *sizes, into)
    if n_before:
        return Change(theme_id, "returned" if theme_id in before.dismissed else "continued", *sizes)
    if theme_id in laid.made:
        return Change(theme_id, "split", *sizes, laid.made[theme_id])
    return Change(theme_id, "returned" if int(theme_id[2:]) < before.next_number else "born", *sizes)


def give_labels(theme_ids: Sequence[str]) -> Labels:
    """Theme ids as group numbers, -1 for none."""
    import numpy as np

    numbers = {theme_id: number for number, theme_id in enumerate(sorted(set(theme_ids) - {""}))}
    return np.array([numbers.get(theme_id, -1) for theme_id in theme_ids], dtype=np.int64)
