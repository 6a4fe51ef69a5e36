"""Build sample_calls/mail/ and its gold from the hand-written mails in sample_calls/mail_src/, then check them.

    python sample_calls/make_mail.py            # write, check, print the counts by theme and week
    python sample_calls/make_mail.py --check    # check what is there without writing

Every word is written by hand in `mail_src/W40.mail` … `W45.mail`; this script only dresses it as a mail client would.
A mail starts with `=== stem`, headers follow to the first blank line, then the body:

- one sentence (or group of sentences) a line, a blank line ends a paragraph, `| ` in front forces a line break;
- `{q-price answered; o-price}` in front of a line is its gold: a question theme with its fate, an objection theme;
  `{? deferred}` is a question asked once, `{! trust}` an objection of that type made once; no braces: neither;
- `~ ` in front marks a greeting or a sign-off in running text: newly written, but no utterance of its own;
- a line starting with `>` is quoted by hand (inline answers);
- `@sig`, `@raw` (boilerplate), `@quote STYLE STEM`, `@forward STYLE`, `@new` start a block.

Conventions of the gold. `new_text` is what the sender typed, greeting included; it ends before the sign-off:
"Thanks,", the name, title, phone, disclaimer and "Sent from …" are signature, unless a sentence goes on after them.
Quotes, their headers and forwarded messages are not in it; the words of a forwarded message are in `forwarded_text`,
and are utterances of their author (`speaker`), since a forward is content. Utterances have their line wrapping undone.
`answered` says what became of a question in the mails that follow in its thread; it is null for everything that is
not a question. What the voicemail says has utterances of its own, `source` being the attachment; the notification that
carries it has no row in `emails.jsonl`, since nobody wrote it.
In `pii.jsonl` a person's title is not part of the name, and a LOCATION is a street address: cities alone do not count.

Attachments lie in `mail_src/` with `.attached` behind their name, so that nobody takes them for calls of their own.
"""
# ruff: noqa: D101, D102, D103, D401, T201 - a script: it prints, and its names say enough

import argparse
import base64
import csv
import difflib
import email
import email.policy
import hashlib
import html
import html.parser
import itertools
import json
import mailbox
import quopri
import re
import textwrap
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "mail_src"
MAIL = HERE / "mail"
GOLD = HERE / "gold"
MBOX = "enquiries"  # stem of the one .mbox
WEEKS = ("2026-W40", "2026-W41", "2026-W42", "2026-W43", "2026-W44", "2026-W45")
CLOCKS_BACK = datetime(2026, 11, 1, 2)  # New York leaves daylight saving time
WRAP_CHARS = 76
TOO_ALIKE = 0.8  # difflib ratio above which two customer sentences count as copies

PEOPLE = {
    "sales": "Larkfield Sales <sales@larkfield.example>",
    "dana": "Dana Whitmore <dana.whitmore@larkfield.example>",
    "marcus": "Marcus Oyelaran <marcus.oyelaran@larkfield.example>",
    "priya": "Priya Raman <priya.raman@larkfield.example>",
}

OBJECTION_TYPES = {
    "o-price": "price",
    "o-migration-effort": "complexity",
    "o-adoption": "complexity",
    "o-renewed": "competitor",
    "o-integration": "integration",
    "o-boss": "authority",
    "o-season": "timing",
    "o-contract": "contract_terms",
    "o-status-quo": "status_quo",
    "o-ai-data": "security",
}
SINGLE_TYPES = {"price", "budget", "timing", "authority", "need", "trust", "competitor", "status_quo", "complexity"}
SINGLE_TYPES |= {"integration", "missing_feature", "security", "contract_terms", "past_experience"}
FATES = {"answered", "deferred", "unanswered"}

