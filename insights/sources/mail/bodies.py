"""The readable lines of a message, part by part: plain text first, HTML where that is all there is, attached mails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import PurePath

from insights.errors import SourceError
from insights.sources.mail.charsets import decode_text
from insights.sources.mail.flowed import unflow
from insights.sources.mail.html import html_lines
from insights.sources.mail.lines import Line
from insights.sources.mail.segments import to_lines

MAX_TEXT_CHARS = 2_000_000  # of one message; more is cut, and a note says so
MAX_LINES = 50_000  # of one message, likewise
MAX_LEVELS = 20  # of parts within parts
MIN_PLAIN_SHARE = 0.1  # a plain alternative shorter than this share of the HTML's text is a stub
MAX_STUB_CHARS = 300
_SOUND_SUFFIXES = (
    ".wav",
    ".mp3",
    ".m4a",
    ".ogg",
    ".oga",
    ".opus",
    ".flac",
    ".webm",
    ".amr",
    ".gsm",
    ".aac",
    ".wma",
    ".au",
)
_ENCRYPTED_TYPES = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
)
_HOW_TO_DECRYPT = "Save it decrypted in the mail program, then read that file."


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail; `data` is kept of sound only, the others are named."""

    filename: str
    content_type: str
    size: int  # bytes
    data: bytes = field(default=b"", repr=False)

    @property
    def is_sound(self) -> bool:
        """Tell whether it is a recording: a voicemail."""
        return self.content_type.startswith("audio/") or PurePath(self.filename).suffix.casefold() in _SOUND_SUFFIXES


@dataclass(slots=True)
class Body:
    """What a message holds, as it is collected."""

    lines: list[Line] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)  # attached whole
    attachments: list[Attachment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_body(message: Message, source: str) -> Body:
    """Return the lines, attached mails and attachments of a message. Raises SourceError where it is encrypted."""
    body = Body()
    for part in _leaves(message, 0, source):
        _add(body, part)
    _cut(body)
    if any(line.text.startswith("-----BEGIN PGP MESSAGE-----") for line in body.lines):
        raise SourceError(f"{source}: the mail is encrypted (PGP). {_HOW_TO_DECRYPT}")
    return body


def _leaves(part: Message, level: int, source: str) -> Iterator[Message]:
    """Yield the parts that hold something, of alternatives only the better one."""
    kind = part.get_content_type()
    if kind in _ENCRYPTED_TYPES:
        if "signed" not in str(part.get_param("smime-type", "")).casefold():
            raise SourceError(f"{source}: the mail is encrypted ({kind}). {_HOW_TO_DECRYPT}")
        raise SourceError(
            f"{source}: the mail is one signed block ({kind}) that only a mail program opens. {_HOW_TO_DECRYPT}"
        )
    if level > MAX_LEVELS:
        raise SourceError(f"{source}: parts are nested more than {MAX_LEVELS} deep.")
    if kind == "message/rfc822" or not part.is_multipart():
        yield part
        return
    children = _children(part)
    if kind == "multipart/alternative":
        children = _best_alternative(children)
    for child in children:
        yield from _leaves(child, level + 1, source)


def _children(part: Message) -> list[Message]:
    return [child for child in part.get_payload() if isinstance(child, Message)]


def _best_alternative(children: list[Message]) -> list[Message]:
    """Return the plain text where it says as much as the HTML, else everything that is not plain text."""
    plain = [child for child in children if child.get_content_type() == "text/plain"]
    other = [child for child in children if child.get_content_type() != "text/plain"]
    rich = [child for child in other if child.get_content_type() == "text/html" or child.is_multipart()]
    if not plain:
        return other
    text = "".join(_text(child) for child in plain).strip()
    if rich and (not text or (len(text) < MAX_STUB_CHARS and _is_stub(len(text), rich))):
        return other
    encrypted = [child for child in other if child.get_content_type() in _ENCRYPTED_TYPES]
    sound = [child for child in other if child.get_content_maintype() == "audio"]
    return [*plain, *encrypted, *sound]


def _is_stub(n_chars: int, rich: list[Message]) -> bool:
    html = [child for part in rich for child in part.walk() if child.get_content_type() == "text/html"]
    n_html = sum(len(line.text) for child in html for line in html_lines(_text(child)))
    return n_chars < MIN_PLAIN_SHARE * n_html


def _add(body: Body, part: Message) -> None:
    kind = part.get_content_type()
    if part.is_multipart():  # message/rfc822
        body.messages.extend(_children(part))
        return
    filename = _filename(part)
    is_attached = part.get_content_disposition() == "attachment" or bool(filename)
    # A multipart without parts (its boundary is missing) is the text it holds.
    if not is_attached and (kind in ("text/plain", "text/html", "text/enriched") or kind.startswith("multipart/")):
        if body.lines:
            body.lines.append(Line(""))
        text = _text(part)[: MAX_TEXT_CHARS + 1]
        body.lines.extend(
            html_lines(text) if kind == "text/html" or _looks_like_html(text) else _plain_lines(part, text)
        )
    elif not kind.startswith("message/"):
        _attach(body, part, filename)


def _attach(body: Body, part: Message, filename: str) -> None:
    data = part.get_payload(decode=True)
    content = data if isinstance(data, bytes) else b""
    named = Attachment(filename, part.get_content_type(), len(content))
    body.attachments.append(Attachment(filename, named.content_type, named.size, content) if named.is_sound else named)


def _filename(part: Message) -> str:
    """Return the bare name of an attachment, without folders or control characters."""
    try:
        name = part.get_filename() or ""
    except (LookupError, UnicodeError, ValueError, TypeError):  # a broken RFC 2231 parameter
        name = "attachment"
    bare = PurePath(str(name).replace("\\", "/").replace("\x00", "")).name
    return "".join(char for char in bare if char.isprintable())[:200]


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        charset = part.get_content_charset()
    except (LookupError, UnicodeError, ValueError, TypeError):
        charset = None
    return decode_text(data, charset)


def _plain_lines(part: Message, text: str) -> list[Line]:
    lines = to_lines(text)
    if str(part.get_param("format", "")).casefold() != "flowed":
        return lines
    return unflow(lines, delete_space=str(part.get_param("delsp", "")).casefold() == "yes")


def _looks_like_html(text: str) -> bool:
    start = text[:200].lstrip().casefold()
    return start.startswith(("<!doctype html", "<html"))


def _cut(body: Body) -> None:
    """Keep the first MAX_LINES lines and MAX_TEXT_CHARS characters, and note it where more was there."""
    if len(body.lines) > MAX_LINES:
        del body.lines[MAX_LINES:]
        body.notes.append(f"text cut after {MAX_LINES} lines")
    total = 0
    for index, line in enumerate(body.lines):
        if total + len(line.text) > MAX_TEXT_CHARS:
            body.lines[index:] = [Line(line.text[: max(0, MAX_TEXT_CHARS - total)], line.hint)]
            body.notes.append(f"text cut after {MAX_TEXT_CHARS} characters")
            return
        total += len(line.text) + 1
