"""Where somebody speaks: one pass of the voice detector over a channel answers all who ask."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from insights.transcripts.audio import RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Channel = NDArray[np.float32]  # (n_samples,) at RATE_HZ

Stretch = tuple[int, int]  # samples of the channel, half-open

PAUSE_MS = 150  # parts two runs of voice
STEP = 512  # samples that the detector judges at a time: it hears that a pause was long enough one step later
N_KEPT = 4  # channels whose runs are remembered: language, words and speakers are found in the same sound

_kept: OrderedDict[bytes, tuple[Stretch, ...]] = OrderedDict()


def find_runs(channel: Channel) -> tuple[Stretch, ...]:
    """Where the voice sounds without a pause, without a margin; by the detector that faster-whisper carries."""
    key = hashlib.blake2b(channel.tobytes(), digest_size=16).digest()
    if key not in _kept:
        _kept[key] = _detect(channel)
    _kept.move_to_end(key)
    while len(_kept) > N_KEPT:
        _kept.popitem(last=False)
    return _kept[key]


def _detect(channel: Channel) -> tuple[Stretch, ...]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=PAUSE_MS, speech_pad_ms=0)
    return tuple((found["start"], found["end"]) for found in get_speech_timestamps(channel, options))


def find_voice(channel: Channel, min_silence_ms: int, pad_ms: int = 0, max_s: float = math.inf) -> tuple[Stretch, ...]:
    """Where somebody speaks, pauses within it included.

    Args:
        channel: (n_samples,) float32.
        min_silence_ms: a pause as long as this parts two stretches.
        pad_ms: margin left before and after each; two neighbours share what lies between them.
        max_s: no stretch is longer; those that would be are cut in their longest pauses.
    """
    pad = _samples(pad_ms)
    parts = (
        part
        for runs in _together(find_runs(channel), _samples(min_silence_ms))
        for part in _cut(runs, max_s * RATE_HZ - 2 * pad)
    )
    return tuple(_widened(parts, pad, len(channel)))


def _samples(duration_ms: float) -> int:
    return round(duration_ms * RATE_HZ / 1000)


def _together(runs: Iterable[Stretch], min_silence: int) -> Iterator[list[Stretch]]:
    """The runs in groups that no long pause parts."""
    held: list[Stretch] = []
    for run in runs:
        if held and run[0] - held[-1][1] >= min_silence + STEP:
            yield held
            held = []
        held.append(run)
    if held:
        yield held


def _cut(runs: Sequence[Stretch], max_samples: float) -> Iterator[Stretch]:
    """From the first to the last run in one, or in as many as the longest pauses give; without a pause just so."""
    start, end = runs[0][0], runs[-1][1]
    if end - start <= max_samples:
        yield start, end
    elif len(runs) == 1:
        size = int(max_samples)
        yield from ((place, min(place + size, end)) for place in range(start, end, size))
    else:
        pauses = [after[0] - before[1] for before, after in pairwise(runs)]
        place = pauses.index(max(pauses)) + 1
        yield from _cut(runs[:place], max_samples)
        yield from _cut(runs[place:], max_samples)


def _widened(stretches: Iterable[Stretch], pad: int, n_samples: int) -> Iterator[Stretch]:
    """Each stretch with its margins."""
    edges = [(-pad, -pad), *stretches, (n_samples + pad, n_samples + pad)]
    for before, (start, end), after in zip(edges, edges[1:], edges[2:], strict=False):
        left, right = min(pad, (start - before[1]) // 2), min(pad, (after[0] - end) // 2)
        yield max(0, start - left), min(n_samples, end + right)
