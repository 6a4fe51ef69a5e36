"""What the earlier rooms found, in one value, and the customers' signals joined with where and when they were said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from insights.outputs.weeks import week_of
from insights.types import (
    Answer,
    Conversation,
    Failure,
    Idea,
    Outcome,
    Phrase,
    Quotability,
    Quote,
    Regrouping,
    Signal,
    Theme,
    Utterance,
)

MARKS = '.,;:?!…"“”()'  # around a word


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a report or a backlog is computed from."""

    conversations: tuple[Conversation, ...] = ()
    utterances: tuple[Utterance, ...] = ()
    signals: tuple[Signal, ...] = ()
    answers: tuple[Answer, ...] = ()
    themes: tuple[Theme, ...] = ()
    ideas: tuple[Idea, ...] = ()
    failures: tuple[Failure, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    quotabilities: tuple[Quotability, ...] = ()  # of praise, best to quote first
    phrases: tuple[Phrase, ...] = ()
    playable: frozenset[str] | None = None  # ids of conversations with sound; None: every call and voicemail
    dismissed: frozenset[str] = frozenset()  # ids of signals in themes that people said are none
    regroupings: tuple[Regrouping, ...] = ()  # oldest first


@dataclass(frozen=True, slots=True)
class Mention:
    """A customer's signal with its utterance and conversation."""

    signal: Signal
    utterance: Utterance
    conversation: Conversation
    week: str  # "" if undated
    quote: Quote

    @property
    def account(self) -> str:
        """What reach counts."""
        return account_of(self.conversation)

    @property
    def thread(self) -> str:
        """What "conversations" counts."""
        return thread_of(self.conversation)


def account_of(conversation: Conversation) -> str:
    """Say what reach counts: the account, however it is written; where none is known, the conversation itself."""
    account = " ".join((conversation.metadata.account or "").split()).casefold()
    return f"account {account}" if account else f"conversation {thread_of(conversation)}"


def thread_of(conversation: Conversation) -> str:
    """Say what "conversations" counts: a call, a meeting, or a whole thread of mail."""
    return conversation.thread_id or conversation.id


def find_mentions(findings: Findings, zone: tzinfo) -> dict[str, Mention]:
    """Join what customers said with its place, by signal id; other roles' signals are not counted anywhere."""
    return {mention.signal.id: mention for mention in _join(findings, zone)}


def _join(findings: Findings, zone: tzinfo) -> Iterator[Mention]:
    utterances = {utterance.id: utterance for utterance in findings.utterances}
    conversations = {conversation.id: conversation for conversation in findings.conversations}
    for signal in findings.signals:
        utterance = utterances[signal.utterance_id]
        if utterance.role == "customer":
            conversation = conversations[utterance.conversation_id]
            quote = make_quote(signal, utterance, conversation, zone)
            yield Mention(signal, utterance, conversation, quote.week, quote)


def make_quote(signal: Signal, utterance: Utterance, conversation: Conversation, zone: tzinfo) -> Quote:
    """Make a signal ready to be shown, its words untouched."""
    started_at = conversation.started_at
    return Quote(
        signal_id=signal.id,
        text=utterance.text[signal.start : signal.end],
        speaker=name_speaker(utterance.speaker, conversation),
        role=utterance.role,
        account=conversation.metadata.account or "",
        conversation_id=conversation.id,
        conversation_kind=conversation.kind,
        source=conversation.source,
        week=week_of(started_at, zone),
        date=started_at.astimezone(zone).date().isoformat() if started_at else "",
        start_s=signal.start_s if signal.start_s is not None else utterance.start_s,
        end_s=signal.end_s if signal.end_s is not None else utterance.end_s,
        context=utterance.text,
        score=signal.score,
        corrections=find_corrections(signal, utterance, conversation),
        wording=signal.wording,
    )


def find_corrections(signal: Signal, utterance: Utterance, conversation: Conversation) -> tuple[tuple[str, str], ...]:
    """The names in a signal that were put right by the vocabulary: as they stand there, and as they were heard."""
    if signal.start_s is None or signal.end_s is None:
        return ()
    words = (
        word
        for segment in conversation.segments
        if segment.recognised and segment.speaker == utterance.speaker
        for word in segment.words
        if word.heard and word.start_s < signal.end_s and word.end_s > signal.start_s
    )
    found = ((word.text.strip().strip(MARKS), word.heard.strip(MARKS)) for word in words)
    return tuple(dict.fromkeys((name, heard) for name, heard in found if name in signal.text))


def name_speaker(speaker: str, conversation: Conversation) -> str:
    """Name a speaker as the participants do; "" where only a channel is known."""
    if speaker in {"left", "right", "mono"}:
        return ""
    names = {participant.email.casefold(): participant.name for participant in conversation.participants}
    return names.get(speaker.casefold()) or speaker