# What WORLD.md plants, calls and mails together; about half of it is ours.
WORLD = {
    "q-price": (3, 3, 2, 3, 3, 3),
    "q-sso": (0, 1, 1, 2, 2, 3),
    "q-offline": (2, 2, 2, 2, 1, 2),
    "q-accounting": (2, 1, 2, 2, 2, 2),
    "q-migration": (1, 2, 2, 1, 2, 2),
    "q-setup-time": (1, 1, 2, 2, 2, 1),
    "q-data-location": (1, 0, 1, 1, 2, 2),
    "q-cancel": (1, 1, 1, 1, 1, 1),
    "q-training": (1, 1, 1, 0, 1, 1),
    "q-pilot": (1, 1, 1, 1, 1, 2),
    "o-price": (3, 3, 2, 3, 4, 4),
    "o-migration-effort": (2, 2, 2, 3, 2, 3),
    "o-adoption": (1, 2, 1, 1, 1, 1),
    "o-renewed": (1, 1, 1, 1, 1, 1),
    "o-integration": (1, 0, 1, 1, 1, 1),
    "o-boss": (1, 1, 1, 1, 1, 1),
    "o-season": (1, 1, 1, 2, 2, 2),
    "o-contract": (1, 1, 0, 1, 1, 1),
    "o-status-quo": (1, 1, 1, 0, 1, 1),
    "o-ai-data": (0, 0, 0, 0, 3, 4),
}


# ---------------------------------------------------------------- reading the source


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence or sentence group, as typed, with its gold."""

    text: str
    tags: tuple[str, ...] = ()
    hard_break: bool = False
    counts: bool = True  # False: greeting or sign-off, no utterance


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the body: text, sig, raw, quote, forward or voicemail."""

    kind: str
    args: tuple[str, ...] = ()
    paragraphs: tuple[tuple[Line, ...], ...] = ()  # text, forward, voicemail
    raw: str = ""  # sig, raw


@dataclass(frozen=True, slots=True)
class Mail:
    stem: str
    headers: dict[str, str]
    blocks: tuple[Block, ...]
    number: int = 0  # place in the mbox, from 1; 0: a file of its own
    extra: dict[str, str] = field(default_factory=dict)  # headers written X-like, copied through

    @property
    def id(self) -> str:
        return f"{MBOX}-{self.number}" if self.number else self.stem

    @property
    def path(self) -> str:
        return f"mail/{MBOX}.mbox" if self.number else f"mail/{self.stem}.eml"

    @property
    def sent_at(self) -> datetime:
        local = datetime.strptime(self.headers["date"], "%Y-%m-%d %H:%M")
        return local.replace(tzinfo=timezone(timedelta(hours=-4 if local < CLOCKS_BACK else -5)))

    @property
    def week(self) -> str:
        year, week, _ = self.sent_at.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def message_id(self) -> str:
        domain = parseaddr(self.headers["from"])[1].split("@")[1]
        return f"<{hashlib.sha256(self.stem.encode()).hexdigest()[:24]}@{domain}>"


def read_line(line: str) -> Line:
    hard_break = line.startswith("| ")
    line = line.removeprefix("| ")
    if line.startswith("~ "):
        return Line(line[2:], hard_break=hard_break, counts=False)
    tagged = re.match(r"\{([^}]*)\}\s*(.*)", line)
    if not tagged:
        return Line(line, hard_break=hard_break)
    tags = tuple(tag.strip() for tag in tagged[1].split(";"))
    return Line(tagged[2], tags, hard_break)


def read_paragraphs(lines: list[str]) -> tuple[tuple[Line, ...], ...]:
    groups = itertools.groupby(lines, key=lambda line: bool(line.strip()))
    return tuple(tuple(read_line(line) for line in group) for filled, group in groups if filled)


