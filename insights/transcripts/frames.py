"""Frames of decoded sound: gaps filled, many channels mixed, one rate for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]  # (n_channels, n_samples), -1 to 1

GAP_S = 0.1  # a jump of the time stamps by more than this is a gap, filled with silence
FULL = {"u1": 1 << 7, "i2": 1 << 15, "i4": 1 << 31, "i8": 1 << 63}  # full scale of whole numbers


def fill_gaps(frames: Iterable[Any], max_duration_s: float) -> Iterator[Any]:
    """The frames with silence where the time stamps jump ahead, so that later words keep their time."""
    due_s: float | None = None
    for frame in frames:
        if frame.time is not None:
            gap_s = 0.0 if due_s is None else frame.time - due_s
            if GAP_S < gap_s <= max_duration_s:
                yield from _silence(gap_s, frame.sample_rate)
            due_s = frame.time + frame.samples / frame.sample_rate
        elif due_s is not None:
            due_s += frame.samples / frame.sample_rate
        yield frame


def _silence(gap_s: float, rate_hz: int) -> Iterator[Any]:
    """Frames of silence, a second at a time; one channel, which the resampler spreads over two."""
    import av
    import numpy as np

    left = int(gap_s * rate_hz)
    while left > 0:
        n_samples = min(left, rate_hz)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, n_samples), dtype=np.float32), format="fltp", layout="mono")
        silence.sample_rate = rate_hz
        yield silence
        left -= n_samples


def resample(frames: Iterable[Any], rate_hz: int, n_channels: int) -> Iterator[Samples]:
    """The frames at `rate_hz` with one or two channels; a change of format on the way is followed."""
    import av

    resampler: Any = None
    shape = None
    for frame in map(_mixed, frames) if n_channels == 1 else frames:
        frame.pts = None  # the gaps are filled; the resampler's own ideas of time only get in the way
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if found != shape:
            if resampler is not None:
                yield from _arrays(resampler.resample(None))
            resampler = av.AudioResampler(format="fltp", layout="stereo" if n_channels == 2 else "mono", rate=rate_hz)
            shape = found
        yield from _arrays(resampler.resample(frame))
    if resampler is not None:
        yield from _arrays(resampler.resample(None))


def _mixed(frame: Any) -> Any:
    """The frame, its channels mixed in equal parts where there are more than two.

    FFmpeg takes them for loudspeakers of a cinema and leaves the one for low tones out; here each may be a person.
    """
    import av
    import numpy as np

    n_channels = len(frame.layout.channels)
    if n_channels <= 2:
        return frame
    samples = frame.to_ndarray()  # planar: (n_channels, n); packed: (1, n * n_channels)
    if not frame.format.is_planar:
        samples = samples.reshape(-1, n_channels).T
    kind = samples.dtype.str[1:]
    mono = samples.mean(axis=0, keepdims=True, dtype=np.float64)
    if kind in FULL:
        mono = mono / FULL[kind] - (kind == "u1")
    mixed = av.AudioFrame.from_ndarray(np.ascontiguousarray(mono, dtype=np.float32), format="fltp", layout="mono")
    mixed.sample_rate = frame.sample_rate
    return mixed


def _arrays(frames: Iterable[Any]) -> Iterator[Samples]:
    return (frame.to_ndarray() for frame in frames)
