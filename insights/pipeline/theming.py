"""What people decide of themes: each decision an edit that every later run lays over what it groups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from insights import themes
from insights.config import Settings
from insights.errors import UsageError
from insights.pipeline.loading import open_existing
from insights.pipeline.placing import Placed, find_items, find_theme, read_placed, short_id
from insights.store import Store
from insights.types import Edit

MAX_LABEL = 120  # letters
MAX_OFFERED = 3


def merge_themes(settings: Settings, theme: str, into: str) -> Edit:
    """Note that two themes are one: the second keeps its id, the first is no more, unless the edit is undone."""
    with open_existing(settings, write=True) as store:
        placed = read_placed(store)
        (one, gone), (other, kept) = find_theme(placed, theme), find_theme(placed, into)
        if one.kind != other.kind:
            raise UsageError(f"{gone} holds {one.kind}s and {kept} {other.kind}s; only themes of one kind are merged.")
        if gone == kept:
            raise UsageError(f"{gone} cannot be merged into itself.")
        return _add(store, themes.note("merge", gone, one.own(gone), kept, other.own(kept)))


def split_theme(settings: Settings, theme: str, item_ids: Sequence[str]) -> Edit:
    """Note that these items of a theme are one of their own, under a new id: the edit's fifth target."""
    with open_existing(settings, write=True) as store:
        placed, theme_id = find_theme(read_placed(store), theme)
        _, chosen = find_items([placed], item_ids)
        _check_members(placed, theme_id, chosen)
        if len(chosen) == len(placed.members(theme_id)):
            raise UsageError(f"These are all items of {theme_id}; name some of them.")
        left = [item for item in placed.own(theme_id) if item not in chosen]
        new = f"{themes.PREFIXES[placed.kind]}-{placed.next_number:04d}"
        return _add(store, themes.note("split", theme_id, left, new, chosen))


def rename_theme(settings: Settings, theme: str, label: str) -> Edit:
    """Note what a theme is called; that is shown in place of what is found."""
    name = " ".join(label.split())
    if not 0 < len(name) <= MAX_LABEL:
        raise UsageError(f"A label has 1 to {MAX_LABEL} letters, this one {len(name)}.")
    with open_existing(settings, write=True) as store:
        placed, theme_id = find_theme(read_placed(store), theme)
        return _add(store, themes.note("rename", theme_id, placed.own(theme_id)), name)


def pin_theme(settings: Settings, theme: str) -> Edit:
    """Note that a theme stays, however small it becomes, and that its members stay together."""
    with open_existing(settings, write=True) as store:
        placed, theme_id = find_theme(read_placed(store), theme)
        if theme_id in placed.laid.pinned:
            raise UsageError(f"{theme_id} is pinned already.")
        return _add(store, themes.note("pin", theme_id, placed.own(theme_id)))


def dismiss_theme(settings: Settings, theme: str) -> Edit:
    """Note that a theme is none: it is shown no more, nor what joins it later."""
    with open_existing(settings, write=True) as store:
        placed, theme_id = find_theme(read_placed(store), theme)
        return _add(store, themes.note("dismiss", theme_id, placed.own(theme_id)))


def move_items(settings: Settings, item_ids: Sequence[str], to: str = "") -> Edit:
    """Note that items belong to another theme of their kind, or, without one, to none."""
    with open_existing(settings, write=True) as store:
        by_kind = read_placed(store)
        placed, chosen = find_items(by_kind.values(), item_ids)
        other, theme_id = find_theme(by_kind, to) if to else (placed, "")
        if other.kind != placed.kind:
            raise UsageError(f"{theme_id} holds {other.kind}s; these items are of the kind {placed.kind}.")
        there = [placed.laid.theme_by_item[item.id] for item in chosen]
        for item, its in zip(chosen, there, strict=True):
            if its == theme_id or (not to and its == themes.OUT):
                raise UsageError(f"{short_id(item.id)} is in {theme_id or 'no theme'} already.")
        own = placed.own(theme_id) if to else ()
        left = next((its for its in there if its not in ("", themes.OUT)), "")
        return _add(store, themes.note("move", left, chosen, theme_id, own))


def undo_theme_edit(settings: Settings, edit_id: str = "") -> Edit:
    """Withdraw a decision, the last one that still holds if none is named; gives the one withdrawn."""
    with open_existing(settings, write=True) as store:
        held = themes.theme_edits(store.edits())
        wanted = edit_id.strip().upper()
        undone = next((edit for edit in reversed(held) if not wanted or edit.id == wanted), None)
        if undone is None:
            there = ", ".join(edit.id for edit in held[-MAX_OFFERED:]) or "none"
            named = f"{wanted} " if wanted else ""
            raise UsageError(f"No edit {named}of a theme to withdraw (the last held: {there}).")
        store.add_edit(Edit("", datetime.now(UTC), "undo", ("edit", undone.id)))
        return undone


def list_theme_edits(settings: Settings) -> tuple[Edit, ...]:
    """The decisions that hold, in the order in which they were made."""
    with open_existing(settings) as store:
        return themes.theme_edits(store.edits())


def _add(store: Store, target: tuple[str, ...], label: str = "") -> Edit:
    """Keep a decision, with what the theme is called where it gets no other name."""
    called = next((theme.label for theme in store.themes() if theme.id == target[2]), "")
    return store.add_edit(Edit("", datetime.now(UTC), "theme", target, label or called))


def _check_members(placed: Placed, theme_id: str, chosen: Sequence[themes.Item]) -> None:
    astray = [short_id(item.id) for item in chosen if placed.laid.theme_by_item[item.id] != theme_id]
    if astray:
        raise UsageError(f"Not in {theme_id}: {', '.join(astray)}. `insights themes show {theme_id}` lists its items.")
