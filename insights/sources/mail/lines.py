"""The lines of a body and what can be told of one line by itself; every test here is linear in the line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from insights.types import QUOTED

MAX_PATTERN_CHARS = 500  # a longer line is prose: no header, attribution or sign-off is looked for in it
_RULE_CHARS = frozenset("-_=*~#—–+.<>")
_EDGE = " \t-_=*~#>:—–|"
_WORD = re.compile(r"[^\W\d_][\w'’.()&-]*")
_CONTACT = re.compile(
    r"https?://|www\.|@\w|\b(?:tel|fax|phone|mobile|cell|mob|direct|office|telefon|telefono|téléphone|tél|ext)\b\.?\s*[:.#+(]?\s*[\d+(]"
    r"|\d{3,4}[-. )/]{1,2}\d{3,4}|\+\d{1,3}[ (]|\bx-?\s?\d|\bext\.?\s?\d|^\W{0,3}\d{4,5}$",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s{1,4}\d{1,2}[:.]\d{2}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a body; `hint` is a flag that its markup already gave it, or ""."""

    text: str
    hint: str = ""


@cache
def phrases() -> dict[str, Any]:
    """Return what phrases.toml knows, read once."""
    return tomllib.loads((files(__package__) / "phrases.toml").read_text(encoding="utf-8"))


@cache
def phrase_set(kind: str) -> frozenset[str]:
    """Return one list of phrases.toml for look-ups; a dot leads into a table."""
    node: Any = phrases()
    for step in kind.split("."):
        node = node[step]
    return frozenset(node)


@cache
def field_kinds() -> dict[str, str]:
    """Return header names of all languages and the field each of them names."""
    return {name: kind for kind, names in phrases()["fields"].items() for name in names}


def is_empty(line: Line) -> bool:
    """Tell whether nothing can be read on the line."""
    return not line.text.strip()


def is_arrowed(text: str) -> bool:
    """Tell whether a line is marked as quoted by its first character."""
    start = text[:4].lstrip()
    return start.startswith(">") and not text.lstrip().startswith(">From ")


def is_quoted(line: Line) -> bool:
    """Tell whether the line is quoted by a mark of its own, in the text or its markup."""
    return line.hint == QUOTED or is_arrowed(line.text)


def is_rule(text: str, at_least: int = 5) -> bool:
    """Tell whether a line is drawn, not written: "-----", "* * *"."""
    bare = text.replace(" ", "").strip()
    return len(bare) >= at_least and set(bare) <= _RULE_CHARS


def words(text: str) -> list[str]:
    """Return the words of a line, as written."""
    return _WORD.findall(text)


def has_contact(text: str) -> bool:
    """Tell whether a line holds a telephone number, extension, address of a page or of a person."""
    return len(text) <= MAX_PATTERN_CHARS and _CONTACT.search(text) is not None


def has_moment(text: str) -> bool:
    """Tell whether a line holds a date in digits with a time."""
    return len(text) <= MAX_PATTERN_CHARS and _MOMENT.search(text) is not None


def banner(text: str) -> str:
    """Name the separator that a line is: "original", "forwarded" or ""."""
    if len(text) > MAX_PATTERN_CHARS:
        return ""
    line = text.strip().strip("*")
    core = line.strip(_EDGE).casefold()
    dashed = len(line) - len(line.lstrip("-_=*~# —–")) >= 2
    if core in phrase_set("forwarded") and (dashed or line.endswith((":", "："))):
        return "forwarded"
    if core in phrase_set("original") and dashed:
        return "original"
    if dashed and core.startswith(tuple(phrases()["forwarded_by"])):
        return "forwarded"
    return ""


def field(text: str) -> tuple[str, str]:
    """Split a line like "From: Ann" into the kind of its field and the value; ("", "") where it is none."""
    if len(text) > 4 * MAX_PATTERN_CHARS:
        return "", ""
    head, colon, value = text.replace("：", ":", 1).partition(":")
    if not colon or len(head) > 40:
        return "", ""
    kind = field_kinds().get(head.strip(" \t*_>|\xa0").casefold(), "")
    return (kind, value.strip(" \t*_\xa0")) if kind else ("", "")
