"""Where a sender's words end and the sign-off, name and contact lines begin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from insights.sources.mail.lines import Line, has_contact, is_rule, phrase_set, words
from insights.sources.mail.quotes import Mark
from insights.types import BOILERPLATE, SIGNATURE

MAX_LINES = 15  # filled lines of a signature
MAX_LINE_CHARS = 80  # of one line of a signature without a contact in it
MAX_WORDS = 8
MAX_NAME_WORDS = 4
MIN_SHARED_PREFIX = 3  # "Dave" is David
_DELIMITER = re.compile(r"^\s*(?:--|—|–|-- -|- -)\s*$")
_SPLIT_CLOSING = re.compile(r"[,.!;:\-–—/]|\s{2,}")


def mark_signatures(lines: Sequence[Line], marks: Sequence[Mark], sender: str = "") -> list[Mark]:
    """Return the marks with SIGNATURE on the end of the sender's last words; `sender` is a name and address."""
    flagged = list(marks)
    for run in reversed(_runs(lines, marks)):
        texts = [lines[index].text for index in run]
        after_gap = [index > 0 and not lines[index - 1].text.strip() for index in run]
        start = find_signature(texts, after_gap, name_parts(sender))
        for index in run[start:]:
            flagged[index] = Mark(SIGNATURE)
        if start > 0:
            break
    return flagged


def _runs(lines: Sequence[Line], marks: Sequence[Mark]) -> list[list[int]]:
    """Return the stretches of own lines between quoted ones, as indexes of filled lines."""
    runs: list[list[int]] = []
    for is_break, group in groupby(range(len(lines)), key=lambda index: _is_break(marks[index])):
        own = [index for index in group if lines[index].text.strip() and not marks[index].flag]
        if not is_break and own:
            runs.append(own)
    return runs


def _is_break(mark: Mark) -> bool:
    return mark.flag not in ("", BOILERPLATE, SIGNATURE)


def name_parts(sender: str) -> frozenset[str]:
    """Return the lower-case parts of a sender's name and address that may stand under a mail."""
    name, _, address = sender[:300].partition("<")
    shown, local = name.partition("@")[0], address.partition("@")[0]
    parts = [part.casefold() for part in re.findall(r"[^\W\d_]+", f"{shown} {local}")]
    named = re.findall(r"[^\W\d_]+", shown)
    initials = {"".join(part[0] for part in named).casefold(), "".join(part[0] for part in reversed(named)).casefold()}
    return frozenset({part for part in parts if len(part) > 1} | {joined for joined in initials if len(joined) > 1})


def find_signature(texts: Sequence[str], after_gap: Sequence[bool], names: frozenset[str]) -> int:
    """Return the place in `texts` (filled lines of one stretch) where the signature begins; their number if none.

    `after_gap` tells of each line whether a blank one stands above it.
    """
    end = len(texts)
    delimiter = _find_delimiter(texts)
    body = delimiter if delimiter is not None else end
    tail = _tail_start(texts, body)
    closing = _find_closing(texts, tail, body, has_more=body < end)
    if closing is not None:
        return closing
    named = _find_name(texts, tail, body, names)
    if named is None and body > 1 and after_gap[body - 1] and _is_lone_name(texts[body - 2], texts[body - 1], names):
        named = body - 1
    return body if named is None else named


def _is_lone_name(above: str, text: str, names: frozenset[str]) -> bool:
    """Tell whether a last line by itself is a first name, or a full one where the sender is not known."""
    n_words = len(text.split())
    is_after_prose = len(above.split()) > 3 and not above.rstrip().endswith((":", ","))
    return _is_name(text) and n_words <= (1 if names else 2) and is_after_prose and not has_contact(above)


def _find_delimiter(texts: Sequence[str]) -> int | None:
    """Return the line of a "-- " or of a rule that has only a signature below it."""
    first = max(0, len(texts) - MAX_LINES - 1)
    for place in range(first, len(texts) - 1):
        if _DELIMITER.match(texts[place]):
            return place
        if (
            is_rule(texts[place])
            and " " not in texts[place].strip()
            and all(_fits(text) for text in texts[place + 1 :])
            and _has_proof(texts[place + 1 :])
        ):
            return place
    return None


def _has_proof(texts: Sequence[str]) -> bool:
    return any(has_contact(text) for text in texts) or len(texts) <= 2


