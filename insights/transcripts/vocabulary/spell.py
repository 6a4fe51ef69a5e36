"""The vocabulary laid over recognised words, anew each time it changes."""

from __future__ import annotations

from collections.abc import Iterable

from insights.transcripts.vocabulary.correct import correct, restore
from insights.transcripts.vocabulary.entries import parse
from insights.types import Segment

VERSION = "vocabulary/1"  # part of the key of what was put right: raise it when results change
ENGLISH = "en"  # the sounds and the ordinary words are those of English


def spell_names(segments: Iterable[Segment], language: str, vocabulary: tuple[str, ...]) -> tuple[Segment, ...]:
    """The segments as recognised, with the names of these lines and no others put right; English only."""
    recognised = restore(segments)
    return correct(recognised, parse(vocabulary)) if vocabulary and language == ENGLISH else recognised
