"""What became of each theme since the last run, and which members another grouping put elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from insights.themes.edits import OUT, Laid
from insights.themes.values import Item, Memory, ThemeState
from insights.types import Change, Move


def collect_states(items: Sequence[Item], theme_ids: Sequence[str]) -> tuple[ThemeState, ...]:
    """The themes with their members, for the next run; what a person moved out of all is in none."""
    members: dict[str, list[str]] = {}
    for item, theme_id in zip(items, theme_ids, strict=True):
        if theme_id not in ("", OUT):
            members.setdefault(theme_id, []).append(item.id)
    return tuple(ThemeState(theme_id, tuple(sorted(members[theme_id]))) for theme_id in sorted(members))


def find_moves(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Move, ...]:
    """The members that are in another theme now, or in none, by the themes from and to which they went.

    Args:
        before: by item, where people's edits showed it in the old grouping; "" and OUT for none.
        now: the same in the new one.
    """
    moved: dict[tuple[str, str], list[str]] = {}
    for item_id, theme_id in before.items():
        if theme_id not in ("", OUT) and now[item_id] != theme_id:
            moved.setdefault((theme_id, now[item_id].replace(OUT, "")), []).append(item_id)
    return tuple(Move(*pair, tuple(sorted(moved[pair]))) for pair in sorted(moved))


def compare(before: Memory, now: Sequence[ThemeState], laid: Laid, moves: Sequence[Move]) -> tuple[Change, ...]:
    """What became of each theme. One whose every member is gone is retired; its id is not given again.

    Of a dismissed theme nothing is said after it was dismissed.
    """
    sizes_before = {state.id: len(state.member_ids) for state in before.themes}
    sizes_now = {state.id: len(state.member_ids) for state in now}
    changes = []
    for theme_id in sorted(sizes_before | sizes_now):
        sizes = sizes_before.get(theme_id, 0), sizes_now.get(theme_id, 0)
        if theme_id not in laid.dismissed or theme_id not in before.dismissed:
            changes.append(_describe(theme_id, sizes, before, laid, moves))
    return tuple(changes)


def _describe(theme_id: str, sizes: tuple[int, int], before: Memory, laid: Laid, moves: Sequence[Move]) -> Change:
    """What became of a theme that had and has so many members."""
    n_before, n_now = sizes
    if theme_id in laid.dismissed:
        return Change(theme_id, "dismissed", *sizes)
    if not n_now:
        gone = {move.to_id: len(move.item_ids) for move in moves if move.from_id == theme_id and move.to_id}
        into = laid.merged.get(theme_id, "") or _half(gone, n_before)
        return Change(theme_id, "merged" if into else "retired", *sizes, into)
    if n_before:
        return Change(theme_id, "returned" if theme_id in before.dismissed else "continued", *sizes)
    come = {move.from_id: len(move.item_ids) for move in moves if move.to_id == theme_id}
    parent = laid.made.get(theme_id, "") or _half(come, n_now)
    if parent:
        return Change(theme_id, "split", *sizes, parent)
    return Change(theme_id, "returned" if int(theme_id[2:]) < before.next_number else "born", *sizes)


def _half(shares: Mapping[str, int], n_members: int) -> str:
    """The theme with half of the members or more; "" if none has."""
    most = max(sorted(shares), key=lambda its: shares[its], default="")
    return most if most and 2 * shares[most] >= n_members else ""
