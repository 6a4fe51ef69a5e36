"""Errors of speech: words by jiwer, speakers by time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLLAR_S = 0.25  # on either side of a gold boundary, where nobody can say exactly
FRAME_S = 0.01
MAX_MATCHED = 4  # speakers tried in every order


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says from `start_s` to `end_s`."""

    speaker: str
    text: str
    start_s: float
    end_s: float
    role: str = "unknown"

    def overlap_s(self, other: Turn) -> float:
        """How long both last at the same time."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))


Speech = Sequence[Turn]


@dataclass(frozen=True, slots=True)
class Errors:
    """Seconds of speech by the wrong speaker, by nobody, or that nobody said."""

    missed_s: float = 0.0
    false_s: float = 0.0
    confused_s: float = 0.0
    speech_s: float = 0.0  # of the gold, outside the collars, overlaps counted for each speaker

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.missed_s + other.missed_s,
            self.false_s + other.false_s,
            self.confused_s + other.confused_s,
            self.speech_s + other.speech_s,
        )

    @property
    def rate(self) -> float | None:
        """The diarization error rate: (missed + false + confused) / speech."""
        wrong_s = self.missed_s + self.false_s + self.confused_s
        return wrong_s / self.speech_s if self.speech_s else None


def count_word_errors(gold: Speech, heard: Speech) -> dict[str, tuple[int, int]]:
    """Errors and gold words: under "" of the whole call, and by heard speaker where each can be matched to a person."""
    voices = _text_by_speaker(gold), _text_by_speaker(heard)
    n_speakers = len(voices[0])
    if len(voices[1]) != n_speakers or not 1 < n_speakers <= MAX_MATCHED:
        whole = count_errors(_join(gold), _join(heard))
        only = next(iter(voices[1]), "") if len(voices[1]) == 1 else ""
        return {"": whole, only: whole}
    channels = list(voices[1])
    orders = ([count_errors(voices[0][name], voices[1][channel]) for name, channel in zip(order, channels, strict=True)]
              for order in permutations(voices[0]))  # fmt: skip
    best = min(orders, key=lambda counted: sum(n_errors for n_errors, _ in counted))
    whole = sum(n_errors for n_errors, _ in best), sum(n_words for _, n_words in best)
    return {"": whole, **dict(zip(channels, best, strict=True))}


def count_errors(gold: str, heard: str) -> tuple[int, int]:
    """Substituted, deleted and inserted words, and the words of the gold, after Whisper's normaliser for English."""
    import jiwer

    reference, hypothesis = _normaliser()(gold), _normaliser()(heard)
    if not reference.strip():  # jiwer needs a reference
        return len(hypothesis.split()), 0
    counted = jiwer.process_words(reference, hypothesis)
    return counted.substitutions + counted.deletions + counted.insertions, len(reference.split())


@cache
def _normaliser() -> Any:
    from whisper_normalizer.english import EnglishTextNormalizer

    return EnglishTextNormalizer()


def _join(speech: Speech) -> str:
    return " ".join(turn.text for turn in sorted(speech, key=lambda turn: turn.start_s))


def _text_by_speaker(speech: Speech) -> dict[str, str]:
    speakers = sorted({turn.speaker for turn in speech if turn.text.strip()})
    return {speaker: _join([turn for turn in speech if turn.speaker == speaker]) for speaker in speakers}


def count_speakers_errors(gold: Speech, heard: Speech) -> Errors:
    """Compare who speaks when, in frames of 10 ms outside the collars, speakers matched for the least confusion.

    The formula is that of NIST's Rich Transcription evaluations: of each frame, gold speakers beyond those heard are
    missed, heard ones beyond the gold false, and of the rest those that are not their match are confused.
    """
    from scipy.optimize import linear_sum_assignment

    n_frames = 1 + round(max((turn.end_s for turn in (*gold, *heard)), default=0.0) / FRAME_S)
    counted = _outside_collars(gold, n_frames)
    truth, guess = _to_frames(gold, n_frames)[:, counted], _to_frames(heard, n_frames)[:, counted]
    together = truth.astype("float32") @ guess.T.astype("float32")  # (n_gold, n_heard) frames
    n_truth, n_guess = truth.sum(axis=0), guess.sum(axis=0)
    n_both = int(n_truth.clip(max=n_guess).sum()) if len(n_truth) else 0
    n_right = float(together[linear_sum_assignment(together, maximize=True)].sum())
    return Errors(
        missed_s=float((n_truth - n_guess).clip(min=0).sum()) * FRAME_S,
        false_s=float((n_guess - n_truth).clip(min=0).sum()) * FRAME_S,
        confused_s=(n_both - n_right) * FRAME_S,
        speech_s=float(n_truth.sum()) * FRAME_S,
    )


def _to_frames(speech: Speech, n_frames: int) -> NDArray[np.bool_]:
    """Who speaks when: (n_speakers, n_frames) bool."""
    import numpy as np

    speakers = {name: row for row, name in enumerate(sorted({turn.speaker for turn in speech}))}
    frames = np.zeros((len(speakers), n_frames), dtype=bool)
    for turn in speech:
        frames[speakers[turn.speaker], round(turn.start_s / FRAME_S) : round(turn.end_s / FRAME_S)] = True
    return frames


def _outside_collars(gold: Speech, n_frames: int) -> NDArray[np.bool_]:
    """Which frames count: (n_frames,) bool."""
    import numpy as np

    counted = np.ones(n_frames, dtype=bool)
    for boundary_s in (moment_s for turn in gold for moment_s in (turn.start_s, turn.end_s)):
        start = max(0, round((boundary_s - COLLAR_S) / FRAME_S))
        counted[start : round((boundary_s + COLLAR_S) / FRAME_S)] = False
    return counted
