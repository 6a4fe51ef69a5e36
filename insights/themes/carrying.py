"""What a theme rests on, as a key, so that one whose members did not change is not named and rated again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

from insights.themes.values import GroupOptions, Item
from insights.types import Theme

if TYPE_CHECKING:
    from insights.themes.edits import Laid

KEY_DIGITS = 16  # of hexadecimal


def key_of_theme(theme_id: str, members: Sequence[Item], options: GroupOptions, laid: Laid) -> str:
    """The key of a theme's members, what they say, and what people decided of its name; members by id.

    Its keywords and sureness depend on the other themes, too: they are as they were when its members last changed.
    """
    said = [astuple(item) for item in members]
    decided = (laid.labels.get(theme_id, ""), theme_id in laid.pinned)
    content = json.dumps([theme_id, said, decided, repr(options)])
    return hashlib.sha256(content.encode()).hexdigest()[:KEY_DIGITS]


def carry(keys: Mapping[str, str], known: Mapping[str, Theme], laid: Laid) -> dict[str, Theme]:
    """The known themes, by their keys, that can stay as they are; not one whose label a person gave to another."""
    given = set(laid.labels.values())
    kept = {theme_id: known[key] for theme_id, key in keys.items() if key in known}
    return {theme_id: theme for theme_id, theme in kept.items() if theme.renamed or theme.label not in given}
