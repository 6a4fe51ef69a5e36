"""A mailbox file message by message, with memory for one of them at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from insights.errors import SourceError
from insights.sources.mail.read import MAX_MESSAGE_BYTES, Mail, read_eml

MAX_LINE_BYTES = 1024 * 1024  # a longer line is read in pieces


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that could not be read, and why."""

    source: str  # "box.mbox#3"
    reason: str


def read_mbox(path: Path) -> Iterator[Mail | Failure]:
    """Yield each message of a mailbox in order, as `box.mbox#1`, `#2`…; one that cannot be read is a Failure.

    Raises SourceError where the file is empty or does not begin as a mailbox does.
    """
    with path.open("rb") as file:
        first = file.readline(MAX_LINE_BYTES)
        while first and not first.strip():
            first = file.readline(MAX_LINE_BYTES)
        if not first:
            raise SourceError(f"{path}: the file is empty.")
        if not first.startswith(b"From "):
            raise SourceError(f"{path}: no mailbox; its first line does not begin with 'From '.")
        lines = iter(lambda: file.readline(MAX_LINE_BYTES), b"")
        for number, data in enumerate(_split(lines), start=1):
            yield _read(data, f"{path}#{number}")


def _split(lines: Iterable[bytes]) -> Iterator[bytes | None]:
    """Yield the bytes of each message below its "From " line; None for one that is too large to be kept."""
    message: list[bytes] = []
    n_bytes = 0
    is_after_blank = False
    for line in lines:
        if is_after_blank and line.startswith(b"From ") and _is_postmark(line):
            yield _join(message, n_bytes)
            message, n_bytes, is_after_blank = [], 0, False
            continue
        is_after_blank = not line.strip()
        n_bytes += len(line)
        if n_bytes <= MAX_MESSAGE_BYTES:
            message.append(line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(b"From ") else line)
        else:
            message.clear()
    yield _join(message, n_bytes)


def _is_postmark(line: bytes) -> bool:
    """Tell a postmark from prose that starts with "From ": it names a sender and a time."""
    rest = line[5:].split()
    return len(rest) >= 2 and any(b":" in word and word[:1].isdigit() for word in rest)


def _join(message: list[bytes], n_bytes: int) -> bytes | None:
    return b"".join(message) if n_bytes <= MAX_MESSAGE_BYTES else None


def _read(data: bytes | None, source: str) -> Mail | Failure:
    if data is None:
        return Failure(source, f"{source}: larger than {MAX_MESSAGE_BYTES} bytes.")
    try:
        return read_eml(data, source)
    except SourceError as error:
        return Failure(source, str(error))
