"""What a sound file holds, found by listening through it once: how long, which channels carry what."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from insights.errors import SourceError
from insights.transcripts.audio import RATE_HZ, Header, check_length, check_whole, decode, open_sound, read_header
from insights.transcripts.bleed import Bleed, BleedFinder
from insights.types import Recording

if TYPE_CHECKING:
    from insights.transcripts.audio import Samples

FRAME = RATE_HZ // 50  # 20 ms
LOUD = 1e-3  # root mean square of a frame that is not silence, -60 dBFS
MIN_LOUD_S = 0.2  # less than this is a click, not a voice
SIDES = ("left", "right")
SAME = 0.99  # correlation² of two channels that carry the same sound


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound file as it decodes."""

    duration_s: float
    n_channels: int  # in the file
    is_stereo: bool  # two different channels: each is heard by itself
    notes: tuple[str, ...] = ()  # what was assumed, in sentences
    bleeds: tuple[Bleed, ...] = ()  # of two channels: where one hears the other


def probe(path: Path, max_duration_s: float) -> Recording:
    """The recording as its header describes it, decoded through only where the header does not say how long it is."""
    with open_sound(path) as container:
        header = read_header(container)
    check_length(header, path, max_duration_s)
    duration_s = header.duration_s or survey(path, max_duration_s).duration_s
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Recording(id=digest, path=str(path), duration_s=duration_s, n_channels=header.n_channels)


def survey(path: Path, max_duration_s: float) -> Sound:
    """Decode the whole file once; SourceError where it is broken, cut short, silent or too long."""
    levels, finder = _Levels(), BleedFinder()
    with open_sound(path) as container:
        header = read_header(container)
        check_length(header, path, max_duration_s)
        for block in decode(container, path, max_duration_s):
            levels.add(block)
            if len(block) == 2:
                finder.add(block)
    duration_s = levels.n_samples / RATE_HZ
    check_whole(header, duration_s, path)
    if duration_s < MIN_LOUD_S:
        raise SourceError(f"{path}: has only {duration_s:.2f} s of sound in it.")
    if max(levels.loud_s) < MIN_LOUD_S:
        raise SourceError(f"{path}: silent ({duration_s:.1f} s without anything louder than -60 dB).")
    is_same = levels.are_same()
    bleeds = () if is_same else finder.find()
    return Sound(
        duration_s=duration_s,
        n_channels=header.n_channels,
        is_stereo=header.n_channels == 2 and not is_same,
        notes=(*_notes(header, is_same), *map(_note_bleed, bleeds)),
        bleeds=bleeds,
    )


def _notes(header: Header, is_same: bool) -> list[str]:
    notes = []
    if header.n_channels > 2:
        notes.append(f"{header.n_channels} channels, mixed to one")
    if is_same:
        notes.append("both channels carry the same sound; taken as one")
    if header.n_tracks > 1:
        notes.append(f"{header.n_tracks} sound tracks; the first is read")
    return notes


def _note_bleed(bleed: Bleed) -> str:
    into, other = SIDES[bleed.into], SIDES[1 - bleed.into]
    heard = f"the {other} side is heard in the {into} channel, too ({bleed.level_db:.0f} dB)"
    return f"{heard}; muted there where nobody else speaks"


@dataclass(slots=True)
class _Levels:
    """Running sums over the blocks of a file."""

    n_samples: int = 0
    loud_s: list[float] = field(default_factory=lambda: [0.0])  # per channel: time that is not silence
    products: tuple[float, float, float] = (0.0, 0.0, 0.0)  # left·left, right·right, left·right

    def add(self, block: Samples) -> None:
        import numpy as np

        self.n_samples += block.shape[1]
        whole = block.shape[1] // FRAME * FRAME
        frames = block[:, :whole].reshape(len(block), -1, FRAME).astype(np.float64)
        n_loud = ((frames**2).mean(axis=2) > LOUD**2).sum(axis=1)  # (n_channels,)
        before = self.loud_s if len(self.loud_s) == len(block) else [0.0] * len(block)
        self.loud_s = [s + float(n) * FRAME / RATE_HZ for s, n in zip(before, n_loud, strict=True)]
        if len(block) == 2:
            left, right = block.astype(np.float64)
            sums = (float(left @ left), float(right @ right), float(left @ right))
            self.products = (
                self.products[0] + sums[0],
                self.products[1] + sums[1],
                self.products[2] + sums[2],
            )

    def are_same(self) -> bool:
        """Whether one channel is the other, at whatever volume."""
        left, right, both = self.products
        return both > 0 and both * both >= SAME * left * right and min(self.loud_s) >= MIN_LOUD_S
