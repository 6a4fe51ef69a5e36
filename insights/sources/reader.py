"""A file as conversations and recordings: READERS says which suffix is read how."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from insights.errors import SourceError
from insights.sources.attachments import Attached, keep_sounds
from insights.sources.captions import parse_srt, parse_vtt
from insights.sources.files import AUDIO_SUFFIXES, check_content, check_file, decode, identify, read_bytes
from insights.sources.plain import parse_txt
from insights.sources.recorder import parse_json
from insights.sources.tabular import parse_csv
from insights.sources.turns import Transcript, count_bad_times, to_conversation
from insights.types import Conversation, Failure, Recording

if TYPE_CHECKING:
    from insights.config import Settings


Found = Conversation | Recording | Attached | Failure
Parser = Callable[[str, ZoneInfo], tuple[Transcript, ...]]

MAX_MAIL_BYTES = 100 * 2**20
SRT_HEAD = re.compile(r"\s*\d{1,9}[ \t]*\n[ \t]*\d{1,3}:\d{1,2}:\d{1,2}[,.]\d{1,3}[ \t]*-->")


def read(path: Path, settings: Settings) -> Iterator[Found]:
    """Yield what a file holds.

    A sound file gives one Recording, of which nothing is probed yet. A transcript gives Conversations, and a mail or
    mailbox too, each followed by the voicemails attached to it (Attached). What could not be read of a file that is
    otherwise fine comes as a Failure. Raises SourceError, in one line that begins with the path, where the file as a
    whole is of no use.
    """
    check_file(path)
    reader = READERS.get(path.suffix.lower())
    try:
        check_content(path)
        if reader is None:
            raise SourceError(f"has the unsupported suffix '{path.suffix}'; known are {' '.join(sorted(READERS))}.")
        yield from reader(path, settings)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
    except SourceError as error:
        message = str(error)
        raise error if message.startswith(str(path)) else SourceError(f"{path}: {message}") from error


def read_recording(path: Path, settings: Settings) -> Iterator[Found]:
    """Name a sound file; how long it is, and of how many channels, is the transcripts room's to find out."""
    yield Recording(identify(path), str(path), duration_s=0.0, n_channels=0)


def read_transcript(path: Path, settings: Settings, *, parse: Parser) -> Iterator[Found]:
    """Read a file that says who said what."""
    data = read_bytes(path)
    text = decode(data)
    transcripts = (_find_parser(text) or parse)(text, settings.zone)
    if not transcripts:
        raise SourceError("holds no spoken words.")
    for transcript in transcripts:
        source = f"{path}#{transcript.key}" if transcript.key else str(path)
        yield to_conversation(transcript, _identify_part(transcript, data), source)
        yield from _tell_losses(transcript, source)


def read_mail(path: Path, settings: Settings) -> Iterator[Found]:
    """Read one message with the voicemails attached to it."""
    from insights.sources.mail import read_eml

    mail = read_eml(read_bytes(path, MAX_MAIL_BYTES), str(path))
    yield mail.conversation
    yield from keep_sounds(mail, settings)


def read_mailbox(path: Path, settings: Settings) -> Iterator[Found]:
    """Read each message of a mailbox, however large the box is."""
    from insights.sources.mail import Mail, read_mbox

    for mail in read_mbox(path):
        if isinstance(mail, Mail):
            yield mail.conversation
            yield from keep_sounds(mail, settings)
        else:
            yield Failure(mail.source, mail.reason.removeprefix(f"{mail.source}: "))


def _find_parser(text: str) -> Parser | None:
    """Know captions by their first line, whatever the file is called."""
    if text.startswith("WEBVTT"):
        return parse_vtt
    return parse_srt if SRT_HEAD.match(text) else None


def _identify_part(transcript: Transcript, data: bytes) -> str:
    """Give the hash of the file's bytes, or of a conversation's own rows where a file holds several.

    Thus a conversation stays itself when others are added to its file.
    """
    if not transcript.key:
        return hashlib.sha256(data).hexdigest()
    rows = [(turn.speaker, turn.text, turn.start_s, turn.end_s) for turn in transcript.turns]
    return hashlib.sha256(json.dumps((transcript.key, rows)).encode()).hexdigest()


def _tell_losses(transcript: Transcript, source: str) -> Iterator[Failure]:
    n_turns = len(transcript.turns) + transcript.n_lost
    if transcript.n_lost:
        yield Failure(source, f"{transcript.n_lost} of {n_turns} turns could not be read and were left out.")
    n_bad = count_bad_times(transcript.turns)
    if n_bad:
        yield Failure(source, f"{n_bad} of {n_turns} turns have impossible times; their words were kept.")


READERS: dict[str, Callable[[Path, Settings], Iterator[Found]]] = {
    **dict.fromkeys(AUDIO_SUFFIXES, read_recording),
    ".eml": read_mail,
    ".mbox": read_mailbox,
    ".vtt": partial(read_transcript, parse=parse_vtt),
    ".srt": partial(read_transcript, parse=parse_srt),
    ".json": partial(read_transcript, parse=parse_json),
    ".csv": partial(read_transcript, parse=parse_csv),
    ".txt": partial(read_transcript, parse=parse_txt),
}
