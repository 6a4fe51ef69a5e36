"""Which lines of a body are somebody else's: quoted, or passed on.

Lines are marked one by one (quoted by an arrow or its markup, attribution, header block, separator, text), then the
marks are read from top to bottom. A separator or header without arrows below it opens a region that runs to the end;
an arrowed quote ends with its last arrow, so that answers between and below quotes stay the sender's own. The idea of
deciding over line marks is that of mailgun/talon (Apache-2.0). Each line is looked at with a bounded number of
neighbours: time grows with the body's length and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from insights.sources.mail.attributions import find_attribution
from insights.sources.mail.headers import HeaderBlock, find_header
from insights.sources.mail.lines import Line, banner, is_arrowed, is_empty, is_quoted
from insights.types import BOILERPLATE, FORWARDED, QUOTED

LONG_LINE = 60  # characters: a quoted line of this length may have been wrapped by the answering program
_PREFIX = re.compile(r" {0,3}(?:[A-Z][A-Za-z]{0,3}>|\|(?= ))")  # other marks of a quoted line than an arrow
NEXT_WITHIN = 4  # lines looked at for the first line below a separator


@dataclass(frozen=True, slots=True)
class Mark:
    """What a line is: a flag of insights.types or "" for the sender's own words, and who wrote it if not the sender."""

    flag: str = ""
    speaker: str = ""


def mark_quotes(lines: Sequence[Line], is_forward: bool = False) -> list[Mark]:
    """Return one mark a line; `is_forward` says that the subject calls the mail a forward."""
    marks: list[Mark] = []
    reader = _Reader(lines, is_forward)
    while len(marks) < len(lines):
        marks.extend(reader.read(len(marks)))
    return marks


class _Reader:
    """Reads marks from a given line on; knows whether an open region (quoted or forwarded, to the end) has begun."""

    def __init__(self, lines: Sequence[Line], is_forward: bool) -> None:
        self._lines = lines
        self._subject_forward = is_forward
        self._region: Mark | None = None
        self._arrow_mark = Mark(QUOTED)
        self._prefix = ""  # "VB>" or "|" before the lines of a quote, known from its attribution
        self._has_plain_arrows = any(_is_plain_arrow(line.text) for line in lines)

    def read(self, index: int) -> list[Mark]:
        """Return the marks of one or more lines from `index` on."""
        if self._region is not None:
            return self._inside(index)
        line = self._lines[index]
        if is_empty(line) and not line.hint:
            return [Mark()]
        if is_quoted(line):
            return self._quoted(index)
        if self._prefix and line.text.lstrip().startswith(self._prefix):
            return [Mark(QUOTED)]
        if line.hint:
            return [Mark(line.hint)]
        self._arrow_mark = Mark(QUOTED)
        kind = banner(line.text)
        if kind:
            return self._open(index, index + 1, kind == "forwarded" or self._subject_forward)
        block = find_header(self._lines, index)
        if block:
            return self._open_block(index, block, self._subject_forward)
        return self._attribution(index) or self._own(index)

    def _own(self, index: int) -> list[Mark]:
        return [Mark(QUOTED)] if self._is_wrapped_rest(index) else [Mark()]

    def _quoted(self, index: int) -> list[Mark]:
        line = self._lines[index]
        if line.hint == QUOTED:
            if banner(line.text) == "forwarded":
                self._arrow_mark = Mark(FORWARDED)
                return [Mark(BOILERPLATE)]
            block = find_header(self._lines, index) if self._arrow_mark.flag == FORWARDED else None
            if block:
                self._arrow_mark = Mark(FORWARDED, block.sender)
                return [Mark(BOILERPLATE)] * (block.end - index)
        elif not self._has_plain_arrows and self._arrow_mark.flag != FORWARDED:
            return [Mark()] if line.text.lstrip().startswith(">>> ") else [Mark(QUOTED)]
        return [self._arrow_mark]

    def _attribution(self, index: int) -> list[Mark]:
        end, is_sure = find_attribution(self._lines, index)
        if end == index:
            return []
        follows = _next_filled(self._lines, end)
        if follows is not None:
            found = _PREFIX.match(self._lines[follows].text)
            self._prefix = found.group().strip() if found else self._prefix
            if found or is_quoted(self._lines[follows]):
                return [Mark(QUOTED)] * (end - index)
        if not is_sure:
            return []
        self._region = Mark(QUOTED)
        return [self._region] * (end - index)

    def _open(self, index: int, end: int, is_forward: bool) -> list[Mark]:
        """Open what stands below a separator; the header under it belongs to it."""
        follows = _next_filled(self._lines, end)
        block = find_header(self._lines, follows) if follows is not None else None
        if block:
            return self._open_block(index, block, is_forward)
        return self._begin(index, end, is_forward, "")

    def _open_block(self, index: int, block: HeaderBlock, is_forward: bool) -> list[Mark]:
        return self._begin(index, block.end, is_forward, block.sender)

    def _begin(self, index: int, end: int, is_forward: bool, sender: str) -> list[Mark]:
        mark = Mark(FORWARDED, sender) if is_forward else Mark(QUOTED)
        follows = _next_filled(self._lines, end)
        if follows is not None and is_quoted(self._lines[follows]):
            self._arrow_mark = mark
        else:
            self._region = mark
        head = Mark(BOILERPLATE) if is_forward else mark
        return [head] * (end - index)

    def _inside(self, index: int) -> list[Mark]:
        """Read a line of an open region: in a forward, each further header names the next speaker."""
        assert self._region is not None
        if self._region.flag != FORWARDED or is_empty(self._lines[index]):
            return [self._region]
        if banner(self._lines[index].text):
            return [Mark(BOILERPLATE)]
        block = find_header(self._lines, index)
        if block is None:
            return [self._region]
        self._region = Mark(FORWARDED, block.sender)
        return [Mark(BOILERPLATE)] * (block.end - index)

    def _is_wrapped_rest(self, index: int) -> bool:
        """Tell whether a line is the torn-off end of a long quoted line: between arrows, in mid-sentence."""
        if not 0 < index < len(self._lines) - 1:
            return False
        before, here, after = (self._lines[at].text for at in (index - 1, index, index + 1))
        return (
            is_arrowed(before)
            and is_arrowed(after)
            and len(before) >= LONG_LINE
            and before.rstrip()[-1] not in ".?!:;"
            and len(here.split()) <= 4
            and here[:1].islower()
        )


def _is_plain_arrow(text: str) -> bool:
    return is_arrowed(text) and not text.lstrip().startswith(">>>")


def _next_filled(lines: Sequence[Line], start: int) -> int | None:
    stop = min(start + NEXT_WITHIN, len(lines))
    return next((index for index in range(start, stop) if not is_empty(lines[index])), None)
