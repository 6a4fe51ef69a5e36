"""What people correct: roles, noted as edits that every later run lays over what it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from insights import utterances
from insights.config import Settings
from insights.errors import UsageError
from insights.pipeline.loading import open_existing
from insights.store import Store
from insights.types import Conversation, Edit, EditKind, Role, Utterance


@dataclass(frozen=True, slots=True)
class SpeakerRole:
    """One line of `insights roles list`: a speaker, the role, and what decided it."""

    conversation: Conversation
    speaker: str
    role: Role  # that most of the speaker's words have
    confidence: float  # 0-1, over the speaker's words
    reason: str  # "channel", "introduction", "talk", "corrected", …
    n_words: int


def correct_role(settings: Settings, conversation: str, speaker: str, role: str) -> Edit:
    """Note that a speaker of one conversation has this role, whatever a run says; `refresh` takes it in.

    Args:
        settings: say where the store is.
        conversation: a file name, the end of its path, or the beginning of an id.
        speaker: the label as `list_roles` gives it: "left", "speaker 1", a name, an address; case does not matter.
        role: "rep", "customer" or "unknown".

    Raises:
        UsageError: where the conversation is not there, or not one only; where nobody in it is called so.
    """
    with open_existing(settings, write=True) as store:
        chosen = find_conversation(store.conversations(), conversation)
        name = _find_speaker(chosen, speaker)
        heard = utterances.longest_stretches(name, chosen.segments)
        target = ("conversation", chosen.id, name)
        return store.add_edit(replace(_edit("role", target, _check_role(role)), heard=heard))


def correct_line(settings: Settings, line: str, channel: str, role: str) -> Edit:
    """Note which side a channel carries in every stereo call of a phone line, those to come among them."""
    if channel not in utterances.CHANNELS:
        raise UsageError(f"A line has the channels left and right, not '{channel}'.")
    if role not in ("rep", "customer"):
        raise UsageError(f"A channel of a line carries the rep or the customer, not '{role}'.")
    if not utterances.squash_line(line):
        raise UsageError(f"'{line}' is no line: it needs a letter or a digit.")
    with open_existing(settings, write=True) as store:
        return store.add_edit(_edit("role", ("line", line, channel), role))


def undo_edit(settings: Settings, edit_id: str = "") -> Edit:
    """Withdraw a correction, the last one that still holds if none is named; the withdrawal is an edit as well.

    Gives the edit that was withdrawn. Raises UsageError where there is none, or it is withdrawn already.
    """
    with open_existing(settings, write=True) as store:
        held = utterances.role_edits(store.edits())
        wanted = edit_id.strip().upper()
        undone = next((edit for edit in reversed(held) if not wanted or edit.id == wanted), None)
        if undone is None:
            there = ", ".join(edit.id for edit in held) or "none"
            raise UsageError(f"No correction {f'{wanted} ' if wanted else ''}to withdraw (held: {there}).")
        store.add_edit(_edit("undo", ("edit", undone.id)))
        return undone


def list_role_edits(settings: Settings) -> tuple[Edit, ...]:
    """The corrections that hold, in the order in which they were made."""
    with open_existing(settings) as store:
        return utterances.role_edits(store.edits())


def list_roles(settings: Settings, conversation: str = "") -> tuple[SpeakerRole, ...]:
    """The speakers of all calls, or of one conversation, with their roles: the least sure conversation first."""
    with open_existing(settings) as store:
        conversations = store.conversations()
        chosen = (
            [find_conversation(conversations, conversation)]
            if conversation
            else [one for one in conversations if one.kind != "email"]
        )
        return _sum_up(store, chosen)


def _sum_up(store: Store, conversations: Iterable[Conversation]) -> tuple[SpeakerRole, ...]:
    said: dict[tuple[str, str], list[Utterance]] = {}
    for utterance in store.utterances():
        said.setdefault((utterance.conversation_id, utterance.speaker), []).append(utterance)
    by_id = {one.id: one for one in conversations}
    found: dict[str, list[SpeakerRole]] = {conversation_id: [] for conversation_id in by_id}
    for (conversation_id, speaker), spoken in said.items():
        if conversation_id in found:
            found[conversation_id].append(_speaker_role(by_id[conversation_id], speaker, spoken))
    lines = sorted(found.values(), key=lambda speakers: min((one.confidence for one in speakers), default=1.0))
    return tuple(one for speakers in lines for one in speakers)


def _speaker_role(conversation: Conversation, speaker: str, spoken: Sequence[Utterance]) -> SpeakerRole:
    """The commonest role by words; where one label holds several people, the confidence says how far it holds."""
    words: Counter[tuple[Role, str]] = Counter()
    sure = 0.0
    for utterance in spoken:
        n_words = len(utterance.text.split())
        words[utterance.role, utterance.role_reason] += n_words
        sure += n_words * utterance.role_confidence
    (role, reason), _ = words.most_common(1)[0]
    n_words = words.total()
    return SpeakerRole(conversation, speaker, role, sure / n_words if n_words else 0.0, reason, n_words)


def find_conversation(conversations: Sequence[Conversation], name: str) -> Conversation:
    """The one conversation of that file name, path or beginning of an id; UsageError where it is none or several."""
    found = [one for one in conversations if _is_called(one, name)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"No conversation '{name}'. Give a file name or the beginning of an id: `insights roles list`."
        )
    shown = ", ".join(f"{one.id[:8]} ({Path(one.source).name})" for one in found[:5])
    raise UsageError(f"'{name}' may be {len(found)} conversations: {shown}. Give more of the id.")


def _is_called(conversation: Conversation, name: str) -> bool:
    path = Path(conversation.source)
    is_end = path.parts[-len(Path(name).parts) :] == Path(name).parts if name else False
    return bool(name) and (conversation.id.startswith(name.lower()) or is_end or path.stem == name)


def _find_speaker(conversation: Conversation, name: str) -> str:
    speakers = tuple(dict.fromkeys(segment.speaker for segment in conversation.segments))
    same = [speaker for speaker in speakers if speaker.casefold() == name.strip().casefold()]
    if len(same) != 1:
        there = ", ".join(f"'{speaker}'" for speaker in speakers)
        raise UsageError(f"Nobody in {Path(conversation.source).name} is called '{name}' (there: {there}).")
    return same[0]


def _check_role(role: str) -> Role:
    for known in utterances.ROLES:
        if role == known:
            return known
    raise UsageError(f"No role '{role}'; a role is {', '.join(utterances.ROLES[:-1])} or {utterances.ROLES[-1]}.")


def _edit(kind: EditKind, target: tuple[str, ...], value: str = "") -> Edit:
    return Edit("", datetime.now(UTC), kind, target, value)
