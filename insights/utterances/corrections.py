"""What people corrected, for one conversation: the edits that touch it, later ones first, withdrawn ones left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from insights.types import Conversation, Edit, Role, Segment

ROLES: tuple[Role, ...] = ("customer", "rep", "unknown")
CHANNELS = ("left", "right")
MIXED = frozenset({"mono", ""})  # labels that may hold several people


@dataclass(frozen=True, slots=True)
class Corrections:
    """The roles that people set: of speakers of one conversation, and of the channels of its phone line."""

    speakers: tuple[tuple[str, Role], ...] = ()  # by speaker, sorted
    rep_channel: str = ""  # "left" or "right"; empty where nobody said


def find_corrections(conversation: Conversation, edits: Sequence[Edit]) -> Corrections:
    """The corrections that hold for a conversation; of several for one speaker or line the last one counts.

    Diarized speakers are numbered anew when a call is heard again. Where an edit says when its speaker was heard, it
    goes to whoever speaks then now.
    """
    line = line_of(conversation)
    speakers: dict[str, Role] = {}
    rep_channel = ""
    for edit in role_edits(edits):
        kind, name, who = edit.target
        role = next((role for role in ROLES if role == edit.value), None)
        if role and kind == "conversation" and name == conversation.id:
            speakers[_speaker_now(who, edit, conversation.segments)] = role
        elif role and kind == "line" and line and squash_line(name) == line:
            rep_channel = who if role == "rep" else CHANNELS[1 - CHANNELS.index(who)]
    return Corrections(tuple(sorted(speakers.items())), rep_channel)


def role_edits(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The role edits that no later edit withdrew, in order."""
    known = tuple(edits)
    undone = {edit.target[1] for edit in known if edit.kind == "undo"}
    return tuple(edit for edit in known if edit.kind == "role" and edit.id not in undone)


def line_of(conversation: Conversation) -> str:
    """The phone line of a conversation, squashed: `line` in calls.csv or in the file's name; empty if nobody says."""
    return squash_line(dict(conversation.metadata.extra).get("line", ""))


def squash_line(name: str) -> str:
    """A line's name or number in lower case without signs, so that "+44 20 7946 0018" is "442079460018"."""
    return "".join(char for char in name.casefold() if char.isalnum())


def longest_stretches(speaker: str, segments: Iterable[Segment], n: int = 3) -> tuple[tuple[float, float], ...]:
    """When a speaker is heard longest: up to `n` stretches of seconds, in order; none where no times are known."""
    timed = [
        (one.start_s, one.end_s)
        for one in segments
        if one.speaker == speaker and one.start_s is not None and one.end_s is not None
    ]
    return tuple(sorted(sorted(timed, key=lambda stretch: stretch[0] - stretch[1])[:n]))


def _speaker_now(speaker: str, edit: Edit, segments: Sequence[Segment]) -> str:
    """The label under which the edit's speaker goes now; as it was where no one voice has taken its place."""
    if not edit.heard or speaker in CHANNELS or speaker in MIXED:
        return speaker
    heard_s: dict[str, float] = {}
    for segment in segments:
        if segment.start_s is None or segment.end_s is None or segment.speaker in MIXED:
            continue  # a role of one person is none of a mix's
        for start_s, end_s in edit.heard:
            overlap_s = min(segment.end_s, end_s) - max(segment.start_s, start_s)
            heard_s[segment.speaker] = heard_s.get(segment.speaker, 0.0) + max(overlap_s, 0.0)
    longest_s = max(heard_s.values(), default=0.0)
    if longest_s == 0.0 or heard_s.get(speaker) == longest_s:
        return speaker
    return next(name for name, total_s in heard_s.items() if total_s == longest_s)
