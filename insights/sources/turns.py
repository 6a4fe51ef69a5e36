"""What every transcript format is read into, and how that becomes a Conversation.

Errors raised below `sources.read` begin with the verb; `read` puts the file's name before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from insights.errors import SourceError
from insights.sources.limits import MAX_SEGMENTS, MAX_TIME_S, MAX_TURN_CHARS
from insights.types import Conversation, ConversationKind, Metadata, Participant, Segment, Word


@dataclass(frozen=True, slots=True)
class Turn:
    """One cue, row or line of a transcript; times in seconds, None where the source gives none."""

    speaker: str
    text: str
    start_s: float | None = None
    end_s: float | None = None
    confidence: float = 1.0
    words: tuple[Word, ...] = ()
    bad_time: bool = False  # the source gives a time that nothing can be made of


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation as its file tells it."""

    turns: tuple[Turn, ...]
    subject: str = ""
    started_at: datetime | None = None
    language: str = "en"
    kind: Literal["", "call", "meeting", "voicemail"] = ""
    participants: tuple[Participant, ...] = ()
    metadata: Metadata = Metadata()
    consent: str = ""
    key: str = ""  # which conversation of its file; empty if the only one
    n_lost: int = 0  # cues or rows without readable text or timing line


def clean(text: str) -> str:
    """Put text on one line: white space collapsed, control characters and broken surrogates out."""
    sound = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(char if char.isprintable() else " " for char in sound).split())


def to_conversation(transcript: Transcript, identity: str, source: str) -> Conversation:
    """Make the Conversation that a transcript describes."""
    segments = to_segments(transcript.turns)
    if not segments:
        raise SourceError("holds no spoken words.")
    speakers = tuple(dict.fromkeys(segment.speaker for segment in segments if segment.speaker))
    kind: ConversationKind = transcript.kind or ("meeting" if len(speakers) > 2 else "call")
    ends = [segment.end_s for segment in segments if segment.end_s is not None]
    return Conversation(
        id=identity,
        kind=kind,
        source=source,
        segments=segments,
        started_at=transcript.started_at,
        language=transcript.language,
        subject=transcript.subject,
        participants=_join_speakers(transcript.participants, speakers),
        metadata=transcript.metadata,
        thread_id=identity,
        consent=transcript.consent,
        duration_s=max(ends, default=None),
    )


def to_segments(turns: Sequence[Turn]) -> tuple[Segment, ...]:
    """Order turns by time and close their gaps: start <= end, and starts never run backwards."""
    if len(turns) > MAX_SEGMENTS:
        raise SourceError(f"holds {len(turns):,} turns, more than the {MAX_SEGMENTS:,} of any real call.")
    spoken = [turn for turn in map(_tidy, turns) if turn.text]
    for turn in spoken:
        _check_turn(turn)
    ordered = _close_ends(_order(spoken))
    return tuple(
        Segment(turn.speaker, turn.text, turn.start_s, turn.end_s, turn.confidence, (), turn.words) for turn in ordered
    )


def count_bad_times(turns: Iterable[Turn]) -> int:
    """Count the turns whose times had to be left out."""
    return sum(_tidy(turn).bad_time for turn in turns)


def _tidy(turn: Turn) -> Turn:
    start_s, end_s = turn.start_s, turn.end_s
    if start_s is not None and start_s < 0:
        start_s = end_s = None
    backwards = end_s is not None and (start_s is None or end_s < start_s)
    bad_time = turn.bad_time or start_s != turn.start_s or backwards
    end_s = None if backwards else end_s
    return replace(
        turn, speaker=clean(turn.speaker), text=clean(turn.text), start_s=start_s, end_s=end_s, bad_time=bad_time
    )


def _check_turn(turn: Turn) -> None:
    if len(turn.text) > MAX_TURN_CHARS:
        raise SourceError(
            f"one turn has {len(turn.text):,} characters, more than anybody says at a stretch"
            f" ({MAX_TURN_CHARS:,}); is it a transcript?"
        )
    latest_s = max(turn.start_s or 0, turn.end_s or 0)
    if latest_s > MAX_TIME_S:
        raise SourceError(
            f"a turn lies at {latest_s:,.0f} seconds, beyond 24 hours."
            ' If these are milliseconds, write "time_unit": "ms" into the JSON, or clock times like 00:01:02.'
        )


def _order(turns: Sequence[Turn]) -> list[Turn]:
    """Sort by start where every turn has one; else keep the file's order and drop starts that run backwards."""
    if all(turn.start_s is not None for turn in turns):
        return sorted(turns, key=lambda turn: turn.start_s or 0.0)
    ordered, latest_s = [], 0.0
    for turn in turns:
        if turn.start_s is not None and turn.start_s < latest_s:
            turn = replace(turn, start_s=None, end_s=None)
        latest_s = max(latest_s, turn.start_s or 0.0)
        ordered.append(turn)
    return ordered


def _close_ends(turns: Sequence[Turn]) -> list[Turn]:
    """Let a turn without an end last until the next one starts: the latest it can have ended."""
    closed: list[Turn] = []
    next_s: float | None = None
    for turn in reversed(turns):
        if turn.start_s is not None and turn.end_s is None:
            turn = replace(turn, end_s=turn.start_s if next_s is None else next_s)
        next_s = turn.start_s if turn.start_s is not None else next_s
        closed.append(turn)
    return closed[::-1]


def _join_speakers(participants: Sequence[Participant], speakers: Sequence[str]) -> tuple[Participant, ...]:
    known = {participant.name.casefold() for participant in participants}
    return (*participants, *(Participant(name=name) for name in speakers if name.casefold() not in known))
