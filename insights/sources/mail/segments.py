"""A plain or converted body as ordered segments that together hold all of its text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from insights.sources.mail.boilerplate import mark_boilerplate
from insights.sources.mail.lines import Line
from insights.sources.mail.quotes import Mark, mark_quotes
from insights.sources.mail.signatures import mark_signatures
from insights.types import Segment

_INVISIBLE = str.maketrans(
    {"\u200b": None, "\u200c": None, "\u2060": None, "\ufeff": None, "\u00ad": None, "\x00": None}
)
_SPACES = str.maketrans(
    {
        "\xa0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\x0b": "\n",
        "\x0c": "\n",
        "\x85": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)


def to_lines(text: str, hint: str = "") -> list[Line]:
    """Split a text into lines; non-breaking spaces become spaces, zero-width characters go."""
    plain = text.translate(_INVISIBLE).translate(_SPACES).replace("\r\n", "\n").replace("\r", "\n")
    return [Line(line, hint) for line in plain.split("\n")]


def mark_body(text: str, *, sender: str = "", subject_is_forward: bool = False) -> tuple[Segment, ...]:
    """Return the segments of a plain body: the sender's new words unflagged, all else with its flag.

    Whitespace at the ends of a segment and of its lines is left out, and blank lines between segments; nothing else.
    """
    return mark_lines(to_lines(text), sender=sender, subject_is_forward=subject_is_forward)


def mark_lines(lines: Sequence[Line], *, sender: str = "", subject_is_forward: bool = False) -> tuple[Segment, ...]:
    """Do what mark_body does, over lines of which markup has already flagged some."""
    marks = mark_quotes(lines, subject_is_forward)
    marks = mark_boilerplate(lines, marks)
    marks = mark_signatures(lines, marks, sender)
    return tuple(_group(lines, _fill_gaps(lines, marks), _address(sender)))


def new_text(segments: Iterable[Segment]) -> str:
    """Return what the sender newly wrote: the text of the unflagged segments, without quoted or forwarded mail,
    signature (sign-off, name, contact lines) and boilerplate, joined by blank lines.
    """  # noqa: D205
    return "\n\n".join(segment.text for segment in segments if not segment.flags)


def _fill_gaps(lines: Sequence[Line], marks: Sequence[Mark]) -> list[Mark]:
    """Give blank lines the mark of the filled line above them, so that they split nothing."""
    filled: list[Mark] = []
    last = next((mark for line, mark in zip(lines, marks, strict=True) if line.text.strip()), Mark())
    for line, mark in zip(lines, marks, strict=True):
        last = mark if line.text.strip() else last
        filled.append(last)
    return filled


def _group(lines: Sequence[Line], marks: Sequence[Mark], sender: str) -> Iterable[Segment]:
    for mark, pairs in groupby(zip(lines, marks, strict=True), key=lambda pair: pair[1]):
        text = "\n".join(line.text.rstrip() for line, _ in pairs).strip("\n").strip()
        if text:
            yield Segment(speaker=mark.speaker or sender, text=text, flags=(mark.flag,) if mark.flag else ())


def _address(sender: str) -> str:
    """Return the address within "Ann Lee <ann@x.example>", or the text itself where there is none."""
    inside = sender.rpartition("<")[2].rstrip("> ")
    return (inside if "@" in inside else sender).strip()
