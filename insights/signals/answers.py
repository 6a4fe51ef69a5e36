"""What the rep said to a question, if anything: its status and the sentences that answer, word for word.

The rep's next substantive words are looked at, in mail the sentences of later mails that are most like the question.
Rules (rules/answers.jsonl), likeness and place are the features of a small classifier (models/signals/answer.json)
that tells answered, partly, deferred and unanswered apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from insights.signals.following import (
    Sequel,
    choose,
    find_sequels,
    is_backchannel,
    likeness,
    load_linear,
    sentences,
    shared_words,
    steps,
)
from insights.signals.options import Embed
from insights.signals.rules import Rule, matching
from insights.signals.units import trim
from insights.types import Answer, AnswerStatus, Signal, Utterance

STATUSES: tuple[AnswerStatus, ...] = ("answered", "partly", "deferred", "unanswered")
LIKENESS_BORDERS = (0.1, 0.2, 0.3, 0.4, 0.5)  # cosine
LENGTH_BORDERS = (3, 6, 12, 20)  # words


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How far and how strictly an answer is looked for."""

    max_ahead: int = 8  # utterances of the call after the question; a mail thread is read to its end
    max_customer: int = 2  # the customer may go on so many utterances before the rep speaks
    min_written_similarity: float = 0.25  # cosine of a question and the sentence of a reply that may answer it


@dataclass(frozen=True, slots=True)
class Reply:
    """What may answer a question: a run of sentences of one utterance by the rep."""

    utterance: Utterance
    start: int
    end: int
    likeness: float  # of these sentences and the question
    place: int  # of its utterance among the rep's, from 0

    @property
    def text(self) -> str:
        """The sentences, word for word."""
        return self.utterance.text[self.start : self.end]


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
    asked = [signal for signal in questions if signal.kind == "question"]
    return tuple(_answer(sequel, options, embed) for sequel in find_sequels(asked, utterances))


def _answer(sequel: Sequel, options: AnswerOptions, embed: Embed | None) -> Answer:
    reply = find_reply(sequel, options, embed)
    if reply is None:
        return Answer(sequel.signal.id, "unanswered")
    status, _ = choose(load_linear("answer"), reply_features(sequel, reply))
    if status == "unanswered":
        return Answer(sequel.signal.id, "unanswered")
    return Answer(sequel.signal.id, _as_status(status), reply.utterance.id, reply.text, reply.start, reply.end)


def _as_status(name: str) -> AnswerStatus:
    return next(status for status in STATUSES if status == name)


def find_reply(sequel: Sequel, options: AnswerOptions, embed: Embed | None) -> Reply | None:
    """The sentences of the rep that may answer; None where the rep says nothing more of substance."""
    asked_in = sequel.said_in.conversation_id
    written = [one for one in sequel.later if one.conversation_id != asked_in and one.role == "rep"]
    replies = written if written else list(_replies(sequel.later, options))
    if not replies:
        return None
    cut = _each_sentence if written else _cut
    candidates = [candidate for place, one in enumerate(replies) for candidate in cut(place, one)]
    texts = [one.text[start:end] for _, one, start, end in candidates]
    scores = likeness(texts, sequel.signal.text, embed)
    if written:
        best = max(range(len(scores)), key=lambda place: scores[place])
        if scores[best] < options.min_written_similarity:
            return None
    else:
        best = next((place for place, text in enumerate(texts) if not _only_asks(text)), 0)
    place, utterance, start, end = candidates[best]
    return Reply(utterance, start, end, scores[best], place)


def _replies(later: Sequence[Utterance], options: AnswerOptions) -> Iterator[Utterance]:
    """The rep's next substantive words, up to where the customer speaks of something else."""
    n_customer = n_rep = 0
    for utterance in later[: options.max_ahead]:
        if utterance.role == "customer":
            n_customer += not is_backchannel(utterance.text)
            if n_customer > options.max_customer or n_rep:
                return
        elif not is_backchannel(utterance.text) or _says_yes(utterance.text):
            n_rep += 1
            yield utterance


def _says_yes(text: str) -> bool:
    return any(rule.label == "answered" for rule in matching("answers", text))


def _each_sentence(place: int, utterance: Utterance) -> Iterator[tuple[int, Utterance, int, int]]:
    """Each sentence by itself: a mail answers several questions, one after the other."""
    for start, end in sentences(utterance.text):
        yield place, utterance, *trim(utterance.text, start, end)


def _cut(place: int, utterance: Utterance) -> Iterator[tuple[int, Utterance, int, int]]:
    """The utterance without courtesies before and questions of the rep's own after what it says."""
    spans = list(sentences(utterance.text))
    while len(spans) > 1 and _is_courtesy(utterance.text[slice(*spans[0])]):
        spans.pop(0)
    while len(spans) > 1 and _only_asks(utterance.text[slice(*spans[-1])]):
        spans.pop()
    start, end = (spans[0][0], spans[-1][1]) if spans else (0, len(utterance.text))
    yield place, utterance, *trim(utterance.text, start, end)


def _is_courtesy(sentence: str) -> bool:
    rules = matching("answers", sentence)
    is_yes = any(rule.label == "answered" for rule in rules)
    return not is_yes and any(rule.use in {"guard", "veto"} for rule in rules)


def _only_asks(text: str) -> bool:
    return text.rstrip().endswith("?") and not any(rule.label == "answered" for rule in _finds(text))


def _finds(text: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in matching("answers", text) if rule.use == "find")


def reply_features(sequel: Sequel, reply: Reply) -> dict[str, float]:
    """What tells how a reply answers: rules, likeness, length, what the customer then says."""
    question = sequel.signal.text
    rules = {rule.id for rule in _finds(reply.text)}
    whole = {rule.id for rule in _finds(reply.utterance.text)}
    after = _after(sequel.later, reply.utterance)
    parts = [{rule.label for rule in _finds(reply.text[slice(*span)])} for span in sentences(reply.text)]
    named = [f"rule={rule_id}" for rule_id in rules]
    named += ["first puts off"] if parts and "deferred" in parts[0] else []
    named += ["first hedges"] if parts and "partly" in parts[0] else []
    named += ["first says"] if parts and parts[0] <= {"answered"} else []
    named += ["last puts off"] if len(parts) > 1 and "deferred" in parts[-1] else []
    named += ["says nothing else"] if parts and all("deferred" in part for part in parts) else []
    named += ["both"] if any("answered" in part for part in parts) and any("deferred" in part for part in parts) else []
    named += [f"whole={rule_id}" for rule_id in whole - rules]
    named += ["written"] if sequel.is_written else []
    named += ["asks"] if _only_asks(reply.text) else []
    named += ["late"] if reply.place else []
    named += ["asked again"] if after and shared_words(question, after.text) >= 0.5 else []
    named += ["echoed"] if after and shared_words(after.text, reply.text) >= 0.3 else []
    return {
        **dict.fromkeys(named, 1.0),
        **steps("near", reply.likeness, LIKENESS_BORDERS),
        **steps("words", len(reply.text.split()), LENGTH_BORDERS),
    }


def _after(later: Sequence[Utterance], reply: Utterance) -> Utterance | None:
    """What the customer says next after a reply in the same conversation."""
    place = next(place for place, one in enumerate(later) if one.id == reply.id)
    following = (one for one in later[place + 1 : place + 4] if one.conversation_id == reply.conversation_id)
    return next((one for one in following if one.role == "customer"), None)
