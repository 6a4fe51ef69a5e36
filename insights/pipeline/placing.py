"""Which items are in which theme by all that people decided, taken in or not yet; themes and items by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from insights import themes
from insights.errors import UsageError
from insights.pipeline.concluding import items_of
from insights.pipeline.listing import SHORT_ID
from insights.pipeline.loading import KINDS, load_findings, load_memory
from insights.store import Store
from insights.types import ThemeKind


@dataclass(frozen=True, slots=True)
class Placed:
    """The items of one kind, and where people's edits show them."""

    kind: ThemeKind
    items: Sequence[themes.Item]
    laid: themes.Laid
    next_number: int  # of a new theme

    def members(self, theme_id: str) -> list[themes.Item]:
        """The items that are shown in a theme."""
        return [item for item in self.items if self.laid.theme_by_item[item.id] == theme_id]

    def own(self, theme_id: str) -> list[themes.Item]:
        """Those of them that no edit put there."""
        return [item for item in self.members(theme_id) if self.laid.homes[item.id] == theme_id]


def read_placed(store: Store) -> dict[ThemeKind, Placed]:
    """The items of every kind, where the last grouping and all edits put them."""
    findings, state, edits = load_findings(store), store.state(), store.edits()
    placed = {}
    for kind in KINDS:
        items, memory = items_of(kind, findings), load_memory(state, kind)
        next_number = max(memory.next_number, themes.read_decisions(edits, items, kind).next_number)
        placed[kind] = Placed(kind, items, themes.place(items, memory, edits), next_number)
    return placed


def find_theme(placed: Mapping[ThemeKind, Placed], given: str) -> tuple[Placed, str]:
    """The theme of that id, in any case, among those of its kind; UsageError where it is none, or none any more."""
    theme_id = given.strip().upper()
    own = next((one for one in placed.values() if theme_id.startswith(f"{themes.PREFIXES[one.kind]}-")), None)
    if own and theme_id in own.laid.merged:
        raise UsageError(f"{theme_id} is part of {own.laid.now(theme_id)}; name that.")
    if own and theme_id in own.laid.dismissed:
        raise UsageError(f"{theme_id} was dismissed; `insights themes undo` with its edit's id brings it back.")
    if own is None or not own.members(theme_id):
        raise UsageError(f"No theme '{given}'. `insights themes list` shows the ids.")
    return own, theme_id


def find_items(placed: Iterable[Placed], given: Sequence[str]) -> tuple[Placed, list[themes.Item]]:
    """The items with these ids or beginnings of ids, all of one kind; UsageError where one is none or several."""
    chosen: dict[str, tuple[Placed, themes.Item]] = {}
    known = [(one, item) for one in placed for item in one.items]
    for name in given:
        same = [(one, item) for one, item in known if _is_called(item, name.strip().lower())]
        if len(same) != 1:
            many = f"{len(same)} items begin with '{name}'; give more of the id" if same else f"No item '{name}'"
            raise UsageError(f"{many}. `insights themes show` and `insights signals list` show the ids.")
        chosen[same[0][1].id] = same[0]
    kinds = sorted({one.kind for one, _ in chosen.values()})
    if len(kinds) != 1:
        raise UsageError(f"Name items of one kind, not of {len(kinds)} ({', '.join(kinds) or 'none named'}).")
    return next(iter(chosen.values()))[0], [item for _, item in chosen.values()]


def short_id(item_id: str) -> str:
    """An item's id as it is shown: of an utterance, the beginning of its conversation's id and its place there.

    >>> short_id("3fa9c21077b01e5d"), short_id("3fa9c21077b01e5d:0012")
    ('3fa9c210', '3fa9c210:0012')
    """
    head, colon, index = item_id.partition(":")
    return f"{head[:SHORT_ID]}{colon}{index}"


def _is_called(item: themes.Item, name: str) -> bool:
    """Whether an item's id begins so; of an utterance, its conversation's id, with its index told exactly."""
    head, colon, index = item.id.partition(":")
    given, has_index, place = name.partition(":")
    return bool(given) and head.startswith(given) and (colon, index) == (has_index, place)
