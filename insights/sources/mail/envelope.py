"""The header fields of a message as values: subject, people, moment, thread; broken ones are read as far as they go."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from insights.sources.mail.charsets import decode_text
from insights.sources.mail.lines import phrase_set
from insights.types import Participant

MAX_HEADER_CHARS = 20_000  # of one field; a longer one is cut
MAX_PARTICIPANTS = 200
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
_FORWARD_SUBJECT = re.compile(r"^\W*([^\W\d_]{1,12})\s{0,3}(?:\[\d+\])?[:：]")
_AUTOMATIC_SENDERS = ("mailer-daemon", "postmaster", "no-reply-bounce", "bounce", "bounces")


def header_text(message: Message, name: str) -> str:
    """Return a header field decoded and on one line; "" where it is missing."""
    raw = message.get(name)
    if raw is None:
        return ""
    value = str(raw)[:MAX_HEADER_CHARS]
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):  # broken base64 in an encoded word
        return " ".join(value.split())
    joined = "".join(part if isinstance(part, str) else decode_text(part, charset) for part, charset in parts)
    return " ".join(_repair(joined).split())


def _repair(text: str) -> str:
    """Read bytes that stand in a header without an encoding (kept by the parser as surrogates) as text."""
    if not any("\udc80" <= char <= "\udcff" for char in text):
        return text.encode("utf-8", "replace").decode("utf-8")
    return decode_text(text.encode("utf-8", "surrogateescape"), None)


def people(message: Message, *names: str) -> tuple[Participant, ...]:
    """Return who stands in these fields, each address once."""
    found: dict[str, Participant] = {}
    for name in names:
        for shown, address in getaddresses([_flat(header_text(message, name))])[:MAX_PARTICIPANTS]:
            key = (address or shown).casefold()
            if key:
                found.setdefault(key, Participant(name=shown.strip(), email=address.strip() if "@" in address else ""))
    return tuple(found.values())[:MAX_PARTICIPANTS]


def _flat(value: str) -> str:
    """Take out parentheses where they are so many that the standard parser would recurse into them."""
    return value if value.count("(") < 20 else value.replace("(", " ").replace(")", " ")


def sender(message: Message) -> Participant:
    """Return who wrote the message, from From, else Sender; an empty one if neither tells."""
    return next(iter(people(message, "From") or people(message, "Sender")), Participant())


def moment(message: Message) -> datetime | None:
    """Return when the message was sent, aware UTC; None where its date cannot be read; no zone means UTC."""
    value = header_text(message, "Date")[:200]
    try:
        stated = parsedate_to_datetime(value)
        return stated.replace(tzinfo=UTC) if stated.tzinfo is None else stated.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def thread_root(message: Message) -> str:
    """Return the id of the message that began the thread: first reference, else what it answers, else itself; or ""."""
    for name in ("References", "In-Reply-To", "Message-ID"):
        found = _MESSAGE_ID.search(str(message.get(name, ""))[:MAX_HEADER_CHARS])
        if found:
            return found.group(1)
    return ""


def is_forward(subject: str) -> bool:
    """Tell whether a subject begins as that of a mail passed on: "Fwd:", "WG:", "TR:"."""
    found = _FORWARD_SUBJECT.match(subject[:80])
    return found is not None and found.group(1).casefold() in phrase_set("forward_subjects")


def automatic_kind(message: Message) -> str:
    """Name the kind of mail that no person wrote to its reader: "automatic reply", "bounce", "newsletter" or "".

    A mail of a discussion list (List-Post, or an answer) is a person's, though it can be unsubscribed from.
    """
    local = sender(message).email.partition("@")[0].casefold()
    report = message.get_content_type() == "multipart/report"
    if report or local in _AUTOMATIC_SENDERS or "x-failed-recipients" in message:
        return "bounce"
    submitted = header_text(message, "Auto-Submitted").casefold()
    if (submitted and not submitted.startswith("no")) or "x-autoreply" in message or "x-autorespond" in message:
        return "automatic reply"
    precedence = header_text(message, "Precedence").casefold()
    if precedence in ("auto_reply", "junk"):
        return "automatic reply"
    is_discussion = "list-post" in message or "in-reply-to" in message or "references" in message
    if ("list-unsubscribe" in message or precedence == "bulk") and not is_discussion:
        return "newsletter"
    return ""
