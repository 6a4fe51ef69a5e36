"""Sound files opened, checked and decoded: 16 kHz float32, one row a channel, in pieces that fit in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.errors import SourceError
from insights.transcripts.frames import fill_gaps, resample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]  # (n_channels, n_samples) at RATE_HZ, -1 to 1

RATE_HZ = 16_000  # what Whisper and the voice detector hear
BLOCK_S = 10.0  # decoded sound is handed on in blocks of about this length
CUT_SHORT = 0.02  # a file that lacks more than this part of what it promises
CUT_SHORT_S = 2.0  # and more than this of its sound, was not copied whole
RIFF_UNKNOWN = 0x7FFF_0000  # recorders that write as they go put the largest number for a size they do not know
MIN_RATE_HZ, MAX_RATE_HZ = 4_000, 384_000  # outside, a small file may ask for hours of work
MAX_CHANNELS = 64

# FFmpeg's own check, before it parses anything: no playlists, no network, no formats that open other files.
FORMATS = "wav,w64,aiff,au,mp3,mov,ogg,flac,matroska,amr,aac,asf,caf,gsm,g722"
OPEN_OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
KNOWN = "wav, mp3, m4a, mp4, ogg, opus, flac, webm, wma, amr, gsm"
# Telephone systems write these as bare samples: rate, coding and channels are known to the system alone.
BARE = {  # suffix: what makes a wav of it where the system has its usual settings
    **dict.fromkeys((".raw", ".pcm", ".sln"), "sox -t raw -r 8000 -e signed -b 16 -c 1"),
    **dict.fromkeys((".ulaw", ".ul"), "sox -t ul -r 8000 -c 1"),
    **dict.fromkeys((".alaw", ".al"), "sox -t al -r 8000 -c 1"),
    ".vox": "sox -t vox -r 8000",
    ".g729": "ffmpeg -f g729 -i",
}
EXACT = ("wav", "w64", "aiff", "au", "flac", "mov", "matroska", "caf")  # their headers say how long the sound is


@dataclass(frozen=True, slots=True)
class Header:
    """What a sound file says of itself."""

    format: str  # FFmpeg's name
    duration_s: float | None  # None if it does not say
    n_channels: int
    n_tracks: int  # sound tracks; only the first is read

    @property
    def is_exact(self) -> bool:
        """Whether less decoded sound than the header promises means that the file is cut short."""
        return any(name in EXACT for name in self.format.split(","))


@contextmanager
def open_sound(path: Path) -> Iterator[Any]:
    """The opened container of a sound file; SourceError where it is none."""
    import av

    check_file(path)
    try:
        # Resolved: a file named "http:…" must not be taken for an address.
        container = av.open(str(path.resolve()), options=dict(OPEN_OPTIONS), metadata_errors="ignore")
    except av.FFmpegError as error:
        raise SourceError(f"{path}: {_what_it_is(path, error)}") from error
    with container:
        if not container.streams.audio:
            raise SourceError(f"{path}: has no sound track.")
        if not container.streams.audio[0].codec_context:
            raise SourceError(f"{path}: its sound is encrypted or coded in an unknown way.")
        if container.streams.audio[0].channels > MAX_CHANNELS:
            raise SourceError(f"{path}: has {container.streams.audio[0].channels} channels; no recorder does that.")
        yield container


def _what_it_is(path: Path, error: Any) -> str:
    if command := BARE.get(path.suffix.lower()):
        return (
            "bare samples without a header, which do not say how they are coded. "
            f"Convert it as your telephone system wrote it, perhaps `{command} {path.name} {path.stem}.wav`."
        )
    return f"not a sound file of a known format ({reason_of(error)}; known: {KNOWN})."


def check_file(path: Path) -> None:
    """SourceError where there is no file or nothing in it."""
    if not path.is_file():
        raise SourceError(f"{path}: no such file.")
    size = path.stat().st_size
    if size == 0:
        raise SourceError(f"{path}: the file is empty (0 bytes).")
    promised = _riff_size(path)
    if promised * (1 - CUT_SHORT) > size:
        raise SourceError(_cut_short(path, f"{promised:,} bytes", f"{size:,}"))


def _riff_size(path: Path) -> int:
    """The bytes that a wav's header promises; FFmpeg itself is content with less. 0 if it does not say."""
    with path.open("rb") as stream:
        head = stream.read(8)
    size = int.from_bytes(head[4:8], "little")
    return size + 8 if head[:4] == b"RIFF" and size < RIFF_UNKNOWN else 0


