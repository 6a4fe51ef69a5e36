"""What the customer's vocabulary says of a name: how it is written, and how it may sound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from insights.transcripts.vocabulary.sounds import letters_of, sound_of


@dataclass(frozen=True, slots=True)
class Form:
    """One way to hear an entry."""

    letters: str  # lower case, without spaces and marks
    sound: str  # phonetic code of the same


@dataclass(frozen=True, slots=True)
class Entry:
    """A name as it should be written, with all the ways to hear it, its own spelling first."""

    text: str
    forms: tuple[Form, ...]

    @property
    def n_words(self) -> int:
        """How many words it is written as."""
        return len(self.text.split())


@lru_cache(maxsize=8)
def parse(lines: tuple[str, ...]) -> tuple[Entry, ...]:
    """The entries of lines like `Kestralis: kes trellis, castrallis`, each name once."""
    entries: dict[str, Entry] = {}
    for line in lines:
        name, _, spellings = line.partition(":")
        text = " ".join(name.split())
        spoken = [text, *(part.strip() for part in spellings.split(","))]
        forms = tuple(dict.fromkeys(Form(letters_of(one), sound_of(one)) for one in spoken if letters_of(one)))
        if forms:
            entries.setdefault(text.lower(), Entry(text, forms))
    return tuple(entries.values())