def _tail_start(texts: Sequence[str], end: int) -> int:
    """Return the first line of the last run of lines that could stand in a signature."""
    start = end
    while start > max(0, end - MAX_LINES) and _fits(texts[start - 1]):
        start -= 1
    return start


def _fits(text: str) -> bool:
    """Tell whether a line could stand in a signature: short, no sentence; or with a number or address."""
    line = text.strip()
    n_words = len(line.split())
    if line.endswith(("?", ":")) or line.startswith(("- ", "* ", "• ", "·")) or len(line) > 2 * MAX_LINE_CHARS:
        return False
    if closing_kind(line) or _closes_with_name(line):
        return True
    if has_contact(line):
        return not (n_words > MAX_WORDS and line.endswith((".", "!"))) and n_words <= 2 * MAX_WORDS
    return len(line) <= MAX_LINE_CHARS and n_words <= MAX_WORDS and not (line.endswith((".", "!", ",")) and n_words > 3)


def closing_kind(text: str) -> str:
    """Tell what sign-off a whole line is: "thanks", "regards" or ""."""
    core = " ".join(text.casefold().strip(" \t,.!;:-–—*_~>^").split())
    if core in phrase_set("closings.regards"):
        return "regards"
    if core in phrase_set("closings.thanks"):
        return "thanks"
    return ""


def _closes_with_name(text: str) -> bool:
    """Tell whether a line is a sign-off and a name: "Thanks, Kim", "Regards  Bert Meyers"."""
    line = text.strip()
    if len(line) > MAX_LINE_CHARS or line.endswith(("?", ":")):
        return False
    for cut in _SPLIT_CLOSING.finditer(line):
        rest = line[cut.end() :].strip(" ,.!-–—*")
        if closing_kind(line[: cut.start()]) and rest and (_is_name(rest) or closing_kind(rest)):
            return True
    return False


def _find_closing(texts: Sequence[str], tail: int, end: int, has_more: bool) -> int | None:
    """Return the first sign-off of the tail that has something below it, or that says nothing else."""
    for place in range(tail, end):
        kind = closing_kind(texts[place])
        is_alone = place + 1 == end and not (has_more and texts[place].rstrip().endswith(","))
        if _closes_with_name(texts[place]) or kind == "regards" or (kind and not is_alone):
            return place
    return None


def _find_name(texts: Sequence[str], tail: int, end: int, names: frozenset[str]) -> int | None:
    """Return the line of the tail where the sender's name (or a name with contact lines under it) stands."""
    for place in range(tail, end):
        below = texts[place + 1 : end]
        line = texts[place].strip()
        if is_sender(line, names) and (place > 0 or below or names):
            return place
        if _is_name(line) and any(has_contact(text) for text in below) and place > 0:
            return place
    return None


def is_sender(text: str, names: frozenset[str]) -> bool:
    """Tell whether a short line is the sender's own name, nickname or initials, perhaps with a number beside it."""
    line = text.strip(" \t-–—~*_,.!")
    found = [word.casefold().strip(".,") for word in words(line)]
    if not found or len(found) > MAX_NAME_WORDS + 2 * has_contact(line):
        return False
    return any(_same_name(part, name) for part in found[:2] for name in names)


def _same_name(part: str, name: str) -> bool:
    if len(part) < MIN_SHARED_PREFIX or len(name) < MIN_SHARED_PREFIX:
        return part == name
    return part[:MIN_SHARED_PREFIX] == name[:MIN_SHARED_PREFIX]


def _is_name(text: str) -> bool:
    """Tell whether a text has the form of a person's name: up to four capitalised words and nothing else."""
    line = text.strip(" \t-–—~*_.,!")
    parts = line.replace("&", "and").split()
    if not 1 <= len(parts) <= MAX_NAME_WORDS + 1 or any(char.isdigit() for char in line):
        return False
    return all(_is_name_word(part) for part in parts) and parts[0].casefold() != "and"


def _is_name_word(part: str) -> bool:
    core = part.strip("(),.'\"")
    return (
        part.casefold() in ("and", "von", "van", "de", "der", "la", "und", "y", "et", "e")
        or (core[:1].isupper() or (core[:1].isalpha() and not core[:1].islower()))
        and core.replace("-", "").replace("'", "").replace("’", "").replace(".", "").isalpha()
    )