def _cut_short(path: Path, promised: str, found: str) -> str:
    return f"{path}: cut short: its header promises {promised}, {found} are there. Copy the file again."


def check_whole(header: Header, duration_s: float, path: Path) -> None:
    """SourceError where clearly less sound could be decoded than the header promises."""
    if header.duration_s is None or not header.is_exact:
        return
    lacking_s = header.duration_s - duration_s
    if lacking_s > CUT_SHORT_S and lacking_s > CUT_SHORT * header.duration_s:
        raise SourceError(_cut_short(path, f"{header.duration_s:.1f} s", f"{duration_s:.1f} s"))


def reason_of(error: Any) -> str:
    """FFmpeg's reason in a few words, without the path."""
    return str(error.strerror or type(error).__name__).lower()


def read_header(container: Any) -> Header:
    """What the container says of its sound."""
    stream = container.streams.audio[0]
    duration_s = None
    if stream.duration:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration:
        duration_s = container.duration / 1e6  # microseconds
    return Header(container.format.name, duration_s, stream.channels, len(container.streams.audio))


def decode(container: Any, path: Path, max_duration_s: float) -> Iterator[Samples]:
    """The sound in blocks; SourceError where it turns out longer than allowed."""
    import numpy as np

    n_channels = 2 if container.streams.audio[0].channels == 2 else 1  # more than two are mixed to one
    frames = fill_gaps(read_frames(container, path, start_s=0.0), max_duration_s)
    pieces, n_samples, n_total = [], 0, 0
    for piece in readable(resample(frames, RATE_HZ, n_channels), path):
        pieces.append(piece)
        n_samples += piece.shape[1]
        n_total += piece.shape[1]
        if n_total > max_duration_s * RATE_HZ:
            raise SourceError(_too_long(path, max_duration_s))
        if n_samples >= BLOCK_S * RATE_HZ:
            yield np.concatenate(pieces, axis=1)
            pieces, n_samples = [], 0
    if pieces:
        yield np.concatenate(pieces, axis=1)


def _too_long(path: Path, max_duration_s: float, found_s: float | None = None) -> str:
    found = "longer" if found_s is None else f"{found_s / 60:.0f} minutes long"
    return f"{path}: {found}, at most {max_duration_s / 60:.0f} minutes are allowed (setting max_duration_s)."


def check_length(header: Header, path: Path, max_duration_s: float) -> None:
    """SourceError where the header says that the sound is longer than allowed."""
    if header.duration_s is not None and header.duration_s > max_duration_s:
        raise SourceError(_too_long(path, max_duration_s, header.duration_s))


def read_frames(container: Any, path: Path, start_s: float) -> Iterator[Any]:
    """Decoded frames from the packet at or before `start_s` on; damaged packets are passed over."""
    import av

    stream = container.streams.audio[0]
    if start_s > 0:
        container.seek(int((start_s + start_of(stream)) / stream.time_base), stream=stream)
    n_damaged, n_good = 0, 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is not None and packet.has_sidedata("encryption_info"):  # decoded, it would be noise
                raise SourceError(f"{path}: its sound is encrypted.")
            frames = [] if packet is None else packet.decode()
        except av.InvalidDataError:  # a damaged packet: the time stamps of the next ones show the gap
            n_damaged += 1
            if n_damaged > 1000 and not n_good:
                break
            continue
        if packet is None:
            break
        n_good += len(frames)
        for frame in frames:
            if not MIN_RATE_HZ <= frame.sample_rate <= MAX_RATE_HZ:
                raise SourceError(f"{path}: its sound has {frame.sample_rate} samples a second; no recorder does that.")
            yield frame
    if not n_good:
        damaged = "its sound is encrypted or damaged" if n_damaged else "has no sound in it (0 s)"
        raise SourceError(f"{path}: {damaged}; nothing could be decoded.")


def start_of(stream: Any) -> float:
    """The time stamp of the stream's beginning, in seconds."""
    return float((stream.start_time or 0) * stream.time_base)


def readable(pieces: Iterator[Samples], path: Path) -> Iterator[Samples]:
    """The same pieces; SourceError where FFmpeg gives up on what it decodes."""
    import av

    try:
        yield from pieces
    except av.FFmpegError as error:
        raise SourceError(f"{path}: its sound cannot be decoded ({reason_of(error)}).") from error