def read_blocks(body: str) -> tuple[Block, ...]:
    """The body cut at its @directives and at its hand-quoted lines."""
    pieces: list[tuple[str, tuple[str, ...], list[str]]] = [("text", (), [])]
    for line in body.splitlines():
        if line.startswith("@"):
            kind, *args = line[1:].split()
            pieces.append(("text" if kind == "new" else kind, tuple(args), []))
        elif line.startswith(">") and pieces[-1][0] == "text":
            pieces.append(("raw", ("inline",), [line]))
        elif pieces[-1][:2] == ("raw", ("inline",)) and not line.startswith(">"):
            pieces.append(("text", (), [line]))
        else:
            pieces[-1][2].append(line)
    blocks = []
    for kind, args, lines in pieces:
        if kind in ("text", "forward", "voicemail"):
            paragraphs = read_paragraphs(lines)
            if paragraphs:
                blocks.append(Block(kind, args, paragraphs))
        else:
            blocks.append(Block(kind, args, raw="\n".join(lines).strip("\n")))
    return tuple(blocks)


def read_mails() -> dict[str, Mail]:
    found: list[Mail] = []
    for source in sorted(SOURCE.glob("*.mail")):
        for chunk in re.split(r"^=== ", source.read_text("utf-8"), flags=re.M)[1:]:
            head, _, body = chunk.partition("\n\n")
            stem, *lines = head.splitlines()
            headers = dict(re.split(r":\s*", line, maxsplit=1) for line in lines)
            for name in ("from", "to", "cc"):
                if name in headers:
                    headers[name] = ", ".join(PEOPLE.get(who, who) for who in re.split(r",\s*", headers[name]))
            extra = {name: headers.pop(name) for name in list(headers) if name[0].isupper()}
            found.append(Mail(stem, headers, read_blocks(body), extra=extra))
    found.sort(key=lambda mail: mail.sent_at)
    assert len({mail.stem for mail in found}) == len(found), "two mails of one stem"
    numbers = itertools.count(1)
    boxed = {mail.stem: next(numbers) for mail in found if mail.headers.get("box") == "yes"}
    return {mail.stem: replace(mail, number=boxed.get(mail.stem, 0)) for mail in found}


# ---------------------------------------------------------------- dressing it as plain text

DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
MONTHS = {
    "en": {9: "September", 10: "October", 11: "November"},
    "de": {9: "September", 10: "Oktober", 11: "November"},
    "fr": {9: "septembre", 10: "octobre", 11: "novembre"},
}


def twelve_hours(sent_at: datetime) -> str:
    return f"{(sent_at.hour - 1) % 12 + 1}:{sent_at.minute:02d} {'AM' if sent_at.hour < 12 else 'PM'}"


def quote_header(style: str, quoted: Mail) -> str:
    """The lines that a client puts above what it quotes."""
    name, address = parseaddr(quoted.headers["from"])
    who = f"{name} <{address}>"
    at, to, subject = quoted.sent_at, quoted.headers["to"], quoted.headers["subject"]
    day = {language: days[at.weekday()] for language, days in DAYS.items()}
    month = {language: months[at.month] for language, months in MONTHS.items()}
    clock, clock12 = f"{at:%H:%M}", twelve_hours(at)
    short, kurz = month["en"][:3], month["de"][:3]
    headers = {
        "gmail": f"On {day['en'][:3]}, {short} {at.day}, {at.year} at {clock12} {who}\nwrote:",
        "gmail-de": f"Am {day['de'][:2]}., {at.day}. {kurz}. {at.year} um {clock} Uhr schrieb {name} <\n{address}>:",
        "gmail-fr": f"Le {day['fr'][:3]}. {at.day} {month['fr'][:3]}. {at.year} à {clock}, {who} a\nécrit :",
        "apple": f"On {short} {at.day}, {at.year}, at {clock12}, {who} wrote:",
        "thunderbird": f"On {at.month}/{at.day}/{at:%y} {clock}, {name} wrote:",
        "outlook": f"From: {who}\nSent: {day['en']}, {month['en']} {at.day}, {at.year} {clock12}\n"
        f"To: {to}\nSubject: {subject}",
        "outlook-de": f"Von: {who}\nGesendet: {day['de']}, {at.day}. {month['de']} {at.year} {clock}\n"
        f"An: {to}\nBetreff: {subject}",
    }
    headers["original"] = "-----Original Message-----\n" + headers["outlook"]
    headers["underscores"] = "_" * 32 + "\n" + headers["outlook"]
    headers["mobile"] = "-------- Original message --------\n" + headers["outlook"].replace("Sent:", "Date:")
    return headers[style]


