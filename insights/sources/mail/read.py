"""One message as a conversation; see read_eml."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from email import policy
from email.message import Message
from email.parser import BytesParser

from insights.errors import SourceError
from insights.sources.mail import envelope
from insights.sources.mail.bodies import Attachment, Body, read_body
from insights.sources.mail.segments import mark_lines
from insights.types import BOILERPLATE, FORWARDED, Conversation, Participant, Segment

MAX_MESSAGE_BYTES = 100 * 1024 * 1024
MAX_PARTS = 200  # multiparts and attached messages that a mail may announce; parsing nests with them
MAX_FIELD_BYTES = 20_000  # of one Content-Type; its parameters are parsed in quadratic time
_CONTENT_FIELD = re.compile(rb"^content-(?:type|disposition)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE)
MAX_ATTACHED_LEVELS = 5  # mails attached to mails
_HEADER_NAMES = tuple(
    b"from to subject date received return-path message-id mime-version content- delivered-to x- reply-to sender cc "
    b"references in-reply-to dkim-signature arc- list- thread-".split()
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message: what was said in it, the files that came with it, and notes on what was left out of it."""

    conversation: Conversation
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[str, ...] = ()  # "newsletter", "text cut after … characters"


def read_eml(data: bytes, source: str) -> Mail:
    """Read one message (the bytes of an .eml file) into a conversation whose segments hold all of its text.

    Unflagged segments are what the sender newly wrote. An automatic reply, a bounce or a newsletter is BOILERPLATE as a
    whole, told by its headers, and noted. The content of a forward or of an attached mail is FORWARDED, its speaker the
    one whose From line stands above it. Raises SourceError for what is empty, too large, no mail, nested too deeply or
    encrypted; everything else is read as far as it goes.
    """
    message = parse(data, source)
    body = read_body(message, source)
    sender = envelope.sender(message)
    segments = (*_segments(message, body, sender), *_attached(body, source, 1))
    kind = envelope.automatic_kind(message)
    if kind:
        segments = tuple(replace(segment, flags=(BOILERPLATE,)) for segment in segments)
    digest = hashlib.sha256(data).hexdigest()
    conversation = Conversation(
        id=digest,
        kind="email",
        source=source,
        segments=segments,
        started_at=envelope.moment(message),
        subject=envelope.header_text(message, "Subject"),
        participants=envelope.people(message, "From", "To", "Cc"),
        thread_id=envelope.thread_root(message) or digest,
    )
    return Mail(conversation, tuple(body.attachments), (*([kind] if kind else []), *body.notes))


def parse(data: bytes, source: str) -> Message:
    """Return the parsed message, or raise SourceError.

    The standard library's older header policy is used: its newer one raises on many a broken header.
    """
    if not data.strip():
        raise SourceError(f"{source}: the file is empty.")
    if len(data) > MAX_MESSAGE_BYTES:
        raise SourceError(f"{source}: {len(data)} bytes; a mail may have {MAX_MESSAGE_BYTES}.")
    if not _has_headers(data):
        raise SourceError(f"{source}: no mail headers at its start; expected lines like 'From: …' and 'Subject: …'.")
    lowered = data.lower()
    n_parts = lowered.count(b"boundary=") + lowered.count(b"message/") + lowered.count(b"boundary*")
    if n_parts > MAX_PARTS:
        raise SourceError(f"{source}: announces {n_parts} parts within parts; at most {MAX_PARTS} are read.")
    if any(len(found.group()) > MAX_FIELD_BYTES for found in _CONTENT_FIELD.finditer(lowered)):
        raise SourceError(
            f"{source}: a Content-Type or Content-Disposition field of more than {MAX_FIELD_BYTES} bytes."
        )
    try:
        return BytesParser(policy=policy.compat32).parsebytes(data)
    except RecursionError as error:
        raise SourceError(f"{source}: parts are nested too deeply to be read.") from error


def _has_headers(data: bytes) -> bool:
    """Tell whether one of the first lines is a header field that mails have."""
    head = data[:20_000].removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 60)[:60]
    for line in head:
        name, colon, _ = line.partition(b":")
        if colon and name.strip().lower().startswith(_HEADER_NAMES):
            return True
        if not line.strip():
            return False
    return False


def _segments(message: Message, body: Body, sender: Participant) -> tuple[Segment, ...]:
    subject = envelope.header_text(message, "Subject")
    who = f"{sender.name} <{sender.email}>" if sender.email else sender.name
    return mark_lines(body.lines, sender=who, subject_is_forward=envelope.is_forward(subject))


def _attached(body: Body, source: str, level: int) -> tuple[Segment, ...]:
    """Return the content of attached mails as forwarded; their quotes and signatures keep their flags."""
    segments: list[Segment] = []
    for message in body.messages:
        if level > MAX_ATTACHED_LEVELS:
            body.notes.append(f"attached mails more than {MAX_ATTACHED_LEVELS} deep left out")
            break
        inner = read_body(message, f"{source} (attached mail)")
        own = _segments(message, inner, envelope.sender(message))
        segments += [segment if segment.flags else replace(segment, flags=(FORWARDED,)) for segment in own]
        segments += _attached(inner, source, level + 1)
        body.attachments += inner.attachments
        body.notes += inner.notes
    return tuple(segments)
