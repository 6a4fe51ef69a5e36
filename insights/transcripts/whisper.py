"""The recogniser: faster-whisper, one channel at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from insights import models
from insights.transcripts.audio import RATE_HZ
from insights.transcripts.device import Wanted, load_model
from insights.transcripts.suspect import Doubts, is_suspect, rows_of_equals
from insights.types import SUSPECT, Segment, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Channel = NDArray[np.float32]  # (n_samples,) at RATE_HZ

VERSION = "transcripts/1"  # part of the key under which transcripts are stored: raise it when results change
SEED = 0  # the recogniser draws at random where its first attempt is poor: the same draw each time


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """How recordings are turned into text."""

    model: str = "whisper-base"  # a name or short name of models/manifest.toml, or the path of a folder
    language: str | None = None  # "en", "de", …; None: heard from the recording
    beam_size: int = 1  # hypotheses followed at once; five are slower and no better here (models/README.md)
    vocabulary: tuple[str, ...] = ()  # names to expect, as they should be written
    temperatures: tuple[float, ...] = (0.0, 0.4, 0.8)  # tried in order while the result is poor
    min_silence_ms: int = 1000  # the voice detector parts speech at pauses this long
    max_duration_s: float = 4 * 3600  # longer recordings are refused
    threads: int = 1  # processor threads of one recogniser; the words are the same with any number
    n_speakers: int | None = None  # voices in a mono recording; None: found, two unless another number is evident
    device: Wanted = "auto"  # a graphics card if one works, else the processor


class Recogniser(Protocol):
    """What hears a channel."""

    def detect_language(self, channel: Channel) -> tuple[str, float] | None:
        """The language's code and its probability; None where nobody speaks."""

    def hear(self, channel: Channel, language: str) -> list[Segment]:
        """What is said, times from the channel's start; the speaker is left empty."""


Load = Callable[[TranscribeOptions], Recogniser]


class Whisper:
    """faster-whisper with its voice detector."""

    def __init__(self, folder: Path, options: TranscribeOptions) -> None:
        """Load the weights: int8 on the processor, float16 on a graphics card if there is one."""
        from faster_whisper.vad import VadOptions

        self._options = options
        self._vad = VadOptions(min_silence_duration_ms=options.min_silence_ms)
        self._model = load_model(folder, options.device, options.threads)

    def detect_language(self, channel: Channel) -> tuple[str, float] | None:
        """The language of up to the first minute of speech."""
        from faster_whisper.vad import get_speech_timestamps

        if not get_speech_timestamps(channel, self._vad):
            return None
        if not self._model.model.is_multilingual:
            return "en", 1.0
        language, probability, _ = self._model.detect_language(
            channel, vad_filter=True, vad_parameters=self._vad, language_detection_segments=2
        )
        return language, probability

    def hear(self, channel: Channel, language: str) -> list[Segment]:
        """What is said, in Whisper's own segments."""
        import ctranslate2

        ctranslate2.set_random_seed(SEED)
        heard, _ = self._model.transcribe(
            channel,
            language=language if self._model.model.is_multilingual else "en",
            beam_size=self._options.beam_size,
            temperature=list(self._options.temperatures),
            condition_on_previous_text=False,  # one slip would be carried into all that follows
            word_timestamps=True,
            vad_filter=True,
            vad_parameters=self._vad,
            hotwords=", ".join(self._options.vocabulary) or None,
        )
        duration_s = len(channel) / RATE_HZ
        spoken = [segment for segment in heard if segment.text.strip()]
        rows = rows_of_equals([segment.text for segment in spoken])
        return [_to_segment(segment, duration_s, n) for segment, n in zip(spoken, rows, strict=True)]


def _to_segment(heard: Any, duration_s: float, n_in_a_row: int) -> Segment:
    """One of faster-whisper's segments as ours, within the sound and flagged where it may be invented."""
    doubts = Doubts(heard.avg_logprob, heard.no_speech_prob, heard.compression_ratio)
    words = tuple(
        Word(word.word, min(word.start, duration_s), min(word.end, duration_s), float(word.probability))
        for word in heard.words or ()
    )
    start_s = words[0].start_s if words else min(heard.start, duration_s)
    end_s = words[-1].end_s if words else min(heard.end, duration_s)
    text = heard.text.strip()
    return Segment(
        speaker="",
        text=text,
        start_s=start_s,
        end_s=max(start_s, end_s),
        confidence=doubts.confidence,
        flags=(SUSPECT,) if is_suspect(text, end_s - start_s, doubts, n_in_a_row) else (),
        words=words,
    )


def load_whisper(options: TranscribeOptions) -> Recogniser:
    """The recogniser with the verified weights of `options.model`."""
    return Whisper(models.path(options.model), options)
