"""The same theme, next week: members stay, new items join what they clearly fit, the rest may found new themes.

What people decided is laid over it before anything joins: new items see themes as people left them. When it is time,
all items are grouped anew; themes then keep their ids by their members, and whatever moves is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from insights.themes.edits import Laid, adopt, homes_with_splits, lay_over
from insights.themes.history import collect_states, compare, find_moves
from insights.themes.joining import place_news
from insights.themes.noting import Decisions, read_decisions
from insights.themes.partition import partition
from insights.themes.regroup import agreement, carry_over, tell_drift, tell_method
from insights.themes.space import find_centre, prepare
from insights.themes.values import Memory, Method
from insights.types import Change, Edit, Regrouping

if TYPE_CHECKING:
    from insights.themes.values import GroupOptions, Item, Vectors

N_TRUSTED = 200  # items from which a centre is good enough to stay until all are grouped anew
UNKNOWN = Method()
NO_KIND = "other"  # the label of a question of none of the kinds


@dataclass(frozen=True, slots=True)
class Assigned:
    """A theme id for each item ("" is shown in none), the space in which it was decided, and what to remember."""

    theme_ids: tuple[str, ...]
    space: Vectors
    memory: Memory
    history: tuple[Change, ...]
    laid: Laid
    dismissed: frozenset[str]  # ids of items in themes that people said are none
    regrouping: Regrouping | None  # where all were grouped anew, though there were themes


@dataclass(frozen=True, slots=True)
class Corpus:
    """All items of one kind in the order of their ids, and what is known before they are placed."""

    items: Sequence[Item]
    vectors: Vectors  # aligned with items
    memory: Memory
    options: GroupOptions
    decisions: Decisions


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the items are, the space in which that was decided, and what the next run must know of it."""

    laid: Laid
    space: Vectors
    centre: tuple[float, ...]
    n_centre: int
    next_number: int
    n_grouped: int


def assign(
    items: Sequence[Item],
    vectors: Vectors,
    memory: Memory,
    options: GroupOptions,
    edits: Sequence[Edit] = (),
    *,
    method: Method = UNKNOWN,
    anew: str = "",
) -> Assigned:
    """Give each item its theme. Items are in the order of their ids; members of the memory's themes keep theirs.

    Unless all are grouped anew: because it is wanted (`anew` says why), because themes are made in another way now, or
    because there are many more items and a new grouping has become too different. What people decided (`edits`) is
    replayed over the items' homes, the themes that they have without it. An item that joins or founds a theme is at
    home there.
    """
    decisions = read_decisions(edits, items, memory.kind)
    corpus = Corpus(items, vectors, memory, options, decisions)
    laid = lay_over(dict(zip((item.id for item in items), remembered(items, memory), strict=True)), decisions)
    before = dict(laid.theme_by_item)
    is_first = not memory.themes and not memory.waiting
    why = "" if is_first else anew or tell_method(memory.method, method)
    placed, reason = place_all(corpus, laid, why)
    laid = placed.laid
    states = collect_states(items, list(laid.theme_by_item.values()))
    moves = find_moves(before, laid.theme_by_item) if reason else ()
    history = compare(memory, states, laid, moves)
    return Assigned(
        theme_ids=tuple(its if laid.is_shown(its) else "" for its in laid.theme_by_item.values()),
        space=placed.space,
        memory=Memory(
            kind=memory.kind,
            themes=states,
            waiting=tuple(item_id for item_id, home in laid.homes.items() if not home),
            next_number=placed.next_number,
            centre=placed.centre,
            n_centre=placed.n_centre,
            homes=tuple(pair for pair in laid.homes.items() if pair[1] != laid.theme_by_item[pair[0]]),
            dismissed=tuple(sorted(laid.dismissed)),
            method=method,
            n_grouped=placed.n_grouped,
        ),
        history=history,
        laid=laid,
        dismissed=frozenset(item_id for item_id, its in laid.theme_by_item.items() if its in laid.dismissed),
        regrouping=Regrouping(memory.kind, reason, len(items), history, moves) if reason else None,
    )


def place(items: Sequence[Item], memory: Memory, edits: Sequence[Edit]) -> Laid:
    """Where people's edits show the items of the last grouping, without grouping anew."""
    homes = dict(zip((item.id for item in items), remembered(items, memory), strict=True))
    return lay_over(homes, read_decisions(edits, items, memory.kind))


def place_all(corpus: Corpus, laid: Laid, reason: str) -> tuple[Placed, str]:
    """Place the items, all of them anew if there is a reason for it, which comes back; "" if there was none."""
    memory, n_items = corpus.memory, len(corpus.items)
    number = max(memory.next_number, corpus.decisions.next_number)
    news = has_news(corpus.items, list(laid.theme_by_item.values()), memory)
    if reason or (news and not memory.themes):
        return group_anew(corpus, laid, number), reason
    placed = go_on(corpus, laid, number, news=news)
    if not news or n_items < corpus.options.growth * memory.n_grouped:
        return placed, ""
    anew = group_anew(corpus, placed.laid, placed.next_number)
    agreed = agreement(list(placed.laid.theme_by_item.values()), list(anew.laid.theme_by_item.values()))
    if agreed < corpus.options.agreement:
        return anew, tell_drift(memory.n_grouped, n_items, agreed)
    return replace(placed, n_grouped=n_items), ""


def go_on(corpus: Corpus, laid: Laid, number: int, *, news: bool) -> Placed:
    """The items where they were, and new ones where they fit."""
    memory = replace(corpus.memory, next_number=number)
    centre, n_centre = settle_centre(corpus.vectors, memory)
    space = see(corpus, centre)
    if news:
        number = place_news(laid, corpus.items, space, memory, corpus.options)
    return Placed(laid, space, centre, n_centre, number, memory.n_grouped)


def group_anew(corpus: Corpus, laid: Laid, number: int) -> Placed:
    """All items as a first run would group them, under the ids of the themes where they were."""
    items, centre = corpus.items, find_centre(corpus.vectors)
    space, sources = see(corpus, centre), [item.source for item in items]
    groups = partition(space, sources, corpus.options)
    memory = replace(corpus.memory, next_number=number)
    before = homes_with_splits(laid, corpus.decisions)
    homes, next_number = carry_over(before, groups, sources, laid, memory, corpus.options)
    adopt(homes, items, corpus.decisions, number)
    now = lay_over(dict(zip((item.id for item in items), homes, strict=True)), corpus.decisions)
    return Placed(now, space, centre, len(items), next_number, len(items))


def see(corpus: Corpus, centre: tuple[float, ...]) -> Vectors:
    """The space in which the items are compared; their types and kinds are a hint, but for questions of no kind."""
    none = NO_KIND if corpus.memory.kind == "question" else ""
    labels = ["" if item.label == none else item.label for item in corpus.items]
    return prepare(corpus.vectors, centre, labels, corpus.options.label_weight)


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
