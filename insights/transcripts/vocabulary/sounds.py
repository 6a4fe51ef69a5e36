"""How words sound, as letters: a phonetic code, so that different spellings of one sound are alike."""

from __future__ import annotations

import re
from functools import lru_cache

PARTS = re.compile(r"[^\W\d_]+|\d")  # runs of letters, single digits
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
VOWELS = str.maketrans("EIOU", "AAAA")  # Metaphone keeps a word's first vowel: which one, recognisers guess


def letters_of(text: str) -> str:
    """The letters and digits of a text in lower case, digits spelled out.

    >>> letters_of("SOC 2"), letters_of("Quill-Mark's")
    ('soctwo', 'quillmarks')
    """
    return "".join(_spoken(text))


@lru_cache(maxsize=100_000)
def sound_of(text: str) -> str:
    """The Metaphone codes of a text's words joined, first vowels alike (L. Philips, Computer Language 7(12), 1990).

    >>> sound_of("Anneke Vos"), sound_of("Inna Kavos"), sound_of("data dog")
    ('ANKFS', 'ANKFS', 'TTTK')
    """
    import jellyfish

    return "".join(jellyfish.metaphone(word).replace(" ", "").translate(VOWELS) for word in _spoken(text))


def _spoken(text: str) -> list[str]:
    return [DIGITS[int(part)] if part.isdecimal() else part.lower() for part in PARTS.findall(text.replace("'", ""))]
