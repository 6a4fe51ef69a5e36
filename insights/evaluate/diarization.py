"""Errors of speakers by time: who speaks when, by the formula of NIST's Rich Transcription evaluations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from insights.evaluate.speech import Speech

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLLAR_S = 0.25  # on either side of a gold boundary, where nobody can say exactly
FRAME_S = 0.01


@dataclass(frozen=True, slots=True)
class SpeakerErrors:
    """Seconds of speech by the wrong speaker, by nobody, or that nobody said."""

    missed_s: float = 0.0
    false_s: float = 0.0
    confused_s: float = 0.0
    speech_s: float = 0.0  # of the gold, outside the collars, overlaps counted for each speaker

    def plus(self, other: SpeakerErrors) -> SpeakerErrors:
        """Both together."""
        return SpeakerErrors(
            self.missed_s + other.missed_s,
            self.false_s + other.false_s,
            self.confused_s + other.confused_s,
            self.speech_s + other.speech_s,
        )

    @property
    def rate(self) -> float | None:
        """The diarization error rate: (missed + false + confused) / speech."""
        return self.share(self.missed_s + self.false_s + self.confused_s)

    def share(self, wrong_s: float) -> float | None:
        """Seconds as a part of the gold speech; None where there is none."""
        return wrong_s / self.speech_s if self.speech_s else None


def count_speaker_errors(gold: Speech, heard: Speech) -> SpeakerErrors:
    """Compare who speaks when, in frames of 10 ms outside the collars, speakers matched for the least confusion.

    Of each frame, gold speakers beyond those heard are missed, heard ones beyond the gold false, and of the rest those
    that are not their match are confused. Where people speak at once, each counts.
    """
    from scipy.optimize import linear_sum_assignment

    n_frames = 1 + round(max((turn.end_s for turn in (*gold, *heard)), default=0.0) / FRAME_S)
    counted = _outside_collars(gold, n_frames)
    truth, guess = _to_frames(gold, n_frames)[:, counted], _to_frames(heard, n_frames)[:, counted]
    together = truth.astype("float64") @ guess.T.astype("float64")  # (n_gold, n_heard) frames
    n_truth, n_guess = truth.sum(axis=0), guess.sum(axis=0)
    n_both = int(n_truth.clip(max=n_guess).sum()) if len(n_truth) else 0
    n_right = float(together[linear_sum_assignment(together, maximize=True)].sum())
    return SpeakerErrors(
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
