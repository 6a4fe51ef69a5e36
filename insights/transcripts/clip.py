"""A short moment of a recording as mp3, small enough to stand inside a report."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.errors import SourceError
from insights.transcripts.audio import open_sound, read_frames, readable, start_of
from insights.transcripts.frames import resample

if TYPE_CHECKING:
    from insights.transcripts.audio import Samples

CLIP_RATE_HZ = 16_000
CLIP_BIT_RATE = 32_000  # 4 kB a second
MAX_CLIP_S = 20.0


def cut_clip(path: Path, start_s: float, end_s: float, max_s: float = MAX_CLIP_S) -> bytes:
    """The sound from `start_s` to `end_s`, at most `max_s` of it, as mono mp3."""
    if not 0 <= start_s < end_s:
        raise SourceError(f"{path}: no clip from {start_s} s to {end_s} s; the end must come after the start.")
    end_s = min(end_s, start_s + max_s)
    with open_sound(path) as container:
        origin_s = start_of(container.streams.audio[0])
        frames = _between(read_frames(container, path, start_s), origin_s + start_s, origin_s + end_s)
        pieces = list(readable(resample(frames, CLIP_RATE_HZ, n_channels=1), path))
    if not sum(piece.shape[1] for piece in pieces):
        raise SourceError(f"{path}: has no sound at {start_s:.1f} s.")
    return to_mp3(pieces)


def _between(frames: Iterable[Any], start_s: float, end_s: float) -> Iterator[Any]:
    """The frames that lie in the stretch, the first and last cut to it."""
    due_s = None  # where a frame without a time stamp begins
    for frame in frames:
        begin_s = frame.time if frame.time is not None else due_s or 0.0
        due_s = begin_s + frame.samples / frame.sample_rate
        if begin_s >= end_s:
            return
        if due_s > start_s:
            yield _cut(frame, start_s - begin_s, end_s - begin_s)


def _cut(frame: Any, from_s: float, to_s: float) -> Any:
    import av

    first = max(0, round(from_s * frame.sample_rate))
    last = min(frame.samples, round(to_s * frame.sample_rate))
    if first == 0 and last == frame.samples:
        return frame
    samples = frame.to_ndarray()  # planar: (n_channels, n); packed: (1, n * n_channels)
    width = 1 if frame.format.is_planar else len(frame.layout.channels)
    part = samples[:, first * width : last * width].copy()
    cut = av.AudioFrame.from_ndarray(part, format=frame.format.name, layout=frame.layout.name)
    cut.sample_rate = frame.sample_rate
    return cut


def to_mp3(pieces: Iterable[Samples]) -> bytes:
    """Mono samples at CLIP_RATE_HZ as mp3."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=CLIP_RATE_HZ, layout="mono", bit_rate=CLIP_BIT_RATE)
        for piece in pieces:
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate = CLIP_RATE_HZ
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()
