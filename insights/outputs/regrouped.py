"""When themes were grouped anew: why, what became of them, and which members moved, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from insights.outputs.weeks import week_of
from insights.outputs.wording import count, day
from insights.types import Regrouping

FATES = {
    "continued": "continued",
    "split": "split off",
    "merged": "merged into another",
    "born": "born",
    "retired": "retired",
    "returned": "returned",
    "dismissed": "dismissed",
}
N_TOLD = 3  # regroupings of each kind in the report's last section
MAX_PAIRS = 12  # of themes between which members moved, in one line


def tell_regroupings(regroupings: Sequence[Regrouping], week: str, zone: tzinfo) -> Iterator[str]:
    """Say for "what changed" what was grouped anew since the week began, where it moved anything."""
    for one in regroupings:
        if one.moves and week_of(one.made_at, zone) >= week:
            yield tell_regrouping(one, zone)


def list_regroupings(regroupings: Sequence[Regrouping], zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Give the last regroupings of each kind with all that moved, for the report's last section."""
    for kind in ("question", "objection", "topic"):
        for one in [one for one in regroupings if one.kind == kind][-N_TOLD:]:
            moved = tell_moves(one)
            yield "grouped anew", tell_regrouping(one, zone) + (f" {moved}." if moved else "")


def tell_regrouping(one: Regrouping, zone: tzinfo) -> str:
    """Say when and why themes were grouped anew, or would be, what became of them and how many items moved."""
    n_before = sum(change.n_before > 0 for change in one.changes)
    when = "would be grouped anew"
    if one.made_at:
        was = "was" if n_before == 1 else "were"
        when = f"{was} grouped anew on {day(one.made_at.astimezone(zone).date().isoformat())}"
    fates: Counter[str] = Counter(change.what for change in one.changes)
    became = ", ".join(f"{fates[what]} {word}" for what, word in FATES.items() if fates[what])
    n_out = sum(len(move.item_ids) for move in one.moves if not move.to_id)
    n_moved = sum(len(move.item_ids) for move in one.moves) - n_out
    moved = f"{n_moved} of {one.n_items} items moved to another theme, {n_out} to none"
    return (
        f"{count(n_before, f'{one.kind} theme')} {when}, because {one.reason}: {became or 'none is left'}; "
        f"{moved if one.moves else 'no item moved'}."
    )


def tell_moves(one: Regrouping) -> str:
    """List between which themes how many items moved, most first; "" where none did."""
    pairs = sorted(one.moves, key=lambda move: (-len(move.item_ids), move.from_id, move.to_id))
    told = [f"{len(move.item_ids)} from {move.from_id} to {move.to_id or 'none'}" for move in pairs[:MAX_PAIRS]]
    n_more = sum(len(move.item_ids) for move in pairs[MAX_PAIRS:])
    return "; ".join([*told, *([f"{n_more} between others"] if n_more else [])])
