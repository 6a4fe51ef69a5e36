"""Files on disk: which to read, who they are, and their bytes or text within limits."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from insights.errors import SourceError, UsageError
from insights.sources import sniff
from insights.sources.limits import MAX_LINES, MAX_TEXT_BYTES

VIDEO_SUFFIXES = frozenset({".mp4", ".webm", ".mkv", ".mov", ".3gp"})  # their sound is read
AUDIO_SUFFIXES = VIDEO_SUFFIXES | {
    *(".wav", ".mp3", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".flac"),
    *(".amr", ".gsm", ".g722", ".spx", ".wma", ".aif", ".aiff", ".au", ".caf", ".w64"),
    *(".vox", ".sln", ".ulaw", ".alaw", ".pcm"),  # without a header: found, so that their failure says what to do
}
MAIL_SUFFIXES = frozenset({".eml", ".mbox"})
TRANSCRIPT_SUFFIXES = frozenset({".vtt", ".srt", ".json", ".csv", ".txt"})
SUFFIXES = AUDIO_SUFFIXES | MAIL_SUFFIXES | TRANSCRIPT_SUFFIXES
MAX_CHAOS = 0.1  # charset-normalizer's measure of mess, 0-1, that clean Western text stays under
TABLE_NAMES = frozenset({"calls.csv", "deals.csv", "vocabulary.txt"})


def discover(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Find the files to read, sorted, each once.

    Folders are searched to their depth, without links, hidden files, unsupported suffixes and side tables. A file named
    outright is always among them, so that reading it tells what is wrong with it. Raises UsageError if a path is not
    there.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(f"No file or folder '{path}'.")
        for file in _walk(path) if path.is_dir() else (path,):
            if file.name.lower() not in TABLE_NAMES:
                found.setdefault(os.path.realpath(file), file)
    return tuple(sorted(found.values()))


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and path.suffix.lower() in SUFFIXES and path.is_file():
                yield path


def identify(path: Path) -> str:
    """Give the sha256 of a file's bytes, hex: the same bytes are the same conversation, whatever they are called."""
    check_file(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error


def check_file(path: Path) -> None:
    """Raise SourceError unless the path is a regular file that may be opened, with a name that can be written down."""
    name = str(path)
    if name.encode("utf-8", "replace").decode() != name:
        raise SourceError(f"{ascii(name)}: its name is not valid UTF-8. Rename it.")
    if not path.is_file():  # a device or a pipe might never end
        raise SourceError(f"{path}: is not a file.")
    if not os.access(path, os.R_OK):
        raise SourceError(f"{path}: no permission to read it.")


def check_content(path: Path) -> None:
    """Raise SourceError, without the path, where a file is empty or is not what its suffix says."""
    head = sniff.read_head(path)
    if not head:
        raise SourceError("is empty (0 bytes).")
    sound = sniff.find_sound(head)
    is_audio = path.suffix.lower() in AUDIO_SUFFIXES
    if sound and not is_audio:
        raise SourceError(f"is {sound} named '{path.suffix}'. Give it the suffix of its format.")
    if sound:
        return
    alien = sniff.find_alien(head, _read_limited(path) if head.startswith(sniff.LOOK_INSIDE) else b"")
    if alien:
        raise SourceError(alien)
    if is_audio and sniff.looks_like_text(head):
        raise SourceError(f"is text named '{path.suffix}'. If it is a transcript, name it .vtt, .srt, .json or .txt.")


def read_bytes(path: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
    """Read a whole file of at most `limit` bytes."""
    size = path.stat().st_size
    if size > limit:
        raise SourceError(f"has {size:,} bytes; a file of text may have {limit:,}. Split it.")
    return _read_limited(path, limit)


def _read_limited(path: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)


def decode(data: bytes) -> str:
    """Turn bytes to text with plain newlines: UTF-8, UTF-16 by its mark, else the likeliest encoding."""
    if data.startswith(sniff.BOMS):
        text = _decode_utf16(data)
    elif not sniff.looks_like_text(data[: sniff.HEAD_BYTES]):
        raise SourceError("holds binary data, not text. Sound needs the suffix of its format; text is best as UTF-8.")
    else:
        text = _decode_bytes(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MAX_LINES:
        raise SourceError(f"has more than {MAX_LINES:,} lines. Split it.")
    if not text.strip():
        raise SourceError("holds white space only.")
    return text


def _decode_utf16(data: bytes) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise SourceError("begins as UTF-16 and breaks off or goes wrong later. Save it as UTF-8.") from error


def _decode_bytes(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _guess(data)


def _guess(data: bytes) -> str:
    """Decode by the likeliest encoding; Western Windows where it is as plausible as its rarer neighbours."""
    from charset_normalizer import from_bytes

    matches = from_bytes(data)
    best = matches.best()
    if best is None:
        raise SourceError("is text in an encoding that cannot be told. Save it as UTF-8.")
    for match in matches:
        if match.encoding == "cp1252" and match.chaos < MAX_CHAOS and match.coherence >= best.coherence:
            return str(match)
    return str(best)
