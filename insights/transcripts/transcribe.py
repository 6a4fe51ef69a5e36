"""One recording in, its transcript out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from insights import models
from insights.transcripts.audio import decode, open_sound
from insights.transcripts.bleed import mute
from insights.transcripts.pieces import cut_channel, merge
from insights.transcripts.speakers import tell_apart
from insights.transcripts.survey import SIDES, Sound, survey
from insights.transcripts.vocabulary import count_corrections, hints_of, parse, spell_names
from insights.transcripts.whisper import Recogniser, TranscribeOptions, load_whisper
from insights.transcripts.windows import Window, ahead, cut_at_pauses
from insights.types import SUSPECT, Recording, Segment, Word

SURE = 0.5  # probability of a language from which on it needs no note


Span = tuple[float, float]  # seconds from the recording's start, half-open
WHOLE: Span = (0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of a recording before it is heard."""

    sound: Sound
    language: str | None  # None: nobody speaks
    probability: float = 1.0  # of the language


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in a recording."""

    segments: tuple[Segment, ...]  # by time; speaker "left" or "right"; "speaker 1", …, or "mono"
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
    recogniser = recogniser or load_whisper(options)
    opening = open_recording(path, options, recogniser)
    segments = hear_span(path, opening, options, recogniser, on_progress=on_progress)
    return settle(path, opening, segments, options)


def open_recording(path: Path, options: TranscribeOptions, recogniser: Recogniser) -> Opening:
    """What must be known before a recording is heard: its channels and its language."""
    sound = survey(path, options.max_duration_s)
    if options.language is not None:
        return Opening(sound, options.language)
    for window in _windows(path, sound, options):
        if found := _find_language(window, recogniser):
            return Opening(sound, *found)
    return Opening(sound, None)


def _find_language(window: Window, recogniser: Recogniser) -> tuple[str, float] | None:
    """The language, with its probability, of the first channel that leaves little doubt, else the likeliest."""
    found: list[tuple[str, float]] = []
    for channel in window.samples:
        if language := recogniser.detect_language(channel):
            found.append(language)
            if language[1] > SURE:
                break
    return max(found, key=lambda pair: pair[1], default=None)


def hear_span(
    path: Path,
    opening: Opening,
    options: TranscribeOptions,
    recogniser: Recogniser,
    span: Span = WHOLE,
    on_progress: Callable[[float], None] = lambda done_s: None,
) -> tuple[Segment, ...]:
    """What is said in the windows that begin within `span`, channel by channel, times from the recording's start.

    The windows are the same whatever the span: spans heard by different processes join without a seam.
    """
    segments: list[Segment] = []
    start_s, end_s = span
    if opening.language is None:  # nobody speaks
        return ()
    for window in ahead(_windows(path, opening.sound, options, end_s)):
        if window.start_s >= start_s:
            segments += _hear(window, opening.sound, recogniser, opening.language)
            on_progress(window.start_s + window.duration_s - start_s)
    return tuple(segments)


def settle(path: Path, opening: Opening, segments: Iterable[Segment], options: TranscribeOptions) -> Transcript:
    """The transcript of a recording of which everything was heard; its sound is gone through again for the voices."""
    sound = opening.sound
    merged, notes = _settle(path, merge(segments), sound, options)
    if opening.probability < SURE:
        notes.append(f"language uncertain: {opening.language} with probability {opening.probability:.2f}")
    language = opening.language or "en"
    spelled = spell_names(merged, language, options.vocabulary)
    notes += _note_vocabulary(spelled, options)
    n_channels = 2 if sound.is_stereo else 1
    return Transcript(spelled, language, sound.duration_s, n_channels, (*sound.notes, *notes))


def _note_vocabulary(segments: Iterable[Segment], options: TranscribeOptions) -> Iterator[str]:
    if n_corrections := count_corrections(segments):
        yield f"{n_corrections} names put as the vocabulary writes them"
    n_names, n_hints = len(parse(options.vocabulary)), len(hints_of(options.vocabulary))
    if options.vocabulary_hints and n_hints < n_names:
        yield f"the recogniser was told the first {n_hints} of {n_names} names; it takes no more"


def _windows(path: Path, sound: Sound, options: TranscribeOptions, end_s: float = math.inf) -> Iterator[Window]:
    with open_sound(path) as container:
        for window in cut_at_pauses(decode(container, path, options.max_duration_s)):
            if window.start_s >= end_s:
                return
            # Two equal channels: the first is the whole sound.
            samples = mute(window.samples, sound.bleeds) if sound.is_stereo else window.samples[:1]
            yield replace(window, samples=samples)


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


def _settle(
    path: Path, segments: tuple[Segment, ...], sound: Sound, options: TranscribeOptions
) -> tuple[tuple[Segment, ...], list[str]]:
    """The segments with their speakers, by channel or else by voice, and what is to be said of that."""
    spoken = {segment.speaker for segment in segments if SUSPECT not in segment.flags}
    if not spoken:
        return segments, ["no speech was found"]
    if sound.is_stereo and len(spoken) == 2:
        return segments, []
    notes, place = [], 0
    if sound.is_stereo:
        # One side silent: both people may be on the other, so the side says nothing of who speaks.
        side = spoken.pop()
        notes, place = [f"only the {side} channel has speech; taken as a mono recording"], SIDES.index(side)
        segments = tuple(replace(segment, speaker="mono") for segment in segments)
    windows = (replace(window, samples=window.samples[place : place + 1]) for window in _windows(path, sound, options))
    told, found = tell_apart(segments, windows, models.load_speaker_encoder(), options.n_speakers)
    return told, [*notes, *found]
