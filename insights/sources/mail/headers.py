"""Blocks of header fields in a body: "From: … Sent: … To: … Subject: …", and the older Notes form without "From"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from insights.sources.mail.lines import Line, field, has_moment, is_empty, is_rule

MAX_BLOCK_LINES = 40  # recipients may fill many lines
MAX_GAP_LINES = 3  # blank lines between two fields
MAX_NOTES_LEAD = 4  # lines looked at below a company or a date of a Notes block
MAX_LEAD_CHARS = 200
_COMPANY = re.compile(r"\b(?:Corp|Inc|Ltd|LLC|Co|Company|Corporation|GmbH|AG|Group|Services|Resources)\b\.?\s*$")
_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w.-]{1,255}")


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """A block of header fields: half-open line range, and who is named as sender."""

    start: int
    end: int
    sender: str  # address if there is one, else the name


def find_header(lines: Sequence[Line], index: int) -> HeaderBlock | None:
    """Return the header block that starts at line `index`, a rule above it included."""
    text = lines[index].text
    if is_rule(text) and len(set(text.strip())) <= 2:
        after = _next_filled(lines, index + 1, 3)
        block = _read_block(lines, after) if after is not None else None
        return HeaderBlock(index, block.end, block.sender) if block else None
    if field(text)[0]:
        return _read_from_moment(lines, index) or _read_block(lines, index)
    return _read_notes_block(lines, index)


def _read_block(lines: Sequence[Line], start: int) -> HeaderBlock | None:
    if not field(lines[start].text)[0]:
        return None
    values, end = _collect(lines, start)
    if not _is_header(values, lines, start):
        return None
    return HeaderBlock(start, end, _sender(values.get("from", "")))


def _collect(lines: Sequence[Line], start: int) -> tuple[dict[str, str], int]:
    """Read fields from `start`; return their values and the line after the last."""
    values: dict[str, str] = {}
    last = start
    for index in range(start, min(start + MAX_BLOCK_LINES, len(lines))):
        text = lines[index].text
        kind, value = field(text)
        if kind:
            if kind in values and kind in ("from", "sent", "subject"):
                break
            values.setdefault(kind, value)
            last = index
        elif not text.strip():
            if index - last > MAX_GAP_LINES or "subject" in values:
                break
        elif _continues(text, lines[index - 1].text):
            last = index
        else:
            break
    return values, last + 1


def _continues(text: str, previous: str) -> bool:
    if not previous.strip():
        return False
    stripped = text.strip()
    is_indented = text[:1] in " \t" and len(stripped) < 120
    return is_indented or previous.rstrip().endswith((",", ";")) or ("@" in stripped and len(stripped.split()) < 12)


def _is_header(values: dict[str, str], lines: Sequence[Line], start: int) -> bool:
    kinds = values.keys()
    if "from" not in kinds:
        return {"to", "subject"} <= kinds and ("cc" in kinds or "sent" in kinds) and not _is_memo(values, lines, start)
    if not kinds & {"to", "sent", "subject"}:
        return False
    has_proof = bool(_ADDRESS.search(values["from"])) or any(char.isdigit() for char in values.get("sent", ""))
    if len(kinds & {"from", "to", "sent", "subject", "cc"}) >= 3:
        return ("subject" in kinds or has_proof) and not _is_memo(values, lines, start)
    return has_proof and "subject" in kinds | set(values) or ("sent" in kinds and has_proof and ":" in values["sent"])


def _is_memo(values: dict[str, str], lines: Sequence[Line], start: int) -> bool:
    """Tell whether the body itself begins as a memorandum does, which its sender wrote."""
    if any(not is_empty(line) for line in lines[:start]):
        return False
    has_address = any("@" in value or "<" in value for value in values.values())
    return not has_address and ":" not in values.get("sent", "") and not lines[start].text[:1].isspace()


def _read_notes_block(lines: Sequence[Line], index: int) -> HeaderBlock | None:
    """Read "Ann Lee@ECT / 03/04/2001 10:20 AM / To: … cc: … Subject: …", with or without a company's name above it."""
    text = lines[index].text
    if is_empty(lines[index]) or len(text) > MAX_LEAD_CHARS:
        return None
    if _COMPANY.search(text):
        below = _next_filled(lines, index + 1, MAX_NOTES_LEAD)
        block = _read_from_moment(lines, below) if below is not None else None
        return HeaderBlock(index, block.end, block.sender) if block else None
    fields = _below_moment(lines, index, may_name=True)
    if fields is None:
        return None
    values, end = _collect(lines, fields)
    return HeaderBlock(index, end, _sender(text)) if "to" in values and "subject" in values else None


def _read_from_moment(lines: Sequence[Line], index: int) -> HeaderBlock | None:
    """Read a block that begins "From:  Ann Lee          03/04/2001 10:20 AM"."""
    kind, value = field(lines[index].text)
    if kind != "from" or not has_moment(value):
        return None
    values, end = _collect(lines, index)
    return HeaderBlock(index, end, _sender(value)) if "subject" in values or "to" in values else None


def _below_moment(lines: Sequence[Line], index: int, *, may_name: bool) -> int | None:
    """Return the line of "To:" under a date; the date stands on line `index`, or right below a name there."""
    text = lines[index].text
    if has_moment(text) and not field(text)[0]:
        at = _next_filled(lines, index + 1, MAX_NOTES_LEAD)
        return at if at is not None and field(lines[at].text)[0] == "to" else None
    if index + 1 >= len(lines) or _is_prose(text):
        return None
    is_sent_by = text.strip().casefold().startswith("sent by")
    if not may_name and not is_sent_by:
        return None
    return _below_moment(lines, index + 1, may_name=False)


def _is_prose(text: str) -> bool:
    stripped = text.strip()
    n_words = len(stripped.split())
    return not stripped or n_words > 7 or stripped[-1] in "?!,:;" or (stripped[-1] == "." and n_words > 3)


def _sender(value: str) -> str:
    address = _ADDRESS.search(value[:400])
    return (
        address.group().strip(".") if address and "." in address.group() else value[:120].split("  ")[0].strip(' "\t')
    )


def _next_filled(lines: Sequence[Line], start: int, within: int) -> int | None:
    return next((index for index in range(start, min(start + within, len(lines))) if not is_empty(lines[index])), None)
