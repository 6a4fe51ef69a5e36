"""Recognised stretches cut at sentence ends and pauses, and two channels merged by time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from insights.types import Segment, Word

SENTENCE_END = (".", "?", "!", "…", "。", "？", "！")
MARKS = (*SENTENCE_END, ",", ";", ":", "-", "–", "—")
CLOSERS = "\"'”’)]»"  # may stand after a sentence's mark
ALWAYS_S = 1.5  # a pause as long as this parts any two words
AT_END_S = 0.4  # after a sentence's end, this is enough,
LONG_S = 8.0  # and none is needed once a piece is this long
MAX_S = 25.0  # a sentence longer than this is cut at its next comma
MAX_HANGING = 2  # words of a sentence left behind before a long pause
WORD_S = 0.2  # given to each of them when they are moved


def cut_channel(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """What one speaker says in pieces of a few sentences; no word is lost, each piece's text is its words joined."""
    return tuple(piece for segment in _join_broken(segments) for piece in _cut(segment))


def _join_broken(segments: Iterable[Segment]) -> Iterator[Segment]:
    """The segments with those joined that the recogniser broke off inside a sentence."""
    held: Segment | None = None
    for segment in segments:
        if held is not None and _continues(held, segment):
            held = replace(held, end_s=segment.end_s, words=held.words + segment.words)
            continue
        if held is not None:
            yield held
        held = segment
    if held is not None:
        yield held


def _continues(before: Segment, after: Segment) -> bool:
    if not (before.words and after.words) or before.flags or after.flags:
        return False
    pause_s = after.words[0].start_s - before.words[-1].end_s
    return pause_s < ALWAYS_S and not _ends(before.words[-1], SENTENCE_END)


def _cut(segment: Segment) -> tuple[Segment, ...]:
    if not segment.words:
        return (segment,)
    words = rejoin_hanging(segment.words)
    return tuple(_piece(segment, run) for run in _runs(words))


def rejoin_hanging(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with the first one or two of a sentence moved to its rest, where a long pause parts them.

    Silence is taken out before the recogniser listens, so that a word right after a pause of ten seconds is at times
    timed right before it.
    """
    moved = list(words)
    begin = 0  # of the sentence
    for index in range(1, len(words)):
        is_parted = words[index].start_s - words[index - 1].end_s >= ALWAYS_S
        hangs = 0 < index - begin <= MAX_HANGING and not _ends(words[index - 1], MARKS)
        if is_parted and hangs:
            moved[begin:index] = _before(words[index].start_s, words[begin:index])
        if is_parted or _ends(words[index - 1], SENTENCE_END):
            begin = index
    return tuple(moved)


def _before(start_s: float, words: Sequence[Word]) -> list[Word]:
    n_words = len(words)
    times = [start_s - WORD_S * (n_words - place) for place in range(n_words + 1)]
    return [
        replace(word, start_s=times[place], end_s=times[place + 1] if place < n_words - 1 else start_s)
        for place, word in enumerate(words)
    ]


def _ends(word: Word, marks: tuple[str, ...]) -> bool:
    return word.text.rstrip(CLOSERS).endswith(marks)


def _runs(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    start = 0
    for index in range(1, len(words)):
        if _parts(words[start], words[index - 1], words[index]):
            yield tuple(words[start:index])
            start = index
    yield tuple(words[start:])


def _parts(first: Word, before: Word, after: Word) -> bool:
    pause_s = after.start_s - before.end_s
    length_s = before.end_s - first.start_s
    if pause_s >= ALWAYS_S or (length_s >= MAX_S and _ends(before, MARKS)):
        return True
    return _ends(before, SENTENCE_END) and (pause_s >= AT_END_S or length_s >= LONG_S)


def _piece(segment: Segment, words: tuple[Word, ...]) -> Segment:
    """One run of words; its confidence is their geometric mean, for Whisper's own is one figure for 30 seconds."""
    text = "".join(word.text for word in words).strip()
    logs = [math.log(max(word.probability, 1e-6)) for word in words]
    confidence = min(1.0, math.exp(sum(logs) / len(logs)))
    return replace(
        segment,
        text=text,
        start_s=words[0].start_s,
        end_s=words[-1].end_s,
        confidence=round(confidence, 3),
        words=words,
    )


def merge(*channels: Iterable[Segment]) -> tuple[Segment, ...]:
    """The segments of all channels in the order in which they begin; beginning together, the shorter first."""
    segments = (segment for channel in channels for segment in channel)
    return tuple(sorted(segments, key=lambda segment: (segment.start_s or 0.0, segment.end_s or 0.0)))
