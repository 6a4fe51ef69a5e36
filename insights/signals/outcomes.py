"""What followed an objection: accepted, repeated, deferred, dropped, or unknown.

    accepted   the customer takes what the rep says to it
    repeated   the customer says it again, or holds it against the reply
    deferred   it is put off: one of them will ask, send, think, or come back to it later
    dropped    nobody returns to it
    unknown    the conversation ends, or it cannot be told

Rules (rules/outcomes.jsonl) on the rep's reply, the customer's reaction and the rest of the conversation, and where
things stand, are the features of a small classifier (models/signals/outcome.json). Below a chance of `min_chance` the
outcome is unknown: it is better not to say than to say wrongly. How grave an objection is, is not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from insights.signals.rules import matching
from insights.signals.units import trim
from insights.types import Outcome, OutcomeStatus, Signal, Utterance

STATUSES: tuple[OutcomeStatus, ...] = ("accepted", "repeated", "deferred", "dropped", "unknown")
SHOWN: dict[OutcomeStatus, str] = {"accepted": "accepted", "repeated": "repeated", "deferred": "deferred"}
LEFT_BORDERS = (1, 3, 5, 8, 12)  # utterances after the objection
LIKENESS_BORDERS = (0.25, 0.35, 0.45, 0.55)  # cosine
N_REACTIONS = 3  # the customer's next utterances after the rep's reply


@dataclass(frozen=True, slots=True)
class OutcomeOptions:
    """How sure an outcome must be."""

    min_chance: float = 0.45  # else it is unknown


@dataclass(frozen=True, slots=True)
class Reception:
    """How an objection was received: the rep's words, the customer's next, all of the customer's after it."""

    replies: tuple[Utterance, ...]
    reactions: tuple[Utterance, ...]
    later: tuple[Utterance, ...]  # by the customer
    likenesses: tuple[float, ...]  # of the later ones and the objection


def follow_objections(
    objections: Sequence[Signal],
    utterances: Sequence[Utterance],
    options: OutcomeOptions | None = None,
    *,
    embed: Embed | None = None,
) -> tuple[Outcome, ...]:
    """One outcome for each objection, in order.

    Args:
        objections: signals of the kind objection.
        utterances: of the whole call, or of all mails of the thread, in time order.
        options: how sure an outcome must be.
        embed: gives texts unit vectors; without it shared words stand for likeness.
    """
    options = options or OutcomeOptions()
    raised = [signal for signal in objections if signal.kind == "objection"]
    return tuple(_follow(sequel, raised, options, embed) for sequel in find_sequels(raised, utterances))


def _follow(sequel: Sequel, raised: Sequence[Signal], options: OutcomeOptions, embed: Embed | None) -> Outcome:
    reception = receive(sequel, embed)
    name, chance = choose(load_linear("outcome"), outcome_features(sequel, reception, raised))
    status = next(status for status in STATUSES if status == name)
    if chance < options.min_chance or status == "unknown":
        return Outcome(sequel.signal.id, "unknown")
    return _show(sequel.signal, status, reception)


def receive(sequel: Sequel, embed: Embed | None) -> Reception:
    """Put apart who said what after an objection."""
    replies: list[Utterance] = []
    reactions: list[Utterance] = []
    for utterance in sequel.later:
        if utterance.role != "customer":
            if reactions and len(replies) >= 2:
                break
            replies.append(utterance)
        elif replies and len(reactions) < N_REACTIONS:
            reactions.append(utterance)
    later = tuple(one for one in sequel.later if one.role == "customer")
    near = likeness([one.text for one in later], sequel.signal.text, embed) if later else []
    substantive = tuple(one for one in replies if not is_backchannel(one.text))
    return Reception(substantive or tuple(replies), tuple(reactions), later, tuple(near))


def outcome_features(sequel: Sequel, reception: Reception, raised: Sequence[Signal]) -> dict[str, float]:
    """What tells how an objection ended: rules on who said what, echoes, likeness, how much was left to say."""
    reply = reception.replies[0].text if reception.replies else ""
    first = reception.reactions[0].text if reception.reactions else ""
    last = " ".join(one.text for one in sequel.later[-4:])
    later_ids = {one.id for one in sequel.later}
    again = [one for one in raised if one.utterance_id in later_ids]
    named = [
        *(f"objection:{name}" for name in _rules(sequel.signal.text) if name in {"f-later", "f-get-back"}),
        *(f"reply:{name}" for name in _rules(reply)),
        *(f"reaction:{name}" for name in _rules(first)),
        *(f"next:{name}" for one in reception.reactions[1:2] for name in _rules(one.text)),
        *(f"end:{name}" for name in _rules(last) if name in {"f-later", "f-get-back", "f-bye", "f-accept-take"}),
        *(["written"] if sequel.is_written else []),
        *(["reply asks"] if reply.rstrip().endswith("?") else []),
        *(["reaction asks"] if first.rstrip().endswith("?") else []),
        *(["no reply"] if not reply else []),
        *(["no reaction"] if not first else []),
        *(["echo"] if first and shared_words(first, reply) >= 0.25 else []),
        *(["objects again"] if again else []),
        *(["objects alike"] if any(one.label == sequel.signal.label for one in again) else []),
        *(["objects at once"] if any(one.utterance_id == _id(reception.reactions[:1]) for one in again) else []),
    ]
    return {
        **dict.fromkeys(named, 1.0),
        **steps("left", len(sequel.later), LEFT_BORDERS),
        **steps("near", max(reception.likenesses, default=0.0), LIKENESS_BORDERS),
        **steps("reaction words", len(first.split()), (4, 8, 16)),
    }


def _id(utterances: Sequence[Utterance]) -> str:
    return utterances[0].id if utterances else ""


def _rules(text: str) -> tuple[str, ...]:
    return tuple(rule.id for rule in matching("outcomes", text))


def _show(objection: Signal, status: OutcomeStatus, reception: Reception) -> Outcome:
    """The outcome with the customer's sentence that shows it, if one does."""
    if status == "dropped":
        return Outcome(objection.id, status)
    places = reception.reactions if status == "accepted" else (*reception.reactions, *reception.later)
    for utterance in places:
        for start, end in sentences(utterance.text):
            if any(rule.label == status for rule in matching("outcomes", utterance.text[start:end])):
                start, end = trim(utterance.text, start, end)
                return Outcome(objection.id, status, utterance.id, utterance.text[start:end], start, end)
    return Outcome(objection.id, status)
