"""Channel bleed: what one side says, faintly heard in the other side's channel too, is found and muted there.

A recogniser hears a voice at -25 dB as well as any, so that without this every word of it stands in the transcript
twice, once on the wrong side. The way from one channel into the other is taken for a linear filter, the same through
the whole recording (as in echo cancellers; Benesty et al. 2001), estimated by least squares in the frequency domain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from insights.transcripts.audio import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from insights.transcripts.audio import Samples

    Channel = NDArray[np.float32]
    Floats = NDArray[np.float64]
    Spectrum = NDArray[np.complex128]

FRAME = 32_768  # samples, 2 s, half over the next: long enough for echoes of some tenths of a second
MAX_LAG = 6_400  # samples, 0.4 s either way: recorders shift channels
BEFORE, N_TAPS = 256, 1_024  # the filter around its highest tap: 16 ms before, 48 ms after
QUIET = 1e-4  # root mean square, -80 dBFS: a channel that carries nothing, not even somebody else's voice
LOUD = 1e-3
LOUDER = 0.8  # energy of the source over that of the copy, at least
MIN_FRAMES = 5  # 6 s in which one side speaks
MIN_EXPLAINED = 0.1  # share of a channel's energy while the other side speaks; at most 0.05 without bleed
EQUAL_DB = -6.0  # nearly as loud as its source: a channel that carries both sides
STEP = RATE_HZ // 50  # 20 ms
N_STEPS = 15  # over 0.3 s it is judged whether a channel carries a copy,
IS_COPY = 0.6  # and it does if it is the other one, filtered, for this share of its energy


@dataclass(frozen=True, slots=True)
class Bleed:
    """The way of one channel's voice into the other channel of two."""

    into: int  # the channel that hears the other one: 0 or 1
    level_db: float  # of the copy, against its source
    explained: float  # share of the channel's energy that is the copy, while the other side speaks; 0 to 1
    lag: int  # samples from the source to the first tap
    taps: tuple[float, ...]  # the filter's impulse response


@dataclass(slots=True)
class BleedFinder:
    """Sums over the blocks of a recording of two channels, from which the bleed is told at the end."""

    ways: tuple[_Sums, _Sums] = field(default_factory=lambda: (_Sums(), _Sums()))  # into the left, into the right

    def add(self, block: Samples) -> None:
        """Count a block in; (2, n_samples), what is less than a frame at its end is passed over."""
        import numpy as np

        window = np.hanning(FRAME)
        for start in range(0, block.shape[1] - FRAME + 1, FRAME // 2):
            frame = block[:, start : start + FRAME].astype(np.float64) * window
            powers = (frame**2).mean(axis=1)
            if powers.max() < LOUD**2 or powers.min() < QUIET**2:
                continue
            spectra = np.fft.rfft(frame, 2 * FRAME)
            for into, way in enumerate(self.ways):
                if powers[1 - into] >= LOUDER * powers[into]:
                    way.add(spectra[1 - into], spectra[into])

    def find(self) -> tuple[Bleed, ...]:
        """The bleed into either channel; into one only, where the two are nearly the same sound."""
        found = [bleed for into, way in enumerate(self.ways) if (bleed := way.fit(into)) is not None]
        if any(bleed.level_db > EQUAL_DB for bleed in found):
            return (max(found, key=lambda bleed: bleed.explained),)
        return tuple(found)


@dataclass(slots=True)
class _Sums:
    """What least squares need of one way. Each frame weighs as much: else the loudest crosstalk would hide the rest."""

    n_frames: int = 0
    source: Floats | float = 0.0
    cross: Spectrum | float = 0.0

    def add(self, source: Spectrum, copy: Spectrum) -> None:
        import numpy as np

        energy = float((np.abs(copy) ** 2).sum())
        self.n_frames += 1
        self.source = self.source + np.abs(source) ** 2 / energy
        self.cross = self.cross + copy * source.conj() / energy

    def fit(self, into: int) -> Bleed | None:
        """The filter, None where there is none."""
        import numpy as np

        if self.n_frames < MIN_FRAMES:
            return None
        source, cross = np.asarray(self.source), np.asarray(self.cross)
        response = np.fft.irfft(cross / (source + 1e-3 * source.mean()))
        near = np.concatenate((response[-MAX_LAG:], response[:MAX_LAG]))  # lags from -MAX_LAG
        first = int(np.clip(np.abs(near).argmax() - BEFORE, 0, len(near) - N_TAPS))
        taps, lag = near[first : first + N_TAPS], first - MAX_LAG
        heard = np.fft.rfft(np.roll(np.pad(taps, (0, 2 * FRAME - N_TAPS)), lag))
        copied = float((np.abs(heard) ** 2 * source).sum())
        explained = float(2 * (heard.conj() * cross).real.sum() - copied) / self.n_frames
        if explained < MIN_EXPLAINED:
            return None
        level_db = 10 * math.log10(copied / float(source.sum()))
        return Bleed(into, level_db, explained, lag, tuple(map(float, taps)))


def mute(samples: Samples, bleeds: Iterable[Bleed]) -> Samples:
    """The two channels with silence where one carries nothing but a copy of what the other one says louder."""
    import numpy as np

    copies = {bleed.into: find_copies(samples[1 - bleed.into], samples[bleed.into], bleed) for bleed in bleeds}
    if len(copies) == 2:  # each a copy of the other: nothing is taken from both
        both = copies[0] & copies[1]
        copies = {into: copied & ~both for into, copied in copies.items()}
    muted = samples.copy()
    for into, copied in copies.items():
        muted[into, np.repeat(copied, STEP)[: samples.shape[1]]] = 0.0
    return muted


def find_copies(source: Channel, channel: Channel, bleed: Bleed) -> NDArray[np.bool_]:
    """For each step of 20 ms whether the channel is a copy of the source: (n_samples / STEP,), rounded up.

    Both talking at once is no copy: their own voice is then most of the channel's energy.
    """
    import numpy as np

    copy = _filter(source, bleed)
    energy = _sum(channel * channel)
    likeness = _sum(channel * copy) ** 2 / np.maximum(energy * _sum(copy * copy), 1e-12)
    return np.asarray((likeness >= IS_COPY) & (_sum(source * source) >= LOUDER * energy))


def _filter(source: Channel, bleed: Bleed) -> Channel:
    import numpy as np
    from scipy.signal import oaconvolve

    n_samples, lag = len(source), bleed.lag
    padded = np.pad(source, (max(lag, 0), max(-lag, 0)))
    heard = oaconvolve(padded, np.asarray(bleed.taps, dtype=np.float32))
    return np.asarray(heard[max(-lag, 0) :][:n_samples], dtype=np.float32)


def _sum(products: Channel) -> Floats:
    """The sum over 0.3 s around each step: (n_steps,)."""
    import numpy as np

    n_steps = -(-len(products) // STEP)
    steps = np.pad(products, (0, n_steps * STEP - len(products))).reshape(n_steps, STEP).sum(axis=1, dtype=np.float64)
    return np.asarray(np.convolve(steps, np.ones(N_STEPS), mode="full")[N_STEPS // 2 :][:n_steps])
