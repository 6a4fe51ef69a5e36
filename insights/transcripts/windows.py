"""Long sound cut at pauses into windows, each small enough to be heard at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insights.transcripts.audio import RATE_HZ

if TYPE_CHECKING:
    from insights.transcripts.audio import Samples

WINDOW_S = 300.0  # Whisper's features of five minutes take about 300 MB
SEARCH_S = 60.0  # the cut is made in the last minute of a window,
PAUSE_S = 0.5  # in the middle of its quietest half second
STEP = RATE_HZ // 20  # 50 ms


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a recording."""

    start_s: float
    samples: Samples  # (n_channels, n_samples)

    @property
    def duration_s(self) -> float:
        """Its length."""
        return float(self.samples.shape[1]) / RATE_HZ


def cut_at_pauses(
    blocks: Iterable[Samples], window_s: float = WINDOW_S, search_s: float = SEARCH_S
) -> Iterator[Window]:
    """The blocks joined into windows of at most `window_s`; joined again, the windows are the blocks."""
    import numpy as np

    size = int(window_s * RATE_HZ)
    held: Samples | None = None
    start = 0  # samples handed on
    for block in blocks:
        held = block if held is None else np.concatenate((held, block), axis=1)
        while held.shape[1] > size:
            place = find_pause(held[:, :size], int(search_s * RATE_HZ))
            yield Window(start / RATE_HZ, held[:, :place].copy())
            start, held = start + place, held[:, place:]
    if held is not None and held.shape[1]:
        yield Window(start / RATE_HZ, held)


def find_pause(samples: Samples, n_search: int) -> int:
    """The middle of the quietest half second (all channels together) among the last `n_search` samples."""
    import numpy as np

    n_steps = min(n_search, samples.shape[1] - 1) // STEP
    n_pause = int(PAUSE_S * RATE_HZ) // STEP
    if n_steps < n_pause:
        return int(samples.shape[1])
    first = samples.shape[1] - n_steps * STEP
    power = (samples[:, first:].reshape(len(samples), n_steps, STEP).astype(np.float64) ** 2).mean(axis=(0, 2))
    quiet = np.convolve(power, np.ones(n_pause), mode="valid")
    return int(first + (int(quiet.argmin()) + n_pause / 2) * STEP)


def ahead(windows: Iterator[Window]) -> Iterator[Window]:
    """The same windows, the next one decoded by a thread while the last one is heard; never more than that one."""
    with ThreadPoolExecutor(1, thread_name_prefix="decoder") as decoder:
        coming = decoder.submit(next, windows, None)
        while (window := coming.result()) is not None:
            coming = decoder.submit(next, windows, None)
            yield window
