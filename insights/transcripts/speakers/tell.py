"""The segments of a mono recording, cut where the speaker changes and named by voice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from insights.transcripts.pieces import cut_channel, merge
from insights.transcripts.speakers.cluster import group
from insights.transcripts.speakers.voices import hear_voices
from insights.transcripts.speakers.words import NOBODY, assign
from insights.types import Segment, Word

if TYPE_CHECKING:
    from insights.transcripts.speakers.voices import Encode
    from insights.transcripts.windows import Window

UNTOLD = "mono"  # the speaker of what could be given to no voice
MIN_STRETCHES = 4  # about three seconds of speech; with less there is nothing to compare

Told = tuple[tuple[Segment, ...], tuple[str, ...]]  # the segments, and notes in sentences


def tell_apart(
    segments: Sequence[Segment], windows: Iterable[Window], encode: Encode, n_speakers: int | None = None
) -> Told:
    """The same words by time, with speakers "speaker 1", "speaker 2", … in the order in which they first speak.

    Words keep their text, times and the flags of their segments; "mono" remains where too little speaks for a voice.

    Args:
        segments: of one channel, by time.
        windows: the sound, of which the first channel is heard.
        encode: stretches of log mel energies to unit vectors, alike for one voice.
        n_speakers: how many there are, if known.
    """
    if n_speakers == 1:
        return tuple(replace(segment, speaker="speaker 1") for segment in segments), ()
    voices = hear_voices(windows, encode)
    if len(voices) < MIN_STRETCHES:
        return tuple(segments), ("the speakers could not be told apart: too little speech",)
    spoken = [(place, word) for place, segment in enumerate(segments) for word in _words(segment)]
    speakers = assign([word for _, word in spoken], voices, group(voices, n_speakers))
    names = _names(speakers)
    parts: dict[str, list[Segment]] = {}
    for segment, name, words in _runs(segments, spoken, [names[speaker] for speaker in speakers]):
        parts.setdefault(name, []).append(_part(segment, name, words))
    return merge(*map(cut_channel, parts.values())), _notes(names, speakers)


def _words(segment: Segment) -> tuple[Word, ...]:
    """Its words; where the recogniser gave none, the whole segment stands for one."""
    return segment.words or (Word(segment.text, segment.start_s or 0.0, segment.end_s or 0.0),)


def _names(speakers: Sequence[int]) -> dict[int, str]:
    told = [speaker for speaker in dict.fromkeys(speakers) if speaker != NOBODY]
    return {NOBODY: UNTOLD, **{speaker: f"speaker {place}" for place, speaker in enumerate(told, 1)}}


def _runs(
    segments: Sequence[Segment], spoken: Sequence[tuple[int, Word]], names: Sequence[str]
) -> Iterator[tuple[Segment, str, tuple[Word, ...]]]:
    """Each stretch of a segment's words that has one speaker."""
    pairs = zip(spoken, names, strict=True)
    for (place, name), run in groupby(pairs, key=lambda pair: (pair[0][0], pair[1])):
        yield segments[place], name, tuple(word for (_, word), _ in run)


def _part(segment: Segment, name: str, words: tuple[Word, ...]) -> Segment:
    if not segment.words or words == segment.words:
        return replace(segment, speaker=name)
    text = "".join(word.text for word in words).strip()
    return replace(segment, speaker=name, text=text, start_s=words[0].start_s, end_s=words[-1].end_s, words=words)


def _notes(names: dict[int, str], speakers: Sequence[int]) -> tuple[str, ...]:
    n_told, n_untold = len(names) - 1, speakers.count(NOBODY)
    if not n_told:
        return ("the speakers could not be told apart",)
    told = "one voice was heard" if n_told == 1 else f"{n_told} voices were told apart by their sound"
    untold = f"; {n_untold} of {len(speakers)} words could be given to none" if n_untold else ""
    return (f"{told}{untold}",)