MARKED_STYLES = {"gmail", "gmail-de", "gmail-fr", "apple", "thunderbird"}  # these put > in front


def wrap(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False) if width else text


def paragraph_lines(paragraph: tuple[Line, ...]) -> list[str]:
    """The paragraph's text, one entry for each forced line."""
    lines = [paragraph[0].text]
    for line in paragraph[1:]:
        if line.hard_break:
            lines.append(line.text)
        else:
            lines[-1] += " " + line.text
    return lines


def to_text(paragraphs: tuple[tuple[Line, ...], ...], width: int) -> str:
    return "\n\n".join("\n".join(wrap(line, width) for line in paragraph_lines(p)) for p in paragraphs)


def plain_block(block: Block, width: int) -> str:
    if block.kind in ("text", "forward"):
        return to_text(block.paragraphs, width)
    if block.kind == "quote":
        style, stem = block.args
        quoted = plain_body(mails_by_stem[stem])
        if style not in MARKED_STYLES:
            return f"{quote_header(style, mails_by_stem[stem])}\n\n{quoted}"
        marked = "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in quoted.splitlines())
        header = quote_header(style, mails_by_stem[stem])
        return f"> {header}\n>\n{marked}" if style == "apple" else f"{header}\n\n{marked}"
    return block.raw


def plain_body(mail: Mail) -> str:
    width = int(mail.headers.get("wrap", WRAP_CHARS))
    blocks = [block for block in mail.blocks if block.kind != "voicemail"]
    return "\n\n".join(plain_block(block, width) for block in blocks)


# ---------------------------------------------------------------- dressing it as HTML

WORD_HEAD = (
    '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:w="urn:schemas-microsoft-com:office:word">\n<head>\n'
    '<meta http-equiv="Content-Type" content="text/html; charset={charset}">\n'
    '<meta name="Generator" content="Microsoft Word 15 (filtered medium)">\n<style><!--\n'
    "/* Style Definitions */\np.MsoNormal, li.MsoNormal, div.MsoNormal\n"
    '\t{{margin:0in;\n\tfont-size:11.0pt;\n\tfont-family:"Calibri",sans-serif;}}\n'
    "a:link, span.MsoHyperlink\n\t{{mso-style-priority:99;\n\tcolor:#0563C1;\n\ttext-decoration:underline;}}\n"
    "@page WordSection1\n\t{{size:8.5in 11.0in;\n\tmargin:1.0in 1.0in 1.0in 1.0in;}}\n--></style>\n</head>\n"
    '<body lang="EN-US" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">\n<div class="WordSection1">\n'
)
WORD_QUOTE = (
    '<div>\n<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">\n'
    '<p class="MsoNormal">{header}<o:p></o:p></p>\n</div>\n</div>\n<p class="MsoNormal"><o:p>&nbsp;</o:p></p>\n'
)


def word_paragraph(lines: list[str]) -> str:
    text = "<br>\n".join(html.escape(line, quote=False) for line in lines)
    return f'<p class="MsoNormal">{text}<o:p></o:p></p>\n<p class="MsoNormal"><o:p>&nbsp;</o:p></p>\n'


def gmail_paragraph(lines: list[str]) -> str:
    return "".join(f"<div>{html.escape(line, quote=False)}</div>" for line in lines) + "<div><br></div>"


def bold_header(header: str) -> str:
    return "<br>\n".join(
        re.sub(r"^([^:]+:)", r"<b>\1</b>", html.escape(line, quote=False)) for line in header.splitlines()
    )


