"""Paragraphs of format=flowed text (RFC 3676) as one line each."""

from __future__ import annotations

from collections.abc import Sequence

from insights.sources.mail.lines import Line

MAX_PARAGRAPH_CHARS = 20_000  # a longer run of soft breaks is left broken


def unflow(lines: Sequence[Line], *, delete_space: bool = False) -> list[Line]:
    """Join lines that were broken softly, each with its own depth of quoting; space-stuffing goes."""
    joined: list[Line] = []
    pieces: list[str] = []
    n_chars = depth = 0
    for line in lines:
        arrows, text = _split(line.text)
        if pieces and (arrows != depth or text == "-- " or n_chars > MAX_PARAGRAPH_CHARS):
            joined.append(_line(depth, pieces))
            pieces, n_chars = [], 0
        depth = arrows
        is_soft = text.endswith(" ") and text != "-- " and bool(text.strip())
        pieces.append(text[:-1] if is_soft and delete_space else text)
        n_chars += len(text)
        if not is_soft:
            joined.append(_line(depth, pieces))
            pieces, n_chars = [], 0
    return [*joined, _line(depth, pieces)] if pieces else joined


def _split(text: str) -> tuple[int, str]:
    rest = text.lstrip(">")
    depth = len(text) - len(rest)
    return depth, rest[1:] if rest.startswith(" ") and rest != " " else rest


def _line(depth: int, pieces: Sequence[str]) -> Line:
    text = "".join(pieces)
    return Line(f"{'>' * depth} {text}" if depth else text)
