"""One recording in, its transcript out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from insights.transcripts.audio import decode, open_sound
from insights.transcripts.pieces import cut_channel, merge
from insights.transcripts.survey import Sound, survey
from insights.transcripts.whisper import Recogniser, TranscribeOptions, load_whisper
from insights.transcripts.windows import Window, cut_at_pauses
from insights.types import SUSPECT, Recording, Segment, Word

SIDES = ("left", "right")
SURE = 0.5  # probability of a language from which on it needs no note


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in a recording."""

    segments: tuple[Segment, ...]  # by time; speaker "left", "right" or "mono"
    language: str
    duration_s: float  # as decoded
    n_channels: int  # heard by themselves: 2 or 1
    notes: tuple[str, ...] = ()  # what was assumed or left out, in sentences


def transcribe(
    recording: Recording,
    options: TranscribeOptions,
    recogniser: Recogniser | None = None,
    on_progress: Callable[[float], None] = lambda done_s: None,
) -> Transcript:
    """The transcript of a recording: each channel heard by itself, merged by time.

    Args:
        recording: only its path is read.
        options: model, language and the like.
        recogniser: a loaded one, to be used again; by default Whisper is loaded.
        on_progress: called with the seconds of sound done so far.
    """
    path = Path(recording.path)
    sound = survey(path, options.max_duration_s)
    recogniser = recogniser or load_whisper(options)
    language, probability = options.language, 1.0
    segments: list[Segment] = []
    for window in _windows(path, sound, options):
        if language is None:
            found = recogniser.detect_language(window.samples.mean(axis=0))
            language, probability = found or (None, 1.0)
        if language is not None:  # else nobody has spoken yet
            segments += _hear(window, sound, recogniser, language)
        on_progress(window.start_s + window.duration_s)
    merged, notes = _settle(merge(segments), sound)
    if probability < SURE:
        notes.append(f"language uncertain: {language} with probability {probability:.2f}")
    n_channels = 2 if sound.is_stereo else 1
    return Transcript(merged, language or "en", sound.duration_s, n_channels, (*sound.notes, *notes))


def _windows(path: Path, sound: Sound, options: TranscribeOptions) -> Iterator[Window]:
    with open_sound(path) as container:
        for window in cut_at_pauses(decode(container, path, options.max_duration_s)):
            # Two equal channels: the first is the whole sound.
            yield window if sound.is_stereo else replace(window, samples=window.samples[:1])


def _hear(window: Window, sound: Sound, recogniser: Recogniser, language: str) -> Iterator[Segment]:
    import numpy as np

    for place, channel in enumerate(window.samples):
        speaker = SIDES[place] if sound.is_stereo else "mono"
        for piece in cut_channel(recogniser.hear(np.ascontiguousarray(channel), language)):
            yield _moved(replace(piece, speaker=speaker), window.start_s)


def _moved(segment: Segment, by_s: float) -> Segment:
    """The segment at its place in the whole recording, to the millisecond."""
    words = tuple(_word(word, by_s) for word in segment.words)
    start_s, end_s = round((segment.start_s or 0.0) + by_s, 3), round((segment.end_s or 0.0) + by_s, 3)
    return replace(segment, start_s=start_s, end_s=end_s, words=words)


def _word(word: Word, by_s: float) -> Word:
    return replace(
        word,
        start_s=round(word.start_s + by_s, 3),
        end_s=round(word.end_s + by_s, 3),
        probability=round(word.probability, 3),
    )


def _settle(segments: tuple[Segment, ...], sound: Sound) -> tuple[tuple[Segment, ...], list[str]]:
    """The segments with their speakers as far as the channels tell, and what is to be said of that."""
    spoken = {segment.speaker for segment in segments if SUSPECT not in segment.flags}
    if not spoken:
        return segments, ["no speech was found"]
    if sound.is_stereo and len(spoken) == 1:
        # One side silent: both people may be on the other, so the side says nothing of who speaks.
        side = spoken.pop()
        return tuple(replace(segment, speaker="mono") for segment in segments), [
            f"only the {side} channel has speech; taken as a mono recording"
        ]
    return segments, []