def html_inner(mail: Mail, client: str) -> str:
    """The body as that client's HTML, quoted mails nested inside."""
    paragraph = word_paragraph if client == "word" else gmail_paragraph
    out = []
    for block in mail.blocks:
        if block.kind in ("text", "forward"):
            out += [paragraph(paragraph_lines(lines)) for lines in block.paragraphs]
        elif block.kind == "quote":
            style, stem = block.args
            quoted = mails_by_stem[stem]
            header, inner = quote_header(style, quoted), html_inner(quoted, client)
            if client == "word":
                out.append(WORD_QUOTE.format(header=bold_header(header)) + inner)
            elif client == "apple":
                out.append(
                    f'<div><br><blockquote type="cite"><div>{html.escape(header)}</div>'
                    f'<br class="Apple-interchange-newline"><div>{inner}</div></blockquote></div>'
                )
            else:
                out.append(
                    '<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
                    f'{html.escape(header)}<br></div><blockquote class="gmail_quote" '
                    f'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{inner}'
                    "</blockquote></div>"
                )
        elif block.kind == "sig" and client == "gmail" and block.raw.startswith("-- \n"):
            lines = html.escape(block.raw.removeprefix("-- \n"), quote=False).replace("\n", "<br>")
            out.append('<span class="gmail_signature_prefix">-- </span><br>')
            out.append(f'<div dir="ltr" class="gmail_signature">{lines}</div>')
        elif block.kind in ("sig", "raw"):
            out.append(paragraph(block.raw.splitlines()))
    return "".join(out)


def html_body(mail: Mail, client: str, charset: str) -> str:
    inner = html_inner(mail, client)
    if client == "word":
        return WORD_HEAD.format(charset=charset) + inner + "</div>\n</body>\n</html>\n"
    if client == "apple":
        return (
            '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
            '<body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">'
            f"{inner}</body></html>\n"
        )
    return f'<div dir="ltr">{inner}</div>\n'


# ---------------------------------------------------------------- the message


def encode_header(name: str, value: str, charset: str) -> str:
    if value.isascii():
        return value
    if name == "Subject":
        return Header(value, charset, header_name=name).encode()
    return ", ".join(formataddr(parseaddr(one), charset) for one in value.split(", "))


def encode_part(text: str, subtype: str, charset: str, encoding: str) -> str:
    """Headers and body of one text part."""
    raw = (text.rstrip("\n") + "\n").encode(charset)
    if encoding == "quoted-printable":
        body = quopri.encodestring(raw).decode("ascii")
    elif encoding == "base64":
        body = base64.encodebytes(raw).decode("ascii")
    else:
        body = raw.decode("utf-8")
    return f'Content-Type: text/{subtype}; charset="{charset}"\nContent-Transfer-Encoding: {encoding}\n\n{body}'


def attachment_part(name: str) -> str:
    kind = {"csv": "text/csv", "txt": "text/plain", "wav": "audio/wav"}[name.rsplit(".")[-1]]
    body = base64.encodebytes((SOURCE / f"{name}.attached").read_bytes()).decode("ascii")
    return (
        f'Content-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{body}"
    )


