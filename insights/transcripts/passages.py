"""What was heard in packets, as a channel's segments: word times set right, doubtful and foreign pieces flagged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from insights.transcripts.pieces import cut_channel
from insights.transcripts.suspect import Doubts, is_suspect, rows_of_equals
from insights.transcripts.timing import Run, snap
from insights.types import FOREIGN, SUSPECT, Segment, Word


@dataclass(frozen=True, slots=True)
class Passage:
    """What was heard in one packet."""

    words: tuple[Word, ...]  # times from the channel's start
    doubts: Doubts
    end_s: float  # up to where in the packet it was heard
    is_foreign: bool = False  # in another language than the conversation's


def to_segments(passages: Sequence[Passage], runs: Sequence[Run]) -> list[Segment]:
    """The passages in pieces of a sentence or a few, each flagged by itself.

    Args:
        passages: of one channel, in order.
        runs: where the channel has a voice.
    """
    timed = _timed(passages, runs)
    pieces = [(passage, piece) for passage in timed if passage.words for piece in cut_channel([_whole(passage)])]
    rows = rows_of_equals([piece.text for _, piece in pieces])
    return [_flagged(piece, passage, n) for (passage, piece), n in zip(pieces, rows, strict=True)]


def _timed(passages: Sequence[Passage], runs: Sequence[Run]) -> Iterator[Passage]:
    """The passages with their words' times at the edges of the voice."""
    words = snap([word for passage in passages for word in passage.words], runs)
    done = 0
    for passage in passages:
        yield replace(passage, words=words[done : done + len(passage.words)])
        done += len(passage.words)


def _whole(passage: Passage) -> Segment:
    words = passage.words
    text = "".join(word.text for word in words).strip()
    return Segment("", text, words[0].start_s, words[-1].end_s, words=words)


def _flagged(piece: Segment, passage: Passage, n_in_a_row: int) -> Segment:
    duration_s = (piece.end_s or 0.0) - (piece.start_s or 0.0)
    doubtful = is_suspect(piece.text, duration_s, passage.doubts, n_in_a_row)
    flags = (*([SUSPECT] if doubtful else []), *([FOREIGN] if passage.is_foreign else []))
    return replace(piece, flags=flags)
