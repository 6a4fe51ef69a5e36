"""What people decided of themes, laid over what the grouping found: nothing is lost, all can be undone.

Each item has a home, the theme that the grouping gave it. Decisions are replayed over the homes, in order, and say
where the items are shown; withdrawing one leaves the others and the homes as they are. An edit notes only items whose
place rests on no other edit, so that nothing of an edit that is withdrawn stays behind in a later one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from insights.themes.noting import Decision, Decisions, Deed
from insights.themes.values import Item

OUT = "out"  # in place of a theme's id, where a person moved an item out of all themes


@dataclass(slots=True)
class Laid:
    """Where items are shown and what themes are, as people left them."""

    homes: dict[str, str]  # by item, the theme that it has without edits; "" for none
    theme_by_item: dict[str, str]  # "" for none, OUT
    merged: dict[str, str] = field(default_factory=dict)  # theme that is no more -> theme that it went into
    made: dict[str, str] = field(default_factory=dict)  # theme -> theme that it was split off from
    dismissed: dict[str, str] = field(default_factory=dict)  # theme -> what it was called
    pinned: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)  # given by a person, by theme

    def now(self, theme_id: str) -> str:
        """The theme into which this one was merged, or the theme itself."""
        while theme_id in self.merged:
            theme_id = self.merged[theme_id]
        return theme_id

    def put(self, item_ids: Iterable[str], theme_id: str) -> None:
        """Show these items in that theme."""
        self.theme_by_item.update(dict.fromkeys(item_ids, theme_id))

    def is_shown(self, theme_id: str) -> bool:
        """Whether an item may be shown there: in a theme, and in none that was dismissed."""
        return theme_id not in ("", OUT) and theme_id not in self.dismissed


def lay_over(homes: Mapping[str, str], decisions: Decisions) -> Laid:
    """Where the items are shown by what people decided.

    A decision about a theme that a withdrawn split had made rests; what joined that theme is where it was split off.
    """
    back = {item_id: _back(theme_id, decisions.unmade) for item_id, theme_id in homes.items()}
    laid = Laid(homes=back, theme_by_item=dict(back))
    laid.merged.update(decisions.unmade)
    for decision in decisions.held:
        named = {decision.other_id} if decision.deed == "move" else {decision.theme_id, decision.other_id}
        if not named & decisions.unmade.keys():
            DEEDS[decision.deed](laid, decision)
    return laid


def _back(theme_id: str, unmade: Mapping[str, str]) -> str:
    while theme_id in unmade:
        theme_id = unmade[theme_id]
    return theme_id


def _merge(laid: Laid, decision: Decision) -> None:
    gone, kept = laid.now(decision.theme_id), laid.now(decision.other_id)
    laid.put((*decision.item_ids, *decision.other_item_ids), kept)
    if gone != kept:
        laid.put([item_id for item_id, its in laid.theme_by_item.items() if its == gone], kept)
        laid.merged[gone] = kept


def _split(laid: Laid, decision: Decision) -> None:
    laid.put(decision.other_item_ids, decision.other_id)
    laid.made[decision.other_id] = laid.now(decision.theme_id)


def _rename(laid: Laid, decision: Decision) -> None:
    laid.labels[laid.now(decision.theme_id)] = decision.label


def _pin(laid: Laid, decision: Decision) -> None:
    laid.put(decision.item_ids, laid.now(decision.theme_id))
    laid.pinned.add(laid.now(decision.theme_id))


def _move(laid: Laid, decision: Decision) -> None:
    target = laid.now(decision.other_id) if decision.other_id else OUT
    laid.put((*decision.other_item_ids, *decision.item_ids), target)


def _dismiss(laid: Laid, decision: Decision) -> None:
    laid.put(decision.item_ids, laid.now(decision.theme_id))
    laid.dismissed[laid.now(decision.theme_id)] = decision.label


DEEDS: dict[Deed, Callable[[Laid, Decision], None]] = {
    "merge": _merge,
    "split": _split,
    "rename": _rename,
    "pin": _pin,
    "move": _move,
    "dismiss": _dismiss,
}


def adopt(theme_ids: list[str], items: Sequence[Item], decisions: Decisions, first_number: int) -> None:
    """Give new themes, numbered from `first_number`, the ids under which people know them.

    A theme that is no more goes on as the new one with most of its noted items, if these are half of that one or more.
    """
    sizes = Counter(theme_ids)
    known = known_themes(decisions)
    shared = Counter((new, known[item.id]) for item, new in zip(items, theme_ids, strict=True) if item.id in known)
    taken: dict[str, str] = {}
    for (new, old), n_shared in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
        is_new = new and int(new[2:]) >= first_number
        is_free = is_new and new not in taken and old not in sizes and old not in taken.values()
        if is_free and 2 * n_shared >= sizes[new]:
            taken[new] = old
    theme_ids[:] = [taken.get(theme_id, theme_id) for theme_id in theme_ids]


def homes_with_splits(laid: Laid, decisions: Decisions) -> list[str]:
    """The items' homes as a new grouping should know them: what people split off is at home where it is shown."""
    parts = {item_id: its.other_id for its in decisions.held if its.deed == "split" for item_id in its.other_item_ids}
    return [
        its if home and its in laid.made and parts.get(item_id) == its else home
        for (item_id, its), home in zip(laid.theme_by_item.items(), laid.homes.values(), strict=True)
    ]


def known_themes(decisions: Decisions) -> dict[str, str]:
    """By item, the theme that it was noted in last."""
    known: dict[str, str] = {}
    for decision in decisions.held:
        own = decision.other_id if decision.deed == "move" else decision.theme_id
        known.update(dict.fromkeys(decision.item_ids, own))
        known.update(dict.fromkeys(decision.other_item_ids, decision.other_id))
    return {item_id: its for item_id, its in known.items() if its and its not in decisions.unmade}


def decided_items(decisions: Decisions) -> set[str]:
    """The items that people decided something of."""
    return {one for decision in decisions.held for one in (*decision.item_ids, *decision.other_item_ids)}
