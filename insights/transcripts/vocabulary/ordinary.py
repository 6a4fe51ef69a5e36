"""Ordinary English words, which are what they seem unless the recogniser doubts them."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

MARKS = re.compile(r"[^\w']|_")
ENDING = re.compile(r"'(?:s|re|ve|ll|d|m|t)?$|n't$")


def is_ordinary(word: str) -> bool:
    """Whether it is a number or one of the 30,000 commonest English words, whatever its case and marks.

    >>> [is_ordinary(word) for word in ("Sample,", "she's", "12", "Kestrelis")]
    [True, True, True, False]
    """
    bare = ENDING.sub("", MARKS.sub("", word.lower().replace("’", "'")))
    return not bare or bare.isdecimal() or bare.replace("'", "") in _ordinary_words()


@lru_cache(maxsize=1)
def _ordinary_words() -> frozenset[str]:
    """The words of ordinary.txt; models/licences/ordinary-words.txt says where they come from."""
    text = (files("insights.transcripts.vocabulary") / "ordinary.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
