"""Names that were heard almost right, put as the vocabulary writes them; what was heard is kept with each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from insights.transcripts.vocabulary.entries import Entry
from insights.transcripts.vocabulary.likeness import Match, find_matches, parts_of
from insights.types import NOT_READ, Segment, Word


def correct(segments: Iterable[Segment], entries: Sequence[Entry]) -> tuple[Segment, ...]:
    """The segments with names as the vocabulary writes them.

    Words are replaced where they sound and look like a name, the more so the surer the recogniser was of them, and
    most of all where each is an ordinary English word. `Word.heard` holds what stood there, `Segment.recognised` all
    words as they were; text and words agree, and the new word lasts as long as those it replaces. Segments that are
    not read stay as they are. Correcting again changes nothing.
    """
    return tuple(_correct_segment(segment, entries) for segment in segments)


def restore(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """The segments as they were recognised."""
    return tuple(
        replace(segment, text=_join(segment.recognised), words=segment.recognised, recognised=())
        if segment.recognised
        else segment
        for segment in segments
    )


def count_corrections(segments: Iterable[Segment]) -> int:
    """How many names stand for what was heard otherwise."""
    return sum(bool(word.heard) for segment in segments for word in segment.words)


def _correct_segment(segment: Segment, entries: Sequence[Entry]) -> Segment:
    if not segment.words or NOT_READ.intersection(segment.flags):
        return segment
    matches = _choose(find_matches(segment.words, entries))
    if not matches:
        return segment
    words = list(segment.words)
    for match in sorted(matches, key=lambda match: -match.start):
        words[match.start : match.end] = [_rewrite(words[match.start : match.end], match.entry)]
    recognised = segment.recognised or segment.words
    return replace(segment, text=_join(words), words=tuple(words), recognised=recognised)


def _choose(matches: Iterable[Match]) -> list[Match]:
    """The likest matches that do not overlap."""
    chosen: list[Match] = []
    for match in sorted(matches, key=lambda match: (-match.likeness, match.start, match.end)):
        if all(match.end <= other.start or other.end <= match.start for other in chosen):
            chosen.append(match)
    return chosen


def _rewrite(run: Sequence[Word], entry: Entry) -> Word:
    """One word in place of a run, with the marks around it."""
    space = " " if run[0].text[:1].isspace() else ""
    lead, _, tail = parts_of(_join(run))
    return Word(
        text=f"{space}{lead}{entry.text}{tail}",
        start_s=run[0].start_s,
        end_s=run[-1].end_s,
        probability=min(word.probability for word in run),
        heard=_join([replace(word, text=word.heard or word.text) for word in run]),
    )


def _join(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words).strip()
