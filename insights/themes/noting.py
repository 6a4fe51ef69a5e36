"""How people's edits of themes are noted and read again: by ids, and by words where an item's id is no more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal, get_args

from insights.themes.values import PREFIXES, Item
from insights.types import Edit, ThemeKind

Deed = Literal["merge", "split", "rename", "pin", "move", "dismiss"]

TARGET_FIELDS = 6  # what the target of an edit of a theme holds; see `insights.types.Edit`
MAX_NOTED_WORDS = 40  # of an item: enough to know it again
MIN_LIKENESS = 0.75  # share of words that two wordings have in common, in order, to be taken for the same
WORD = re.compile(r"\w+(?:['’]\w+)*")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of a theme, with the items that are there now."""

    edit_id: str
    deed: Deed
    theme_id: str  # of "move": where the first item was, "" if in none
    item_ids: tuple[str, ...]  # the theme's when it was decided; of "move", those moved
    other_id: str  # what it is merged into, split off as, moved to; "" otherwise
    other_item_ids: tuple[str, ...]
    label: str  # of "rename", the new one; else as the theme was called


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided of one kind of theme."""

    held: tuple[Decision, ...] = ()  # in the order in which they were made
    unmade: Mapping[str, str] = field(default_factory=dict)  # theme of a withdrawn split -> what it was split off from
    next_number: int = 1  # numbers below may be taken


def theme_edits(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits of themes that no later edit withdrew, in order."""
    known = tuple(edits)
    undone = {edit.target[1] for edit in known if edit.kind == "undo"}
    return tuple(edit for edit in known if edit.kind == "theme" and edit.id not in undone)


def note(
    deed: Deed, theme_id: str, items: Iterable[Item], other_id: str = "", other_items: Iterable[Item] = ()
) -> tuple[str, ...]:
    """The target of an edit of a theme."""
    return ("theme", deed, theme_id, _note_items(items), other_id, _note_items(other_items))


def _note_items(items: Iterable[Item]) -> str:
    lines = ("\t".join((item.id, item.conversation_id, _first_words(item.text))) for item in items)
    return "\n".join(lines)


def _first_words(text: str) -> str:
    return " ".join(text.split()[:MAX_NOTED_WORDS])


def read_decisions(edits: Iterable[Edit], items: Sequence[Item], kind: ThemeKind) -> Decisions:
    """What people decided of the themes of one kind, told of the items that are there now."""
    known = tuple(edits)
    own = [edit for edit in known if edit.kind == "theme" and _is_of(edit, kind)]
    held = {edit.id for edit in theme_edits(known)}
    numbers = [int(theme_id[2:]) for edit in own for theme_id in (edit.target[2], edit.target[4]) if theme_id]
    finder = Finder(items)
    return Decisions(
        held=tuple(_read(edit, finder) for edit in own if edit.id in held),
        unmade={edit.target[4]: edit.target[2] for edit in own if edit.id not in held and edit.target[1] == "split"},
        next_number=max(numbers, default=0) + 1,
    )


def _is_of(edit: Edit, kind: ThemeKind) -> bool:
    names = edit.target[2] or edit.target[4] if len(edit.target) == TARGET_FIELDS else ""
    return names.startswith(f"{PREFIXES[kind]}-")


def _read(edit: Edit, finder: Finder) -> Decision:
    _, name, theme_id, items, other_id, other_items = edit.target
    deed: Deed = next(known for known in get_args(Deed) if known == name)
    return Decision(edit.id, deed, theme_id, finder.find(items), other_id, finder.find(other_items), edit.value)


class Finder:
    """Knows the items that are there by id, and others by their words, where they were said.

    A call that is heard again, or a detector that begins a word later, gives a signal another id; the words stay.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self._ids = frozenset(item.id for item in items)
        self._said_in: dict[str, list[Item]] = {}
        for item in items:
            self._said_in.setdefault(item.conversation_id, []).append(item)

    def find(self, noted: str) -> tuple[str, ...]:
        """The ids that noted items have now, sorted; those that are no more are left out."""
        return tuple(sorted(set(self._find(noted.splitlines()))))

    def _find(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            item_id, conversation_id, words = line.split("\t")
            if item_id in self._ids:
                yield item_id
            elif conversation_id:
                said = ((_likeness(words, item.text), item.id) for item in self._said_in.get(conversation_id, ()))
                likeness, nearest = max(said, default=(0.0, ""))
                if likeness >= MIN_LIKENESS:
                    yield nearest


def _likeness(words: str, text: str) -> float:
    return SequenceMatcher(None, _folded(words), _folded(_first_words(text)), autojunk=False).ratio()


def _folded(text: str) -> list[str]:
    return [word.group().casefold().replace("’", "'") for word in WORD.finditer(text)]
