"""A channel's voice without its pauses, in packets of at most the half minute that Whisper hears at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from insights.transcripts.audio import RATE_HZ
from insights.transcripts.timing import Run

if TYPE_CHECKING:
    from insights.transcripts.voice import Channel, Stretch

PACKET_S = 29.5  # Whisper hears 30 s; a little is left for the pause at the end
REST_S = 1.2  # of which the margins are 0.8


@dataclass(frozen=True, slots=True)
class Packet:
    """Stretches of a channel, one after the other."""

    samples: Channel
    stretches: tuple[Stretch, ...]
    starts_s: tuple[float, ...] = field(repr=False)  # where each begins in `samples`

    @property
    def duration_s(self) -> float:
        """Its length."""
        return float(len(self.samples)) / RATE_HZ

    def place(self, start_s: float, end_s: float) -> Run:
        """Where a stretch of the packet lies in the channel: within the stretch that holds its middle."""
        index = max(0, bisect_right(self.starts_s, (start_s + end_s) / 2) - 1)
        low, high = self.stretches[index]
        by_s = low / RATE_HZ - self.starts_s[index]
        times = [min(max(time_s + by_s, low / RATE_HZ), high / RATE_HZ) for time_s in (start_s, end_s)]
        return times[0], times[1]


def pack(channel: Channel, stretches: Iterable[Stretch]) -> Iterator[Packet]:
    """The stretches in packets as full as they get; joined, the packets' stretches are those given."""
    held: list[Stretch] = []
    n_samples = 0
    for start, end in stretches:
        if held and n_samples + end - start > PACKET_S * RATE_HZ:
            yield join(channel, held)
            held, n_samples = [], 0
        held.append((start, end))
        n_samples += end - start
    if held:
        yield join(channel, held)


def join(channel: Channel, stretches: Sequence[Stretch]) -> Packet:
    """One packet of these stretches."""
    import numpy as np

    samples = np.concatenate([channel[start:end] for start, end in stretches])
    ends = np.cumsum([end - start for start, end in stretches]) / RATE_HZ
    starts_s = (0.0, *(float(end_s) for end_s in ends[:-1]))
    return Packet(samples, tuple(stretches), starts_s)


def rest_of(packet: Packet, from_s: float) -> tuple[Stretch, ...]:
    """What is left of a packet's stretches from a time in it on; nothing where that is too short for words."""
    rest: list[Stretch] = []
    for (start, end), start_s in zip(packet.stretches, packet.starts_s, strict=True):
        begin = start + max(0, int((from_s - start_s) * RATE_HZ))
        if begin < end:
            rest.append((begin, end))
    return tuple(rest) if sum(end - start for start, end in rest) >= REST_S * RATE_HZ else ()
