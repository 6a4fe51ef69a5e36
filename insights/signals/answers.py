"""What the rep said to a question, if anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from insights.signals.options import Embed
from insights.signals.rules import matching
from insights.signals.units import trim
from insights.types import Answer, AnswerStatus, Signal, Utterance

CONTENT = re.compile(r"[a-z][a-z'-]{3,}", re.IGNORECASE)
COMMON = frozenset(
    [
        "that",
        "this",
        "what",
        "with",
        "have",
        "your",
        "they",
        "them",
        "there",
        "from",
        "would",
        "could",
        "about",
        "does",
        "just",
        "like",
        "know",
        "well",
        "when",
        "which",
        "will",
        "were",
        "where",
        "been",
        "then",
        "than",
        "want",
        "need",
        "some",
        "more",
        "also",
        "because",
        "really",
        "think",
        "into",
        "over",
        "only",
        "very",
        "much",
    ]
)


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How far and how strictly an answer is looked for."""

    max_ahead: int = 8  # utterances of the call after the question; a mail thread is read to its end
    max_customer: int = 2  # the customer may go on so many utterances before the rep speaks
    min_similarity: float = 0.25  # cosine of answer and question, where no cue decides
    min_written_similarity: float = 0.3  # of the one sentence group of a reply that answers this question


def pair_answers(
    questions: Sequence[Signal],
    utterances: Sequence[Utterance],
    options: AnswerOptions | None = None,
    *,
    embed: Embed | None = None,
) -> tuple[Answer, ...]:
    """One answer for each question, in order.

    Args:
        questions: signals of the kind question.
        utterances: of the whole call, or of all mails of the thread, in time order.
        options: limits.
        embed: gives texts unit vectors; without it shared words stand for likeness.
    """
    options = options or AnswerOptions()
    place_by_id = {utterance.id: place for place, utterance in enumerate(utterances)}
    asked = [signal for signal in questions if signal.kind == "question" and signal.utterance_id in place_by_id]
    return tuple(_answer(signal, utterances, place_by_id[signal.utterance_id], options, embed) for signal in asked)


def _answer(
    question: Signal, utterances: Sequence[Utterance], place: int, options: AnswerOptions, embed: Embed | None
) -> Answer:
    later = utterances[place + 1 :]
    written = [one for one in later if one.conversation_id != utterances[place].conversation_id and one.role == "rep"]
    if written:
        return _from_reply(question, written, options, embed)
    for reply in _replies(later, options):
        status = _status(question, reply, options, embed)
        if status != "unanswered":
            return _verbatim(question, reply, status)
    return Answer(question.id, "unanswered")


def _replies(later: Sequence[Utterance], options: AnswerOptions) -> Iterator[Utterance]:
    """The rep's next substantive words, up to where the customer speaks of something else."""
    n_customer = n_rep = 0
    for utterance in later[: options.max_ahead]:
        if is_backchannel(utterance.text):
            continue
        if utterance.role == "customer":
            n_customer += 1
            if n_customer > options.max_customer or n_rep > 1:
                return
        else:
            n_rep += 1
            yield utterance


def is_backchannel(text: str) -> bool:
    """Whether the words only keep the talk going."""
    return any(rule.use == "veto" for rule in matching("answers", text)) and not re.search(r"\d", text)


def _status(question: Signal, reply: Utterance, options: AnswerOptions, embed: Embed | None) -> AnswerStatus:
    labels = {rule.label for rule in matching("answers", reply.text) if rule.use == "find"}
    near = likeness([reply.text], question.text, embed)[0] >= options.min_similarity
    if "deferred" in labels:
        return "deferred"
    if reply.text.rstrip().endswith("?") and "answered" not in labels:
        return "unanswered"  # asks back; the answer may follow
    if "unanswered" in labels and not near:
        return "unanswered"
    return "answered" if near or "answered" in labels else "unanswered"


def _from_reply(question: Signal, replies: Sequence[Utterance], options: AnswerOptions, embed: Embed | None) -> Answer:
    """Of written replies, the sentences most like the question."""
    scores = likeness([reply.text for reply in replies], question.text, embed)
    best = max(range(len(replies)), key=lambda place: scores[place])
    if scores[best] < options.min_written_similarity:
        return Answer(question.id, "unanswered")
    labels = {rule.label for rule in matching("answers", replies[best].text) if rule.use == "find"}
    return _verbatim(question, replies[best], "deferred" if "deferred" in labels else "answered")


def _verbatim(question: Signal, reply: Utterance, status: AnswerStatus) -> Answer:
    start, end = trim(reply.text, 0, len(reply.text))
    return Answer(question.id, status, reply.id, reply.text[start:end], start, end)


def likeness(texts: Sequence[str], question: str, embed: Embed | None) -> list[float]:
    """How like the question each text is, from 0 to 1: by vectors, or by the share of the question's words in it."""
    if embed is not None:
        vectors = embed([question, *texts])
        return [float(value) for value in vectors[1:] @ vectors[0]]
    wanted = _content(question)
    return [len(wanted & _content(text)) / max(1, len(wanted)) for text in texts]


def _content(text: str) -> set[str]:
    return {word.casefold()[:5] for word in CONTENT.findall(text)} - {word[:5] for word in COMMON}
