"""Spoken text as the embedding should see it: without hesitations, stutters and a leading greeting."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

MAX_CHARS = 2000  # more than the embedding reads


def normalise(text: str) -> str:
    """The text for the embedding only; what is shown and quoted stays verbatim.

    A text that is nothing but fillers comes back as it was.
    """
    short = text[:MAX_CHARS]
    bare = stutters().sub(r"\1", fillers().sub(" ", short))
    tidy = re.sub(r"\s+([,.?!;:])", r"\1", re.sub(r"\s+", " ", bare))
    return re.sub(r"^[\s,.;:-]+", "", tidy).strip() or short.strip()


@lru_cache(maxsize=1)
def fillers() -> re.Pattern[str]:
    """Hesitations with the comma behind them."""
    lines = files("insights.themes").joinpath("fillers.txt").read_text(encoding="utf-8").splitlines()
    words = [re.escape(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
    return re.compile(rf"(?i)(?<![\w'-])(?:{'|'.join(sorted(words, key=len, reverse=True))})(?![\w'-]),?")


@lru_cache(maxsize=1)
def stutters() -> re.Pattern[str]:
    """A word said again at once ("the the", "do, do")."""
    return re.compile(r"(?i)\b([a-z']{1,20})(?:[,-]? \1\b){1,5}")
