"""Plain text with "Name: words" lines, each with or without a clock time; a line without a name goes on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from insights.errors import SourceError
from insights.sources.clocks import parse_time
from insights.sources.speakers import MIN_LABELLED_SHARE, find_label, looks_like_name
from insights.sources.turns import Transcript, Turn, clean

CLOCK = r"[\[(]?(\d{1,3}(?::\d{1,2}){1,2}(?:[.,]\d{1,3})?)[\])]?"
LEADING = re.compile(rf"{CLOCK}\s*[-–]?\s*(?=\S)")  # "[00:01:02] Dana: hi"
HEADING = re.compile(rf"([^:\n\[(]{{1,60}}?)\s+{CLOCK}")  # "Dana Whitmore  0:03", her words below
AFTER_NAME = re.compile(rf"([^:\n\[(]{{1,60}}?)\s+{CLOCK}:\s+(?=\S)")  # "Dana Whitmore (00:03): hi"
MIN_LABELS = 2
MIN_SHARE = 0.1  # of the lines that have a name, even where turns are wrapped over many lines
MAX_SUBJECT_CHARS = 200


def parse_txt(text: str, zone: ZoneInfo) -> tuple[Transcript, ...]:
    """Read lines "Name: words"; SourceError where there are none. A line above the first name is the title."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    turns = _believe_labels([_read_line(line) for line in lines], lines)
    n_labels = sum(bool(turn.speaker) for turn in turns)
    if n_labels < MIN_LABELS or n_labels < MIN_SHARE * len(lines):
        raise SourceError("holds no lines like 'Name: text', so who speaks cannot be told. Is it a transcript?")
    first = next(index for index, turn in enumerate(turns) if turn.speaker)
    subject = clean(lines[0])[:MAX_SUBJECT_CHARS] if first else ""
    return (Transcript(tuple(_join_lines(turns[first:])), subject=subject),)


def _read_line(line: str) -> Turn:
    """Make a turn of a line; without a speaker if it has no label."""
    for match in (HEADING.fullmatch(line), AFTER_NAME.match(line)):
        if match and looks_like_name(match[1].strip("-– ")):
            return Turn(match[1].strip("-– "), line[match.end() :], parse_time(match[2]))
    clock = LEADING.match(line)
    start_s = parse_time(clock[1]) if clock else None
    rest = line[clock.end() :] if clock else line
    label = find_label(rest)
    if label:
        return Turn(label[0], label[1], start_s)
    if clock and looks_like_name(rest) and rest[-1] not in ".?!,":  # "0:03 Dana Whitmore", her words below
        return Turn(rest, "", start_s)
    return Turn("", rest, start_s)


def _believe_labels(turns: Sequence[Turn], lines: Sequence[str]) -> list[Turn]:
    """Take a label that stands only once for words, unless at least half of the lines have one."""
    counts = Counter(turn.speaker for turn in turns if turn.speaker)
    if counts.total() >= MIN_LABELLED_SHARE * len(turns):
        return list(turns)
    return [turn if counts[turn.speaker] > 1 else Turn("", line) for turn, line in zip(turns, lines, strict=True)]


def _join_lines(turns: Sequence[Turn]) -> list[Turn]:
    """Put lines without a name behind the words above them."""
    joined: list[tuple[Turn, list[str]]] = []
    for turn in turns:
        if turn.speaker:
            joined.append((turn, [turn.text]))
        else:
            joined[-1][1].append(turn.text)
    return [replace(turn, text=" ".join(texts)) for turn, texts in joined]