def multipart(kind: str, boundary: str, parts: list[str]) -> str:
    joined = "".join(f"--{boundary}\n{part.rstrip(chr(10))}\n\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n{joined}--{boundary}--\n'


def references(mail: Mail) -> list[str]:
    parent = mail.headers.get("reply-to-mail")
    return references(mails_by_stem[parent]) + [mails_by_stem[parent].message_id] if parent else []


def thread(mail: Mail) -> str:
    parent = mail.headers.get("reply-to-mail")
    return thread(mails_by_stem[parent]) if parent else mail.id


def to_eml(mail: Mail) -> str:
    """The whole message; pure ASCII unless its encoding is 8bit, then UTF-8."""
    given = mail.headers
    charset, encoding = given.get("charset", "utf-8"), given.get("encoding", "7bit")
    lines = [f"Message-ID: {mail.message_id}", f"Date: {format_datetime(mail.sent_at)}"]
    for name in ("From", "To", "Cc", "Subject"):
        if name.lower() in given:
            lines.append(f"{name}: {encode_header(name, given[name.lower()], charset)}")
    if references(mail):
        folded = "\n ".join(references(mail))
        lines += [f"In-Reply-To: {references(mail)[-1]}", f"References: {folded}"]
    lines += [f"{name}: {value}" for name, value in mail.extra.items()]
    lines.append("MIME-Version: 1.0")

    form, _, client = given.get("form", "plain").partition(" ")
    mark = hashlib.sha256(mail.stem.encode()).hexdigest()[24:44]
    if form == "html":
        content = encode_part(html_body(mail, client, charset), "html", charset, encoding)
    elif form == "alternative":
        plain = encode_part(plain_body(mail), "plain", charset, encoding)
        rich = encode_part(html_body(mail, client, charset), "html", charset, encoding)
        content = multipart("alternative", f"alt_{mark}", [plain, rich])
    else:
        content = encode_part(plain_body(mail), "plain", charset, encoding)
    if "attach" in given:
        content = multipart("mixed", f"mix_{mark}", [content, attachment_part(given["attach"])])
    return "\n".join(lines) + "\n" + content


# ---------------------------------------------------------------- gold


def new_text(mail: Mail) -> str:
    width = 0 if mail.headers.get("form", "plain").startswith("html") else int(mail.headers.get("wrap", WRAP_CHARS))
    return "\n\n".join(to_text(block.paragraphs, width) for block in mail.blocks if block.kind == "text")


def role(address: str) -> str:
    return "rep" if address.endswith("@larkfield.example") else "customer"


def label_line(line: Line) -> dict:
    """What the tags say, as gold fields; a wrong tag is an error."""
    gold = {"is_question": False, "is_objection": False, "label": None}
    gold |= {"question_theme": None, "objection_theme": None, "answered": None}
    for tag in line.tags:
        name, _, rest = tag.partition(" ")
        if name == "?" or name.startswith("q-"):
            assert rest in FATES and (name == "?" or name in WORLD), (tag, line.text)
            gold |= {"is_question": True, "question_theme": None if name == "?" else name, "answered": rest}
        elif name == "!":
            assert rest in SINGLE_TYPES, (tag, line.text)
            gold |= {"is_objection": True, "label": rest}
        else:
            gold |= {"is_objection": True, "label": OBJECTION_TYPES[name], "objection_theme": name}
    return gold


def spoken_by(block: Block, mail: Mail) -> str:
    return block.args[0] if block.kind in ("forward", "voicemail") else parseaddr(mail.headers["from"])[1]


def utterance_rows(mail: Mail) -> list[dict]:
    rows = []
    for block in mail.blocks:
        speaker = spoken_by(block, mail)
        for line in itertools.chain.from_iterable(block.paragraphs):
            if not line.counts:
                continue
            assert role(speaker) == "customer" or not line.tags, (mail.stem, line.text)
            row = {"id": f"{mail.id}-{len(rows) + 1:03d}", "conversation_id": mail.id, "thread": thread(mail)}
            row["source"] = f"{mail.path}#{mail.headers['attach']}" if block.kind == "voicemail" else mail.path
            rows.append(row | {"speaker": speaker, "role": role(speaker), "text": line.text} | label_line(line))
    return rows


def spoken_or_forwarded(mail: Mail, kind: str) -> str:
    return "\n\n".join(to_text(block.paragraphs, 0) for block in mail.blocks if block.kind == kind)


def email_row(mail: Mail) -> dict:
    row = {"id": mail.id, "eml": to_eml(mail), "path": mail.path, "new_text": new_text(mail), "signature": False}
    forwarded = spoken_or_forwarded(mail, "forward")
    return row | {"forwarded_text": forwarded} if forwarded else row


def pii_rows() -> list[dict]:
    """Rows of mail_src/pii.marked, where `[PERSON Joe Tarver]` marks a span."""
    rows = []
    for source in (SOURCE / "pii.marked").read_text("utf-8").splitlines():
        text, spans = "", []
        for index, piece in enumerate(re.split(r"\[(PERSON|EMAIL|PHONE|LOCATION|CREDIT_CARD) ([^\]]+)\]", source)):
            if index % 3 == 1:
                kind = piece
            elif index % 3 == 2:
                spans.append({"start": len(text), "end": len(text) + len(piece), "type": kind})
                text += piece
            else:
                text += piece
        rows.append({"id": f"pii-{len(rows) + 1:03d}", "text": text, "pii": spans})
    return rows


# ---------------------------------------------------------------- checking


class TextOf(html.parser.HTMLParser):
    """The visible text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.hidden = tag == "style"
        if tag in ("p", "div", "br"):
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(data)


def squeeze(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


def bodies(message: email.message.EmailMessage) -> list[str]:
    """Every text body of the message, decoded, whitespace squeezed."""
    texts = []
    for part in message.walk():
        if part.get_content_maintype() == "text" and not part.get_filename():
            content = part.get_content()
            texts.append(squeeze("".join(TextOf(content).pieces) if part.get_content_subtype() == "html" else content))
    return texts


def read_built(mails: dict[str, Mail]) -> dict[str, email.message.EmailMessage]:
    """The messages as they lie on disk, by conversation id."""
    parse = email.message_from_bytes
    built = {
        m.id: parse((HERE / m.path).read_bytes(), policy=email.policy.default) for m in mails.values() if not m.number
    }
    box = mailbox.mbox(MAIL / f"{MBOX}.mbox", create=False)
    for number, message in enumerate(box, start=1):
        built[f"{MBOX}-{number}"] = parse(bytes(message), policy=email.policy.default)
    box.close()
    return built


def check(mails: dict[str, Mail]) -> None:
    built = read_built(mails)
    assert set(built) == {mail.id for mail in mails.values()}
    everything = ""
    for mail in mails.values():
        message = built[mail.id]
        assert message["Message-ID"] == mail.message_id, mail.id
        assert message["Subject"] == mail.headers["subject"], mail.id
        assert mail.week in WEEKS and mail.sent_at.weekday() < 5, mail.id
        texts = bodies(message)
        everything += " ".join([*texts, squeeze(spoken_or_forwarded(mail, "voicemail")), ""])
        for block in mail.blocks:
            if block.kind in ("text", "forward"):
                for line in itertools.chain.from_iterable(block.paragraphs):
                    assert all(squeeze(line.text) in text for text in texts), (mail.id, line.text)
        if "attach" in mail.headers:
            assert [part.get_filename() for part in message.iter_attachments()] == [mail.headers["attach"]]

    without_audio = (mail for mail in mails.values() if not mail.headers.get("attach", "").endswith(".wav"))
    whole = "".join(to_eml(mail) for mail in without_audio).replace("=\n", "")  # soft breaks of quoted-printable
    addresses = set(re.findall(r"[\w.+-]+@([\w.-]+\w)", whole + everything))
    assert all(domain.endswith(".example") for domain in addresses), addresses
    phones = re.findall(r"\b\d{3}[-. ]\d{4}\b", everything)
    assert all(re.fullmatch(r"555[-. ]01\d\d", phone) for phone in phones), phones

    with (HERE / "deals.csv").open(newline="") as file:
        deals = list(csv.DictReader(file))
    domains = {deal["contact_email"].split("@")[1] for deal in deals}
    writers = {parseaddr(mail.headers["from"])[1] for mail in mails.values()}
    strangers = sorted(a for a in writers if role(a) == "customer" and a.split("@")[1] not in domains)
    print(f"{len(deals)} deals; writers without a deal: {', '.join(strangers) or 'none'}")

    spoken = everything + squeeze(" ".join(path.read_text("utf-8") for path in call_texts()))
    for row in pii_rows():
        assert squeeze(row["text"]) in spoken, row["text"]


def call_texts() -> list[Path]:
    """What is written of the sample calls: pii rows may quote it."""
    return sorted((HERE / "scripts").glob("*.script"))


def check_wordings(rows: list[dict]) -> None:
    """No two labelled sentences may be near copies."""
    texts = [row["text"] for row in rows if row["is_question"] or row["is_objection"]]
    for one, other in itertools.combinations(texts, 2):
        alike = difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio()
        assert alike < TOO_ALIKE, (one, other)


def print_counts(mails: dict[str, Mail], rows: list[dict]) -> None:
    """Conversations by theme and week, customers' new words only, beside half of what WORLD.md plants."""
    weeks = {mail.id: mail.week for mail in mails.values()}
    seen: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for theme in (row["question_theme"], row["objection_theme"]):
            if theme:
                seen[theme].add(row["conversation_id"])
    print(f"\n{'theme':20}{'mails W40–W45':20}{'sum':>4}   half of WORLD.md")
    for theme, planned in WORLD.items():
        counts = Counter(weeks[conversation] for conversation in seen[theme])
        ours = [counts[week] for week in WEEKS]
        far = [week for week, n, total in zip(WEEKS, ours, planned, strict=True) if abs(n - total / 2) > 1]
        note = f"   far off in {', '.join(far)}" if far else ""
        halves = "  ".join(f"{n / 2:g}" for n in planned)
        print(f"{theme:20}{'  '.join(map(str, ours)):20}{sum(ours):>4}   {halves}{note}")

    customers = [mail for mail in mails.values() if role(parseaddr(mail.headers["from"])[1]) == "customer"]
    theirs = [row for row in rows if row["role"] == "customer"]
    empty = [row for row in rows if not (row["is_question"] or row["is_objection"])]
    empty_theirs = [row for row in theirs if not (row["is_question"] or row["is_objection"])]
    by_week = Counter(mail.week for mail in customers)
    fates = Counter(row["answered"] for row in rows if row["answered"])
    singles = Counter(row["label"] for row in rows if row["label"] and not row["objection_theme"])
    weekly = ", ".join(str(by_week[week]) for week in WEEKS)
    n_questions, n_objections = (sum(row[kind] for row in rows) for kind in ("is_question", "is_objection"))
    print(f"\n{len(mails)} mails, {len(customers)} from outside Larkfield ({weekly} a week)")
    print(f"{len(rows)} utterances, {len(theirs)} from outside; nothing in {len(empty)} ({len(empty_theirs)})")
    print(f"{n_questions} questions {dict(fates)}, {n_objections} objections")
    print(f"single objections {dict(singles)}")
    pii = pii_rows()
    print(f"{len(pii)} pii rows, {sum(not row['pii'] for row in pii)} without any", end=": ")
    print(dict(Counter(span["type"] for row in pii for span in row["pii"])))


# ---------------------------------------------------------------- writing


def write_jsonl(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_all(mails: dict[str, Mail], rows: list[dict]) -> None:
    MAIL.mkdir(exist_ok=True)
    GOLD.mkdir(exist_ok=True)
    for old in MAIL.glob("*.eml"):
        old.unlink()
    boxed = []
    for mail in mails.values():
        eml = to_eml(mail)
        if mail.number:
            address = parseaddr(mail.headers["from"])[1]
            posted = mail.sent_at.astimezone(UTC).strftime("%a %b %d %H:%M:%S %Y")
            escaped = re.sub(r"^(>*From )", r">\1", eml, flags=re.M)
            boxed.append(f"From {address} {posted}\n{escaped}\n")
        else:
            (HERE / mail.path).write_bytes(eml.encode("utf-8"))
    (MAIL / f"{MBOX}.mbox").write_bytes("".join(boxed).encode("utf-8"))
    written = [mail for mail in mails.values() if new_text(mail)]
    write_jsonl(GOLD / "emails.jsonl", [email_row(mail) for mail in written])
    write_jsonl(GOLD / "utterances_mail.jsonl", rows)
    write_jsonl(GOLD / "pii.jsonl", pii_rows())


mails_by_stem = read_mails()

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="check what is there without writing")
    options = parser.parse_args()
    utterances = [row for mail in mails_by_stem.values() for row in utterance_rows(mail)]
    if not options.check:
        write_all(mails_by_stem, utterances)
    check(mails_by_stem)
    check_wordings(utterances)
    print_counts(mails_by_stem, utterances)
