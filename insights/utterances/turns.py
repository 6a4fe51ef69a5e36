"""Turns: the segments of one speaker that belong together, before they are cut into utterances."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from insights.types import Segment, Word

MAX_PAUSE_S = 1.0  # a longer silence ends a turn
MAX_INTERRUPTED_S = 2.5  # so long may the other's "mhm" hold a sentence open
SENTENCE_END = re.compile(r"[.!?…][\"')\]]*$")
BACKCHANNEL = re.compile(
    r"(?:\W*\b(?:mm+|hm+|mhm+|m+-?h+m+|uh[- ]?huh|uh|um|ah|oh|yeah|yep|yes|ya|right|sure|ok|okay|got it|i see|exactly|"
    r"true|cool|wow|absolutely|of course)\b\W*){1,3}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """Consecutive segments of one speaker; its text has single spaces only."""

    speaker: str
    segments: tuple[Segment, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The segments' texts with single spaces."""
        return tuple(" ".join(segment.text.split()) for segment in self.segments)

    @property
    def text(self) -> str:
        """All that is said, with single spaces."""
        return " ".join(self.texts)


def build_turns(segments: Sequence[Segment]) -> Iterator[Turn]:
    """Join what one speaker says without a pause; the other's "mhm" inside a sentence comes after that sentence."""
    position = 0
    while position < len(segments):
        members, inside = [segments[position]], []
        position += 1
        while position < len(segments):
            if _follows(members[-1], segments[position], MAX_PAUSE_S):
                members.append(segments[position])
                position += 1
            elif _interrupts(members[-1], segments, position):
                inside.append(segments[position])
                members.append(segments[position + 1])
                position += 2
            else:
                break
        yield Turn(members[0].speaker, tuple(members))
        yield from (Turn(segment.speaker, (segment,)) for segment in inside)


def _follows(before: Segment, after: Segment, max_pause_s: float) -> bool:
    if before.speaker != after.speaker:
        return False
    if before.end_s is None or after.start_s is None:
        return not SENTENCE_END.search(before.text.rstrip())
    return after.start_s - before.end_s < max_pause_s


def _interrupts(before: Segment, segments: Sequence[Segment], position: int) -> bool:
    """Whether the segment at `position` is a mere "mhm" inside a sentence that its speaker then goes on with."""
    if position + 1 >= len(segments) or segments[position].speaker == before.speaker:
        return False
    if SENTENCE_END.search(before.text.rstrip()):
        return False
    return bool(BACKCHANNEL.fullmatch(segments[position].text.strip())) and _follows(
        before, segments[position + 1], MAX_INTERRUPTED_S
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a turn's text with its time: a word, or a whole segment where words are not given."""

    start: int
    end: int
    start_s: float
    end_s: float
    word: Word | None = None


def locate(turn: Turn) -> tuple[Place, ...]:
    """Where each word of the turn stands in its text, and when it is said."""
    places: list[Place] = []
    offset = 0
    for segment, text in zip(turn.segments, turn.texts, strict=True):
        places.extend(_locate_words(segment, text, offset))
        offset += len(text) + 1
    return tuple(places)


def _locate_words(segment: Segment, text: str, offset: int) -> Iterator[Place]:
    if not segment.words:
        if segment.start_s is not None and segment.end_s is not None:
            yield Place(offset, offset + len(text), segment.start_s, segment.end_s)
        return
    cursor = 0
    for word in segment.words:
        said = " ".join(word.text.split())
        found = text.find(said, cursor)
        start = cursor if found < 0 else found  # a word that is not in the text keeps its place in the order
        cursor = start if found < 0 else start + len(said)
        yield Place(offset + start, offset + max(cursor, start + 1), word.start_s, word.end_s, word)


def time_of(places: Sequence[Place], start: int, end: int) -> tuple[float | None, float | None]:
    """When `text[start:end]` is said; inside a segment without words, in proportion to its characters."""
    inside = [place for place in places if place.start < end and place.end > start]
    if not inside:
        return None, None
    return _moment(inside[0], start, default=inside[0].start_s), _moment(inside[-1], end, default=inside[-1].end_s)


def _moment(place: Place, position: int, *, default: float) -> float:
    if place.word is not None or not place.start < position < place.end:
        return default
    share = (position - place.start) / (place.end - place.start)
    return round(place.start_s + share * (place.end_s - place.start_s), 3)
