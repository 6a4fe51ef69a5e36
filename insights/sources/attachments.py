"""Voicemails that came attached to a mail: kept as files of the store, and read as recordings."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from insights.sources import sniff
from insights.sources.files import AUDIO_SUFFIXES
from insights.types import Conversation, Failure, Recording

if TYPE_CHECKING:
    from insights.config import Settings
    from insights.sources.mail import Attachment, Mail

SUFFIX_BY_TYPE = {
    "audio/mpeg": ".mp3",
    "audio/mp3": ".mp3",
    "audio/mp4": ".m4a",
    "audio/x-m4a": ".m4a",
    "audio/aac": ".aac",
    "audio/ogg": ".ogg",
    "audio/opus": ".opus",
    "audio/flac": ".flac",
    "audio/webm": ".webm",
    "audio/amr": ".amr",
    "audio/gsm": ".gsm",
}  # a part without a usable file name; anything else is tried as .wav

MACHINES = frozenset(
    {"voicemail", "noreply", "no-reply", "donotreply", "do-not-reply", "notifications", "pbx", "phones", "unity"}
)  # addresses that pass voicemails on: not who speaks


@dataclass(frozen=True, slots=True)
class Attached:
    """A recording that came with a mail, and the conversation it will be.

    The conversation is complete (kind "voicemail", date, sender, subject, thread) but for its segments and duration,
    which transcribing gives: `replace(attached.conversation, segments=…, duration_s=…)`.
    """

    recording: Recording
    conversation: Conversation


def keep_sounds(mail: Mail, settings: Settings) -> Iterator[Attached | Failure]:
    """Write a mail's attached recordings under the store and hand them on, each with the mail's date and sender."""
    for attachment in mail.attachments:
        if attachment.is_sound:
            yield _keep(attachment, mail.conversation, settings.store / "attachments")


def _keep(attachment: Attachment, mail: Conversation, folder: Path) -> Attached | Failure:
    name = PurePath(attachment.filename.replace("\\", "/")).name or "voicemail"
    source = f"{mail.source}#{name}"
    head = attachment.data[: sniff.HEAD_BYTES]
    if not head:
        return Failure(source, "is an attached recording of 0 bytes.")
    if not sniff.find_sound(head) and (sniff.find_alien(head, attachment.data) or sniff.looks_like_text(head)):
        return Failure(source, f"is attached as sound ({attachment.content_type}) and is none.")
    identity = hashlib.sha256(attachment.data).hexdigest()
    path = folder / f"{identity}{_choose_suffix(name, attachment.content_type)}"
    _write_once(path, attachment.data)
    recording = Recording(identity, str(path), duration_s=0.0, n_channels=0, started_at=mail.started_at)
    return Attached(recording, _announce(recording, mail, source))


def _announce(recording: Recording, mail: Conversation, source: str) -> Conversation:
    return Conversation(
        id=recording.id,
        kind="voicemail",
        source=source,
        segments=(),
        started_at=mail.started_at,
        subject=mail.subject,
        participants=tuple(
            person for person in mail.participants if person.email.partition("@")[0].lower() not in MACHINES
        ),
        metadata=mail.metadata,
        thread_id=mail.thread_id,
    )


def _choose_suffix(name: str, content_type: str) -> str:
    suffix = PurePath(name).suffix.lower()
    return suffix if suffix in AUDIO_SUFFIXES else SUFFIX_BY_TYPE.get(content_type.lower(), ".wav")


def _write_once(path: Path, data: bytes) -> None:
    """Write by renaming, so that a killed run leaves no half of a file behind under its name."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    os.replace(file.name, path)  # noqa: PTH105 - atomic, over whatever another process wrote meanwhile
