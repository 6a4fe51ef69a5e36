"""A recording's voices as vectors: short windows over all that is speech."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insights.transcripts.audio import RATE_HZ
from insights.transcripts.speakers.features import FRAME_S, N_MELS, mel_energies
from insights.transcripts.voice import find_voice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.transcripts.windows import Window

    Channel = NDArray[np.float32]  # (n_samples,) at RATE_HZ
    Floats = NDArray[np.float32]
    Spans = NDArray[np.float64]  # (n, 2) seconds: from, to
    Encode = Callable[[Floats], Floats]  # (n, n_frames, 80) to (n, dim), unit rows

STRETCH_S = 1.5  # of sound that one vector describes
STEP_S = 1.0  # from one to the next; a quarter less costs a third more and tells no more
MIN_SPEECH_S = 0.4  # shorter speech has too little of a voice
SURE_S = 1.2  # shorter speech tells less of the voice than of the word: it forms no group
MIN_LONG = 6
MIN_SILENCE_MS = 200  # a pause as long as this parts two regions of speech; turns change in pauses
PAD_MS = 50  # around each region
N_FRAMES = round(STRETCH_S / FRAME_S)


@dataclass(frozen=True, slots=True)
class Voices:
    """What was heard of the voices: a vector for each stretch of speech."""

    spans: Spans  # (n, 2) where each stretch lies
    vectors: Floats  # (n, dim), unit rows

    def __len__(self) -> int:
        """The number of stretches."""
        return len(self.spans)

    def sample(self, n_stretches: int) -> Voices:
        """Long ones, at most so many, evenly over the recording; all where too few are long."""
        import numpy as np

        long = np.flatnonzero(self.spans[:, 1] - self.spans[:, 0] >= SURE_S)
        chosen = long if len(long) >= MIN_LONG else np.arange(len(self))
        if len(chosen) > n_stretches:
            chosen = chosen[np.linspace(0, len(chosen) - 1, n_stretches).round().astype(np.intp)]
        return Voices(self.spans[chosen], self.vectors[chosen])


def hear_voices(windows: Iterable[Window], encode: Encode) -> Voices:
    """The voices of a recording, from the first channel of its windows.

    A stretch of speech has 192 numbers, so that four hours take 15 MB.
    """
    import numpy as np

    spans, vectors = [np.zeros((0, 2))], []
    for window in windows:
        channel = window.samples[0]
        found = lay_out(find_speech(channel))
        spans.append(found + window.start_s)
        vectors.append(encode(_stretches(channel, found)))
    return Voices(np.concatenate(spans), np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32))


def find_speech(channel: Channel) -> list[tuple[float, float]]:
    """Where somebody speaks: regions in seconds."""
    return [(start / RATE_HZ, end / RATE_HZ) for start, end in find_voice(channel, MIN_SILENCE_MS, PAD_MS)]


def lay_out(regions: Iterable[tuple[float, float]]) -> Spans:
    """Stretches over the regions, evenly laid so that they reach from end to end: (n, 2); a short region is one."""
    import numpy as np

    spans = [span for region in regions for span in _lay_over(*region)]
    return np.array(spans, dtype=np.float64).reshape(-1, 2)


def _lay_over(start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    length_s = end_s - start_s
    if length_s < MIN_SPEECH_S:
        return
    if length_s <= STRETCH_S:
        yield start_s, end_s
        return
    n_steps = -int(-(length_s - STRETCH_S) // STEP_S)
    for place in range(n_steps + 1):
        begin_s = start_s + (length_s - STRETCH_S) * place / n_steps
        yield begin_s, begin_s + STRETCH_S


def _stretches(channel: Channel, spans: Spans) -> Floats:
    """The features of each stretch, less their mean: (n, N_FRAMES, 80); short ones are repeated to that length."""
    import numpy as np

    energies = mel_energies(channel)
    stretches = np.zeros((len(spans), N_FRAMES, N_MELS), dtype=np.float32)
    for place, (start_s, end_s) in enumerate(spans):
        first = min(round(start_s / FRAME_S), len(energies) - 1)
        frames = energies[first : max(first + 1, round(end_s / FRAME_S))][:N_FRAMES]
        stretches[place] = np.resize(frames - frames.mean(axis=0), (N_FRAMES, N_MELS))
    return stretches
