"""Blocks of header fields in a body: "From: … Sent: … To: … Subject: …", and the older Notes form without "From"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from insights.sources.mail.lines import Line, field, has_moment, is_empty, is_rule

MAX_BLOCK_LINES = 40  # recipients may fill many lines
MAX_GAP_LINES = 2  # blank lines between two fields
MAX_NOTES_LEAD = 4  # lines of name, date and "Sent by" above a Notes block
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
        return _read_block(lines, index)
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
    """Read "Ann Lee@ECT / 03/04/2001 10:20 AM / To: … cc: … Subject: …"."""
    if is_empty(lines[index]) or len(lines[index].text) > 200 or not _may_lead(lines, index):
        return None
    seen_moment = False
    for offset in range(2 * MAX_NOTES_LEAD + 1):
        at = index + offset
        if at >= len(lines):
            return None
        text = lines[at].text
        kind = field(text)[0]
        seen_moment = seen_moment or has_moment(text)
        if kind in ("to", "from") and seen_moment | (kind == "from"):
            return _notes_block(lines, index, at)
        if len(text) > 200 or (text.strip() and kind in ("subject", "cc")):
            return None
        if _is_prose(text) and not has_moment(text):
            return None
    return None


def _notes_block(lines: Sequence[Line], lead: int, start: int) -> HeaderBlock | None:
    values, end = _collect(lines, start)
    if "subject" not in values or not values.keys() & {"to", "from"}:
        return None
    name = values.get("from", "") or lines[lead].text.strip(' \t"')
    if "from" in values and not has_moment(" ".join(line.text for line in lines[start:end])[:2000]):
        return None
    return HeaderBlock(lead, end, _sender(name))


def _may_lead(lines: Sequence[Line], index: int) -> bool:
    text = lines[index].text
    if is_arrowed_or_prose(text):
        return False
    return index == 0 or is_empty(lines[index - 1]) or has_moment(text) or text[:1].isspace()


def is_arrowed_or_prose(text: str) -> bool:
    """Tell whether a line cannot be the name above a Notes block."""
    return text.lstrip().startswith(">") or (_is_prose(text) and not has_moment(text))


def _is_prose(text: str) -> bool:
    stripped = text.strip()
    return len(stripped.split()) > 9 or stripped.endswith((".", "?", "!", ",")) and len(stripped.split()) > 4


def _sender(value: str) -> str:
    address = _ADDRESS.search(value[:400])
    return (
        address.group().strip(".") if address and "." in address.group() else value[:120].split("  ")[0].strip(' "\t')
    )


def _next_filled(lines: Sequence[Line], start: int, within: int) -> int | None:
    return next((index for index in range(start, min(start + within, len(lines))) if not is_empty(lines[index])), None)
