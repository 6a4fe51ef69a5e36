"""What followed an objection: accepted, repeated, deferred, dropped, or unknown.

    accepted   the customer takes what the rep says to it
    repeated   the customer says it again, or holds it against the reply
    deferred   it is put off: one of them will ask, send, think, or come back to it later
    dropped    nobody returns to it
    unknown    the conversation ends, or it cannot be told

Rules (rules/outcomes.jsonl) on the rep's reply, the customer's reaction and the rest of the conversation, and where
things stand, are the features of a small classifier (models/signals/outcome.json). A status is only said where words
show it, and from a chance on from which it was right seven times in ten on conversations held out
(models/signals/thresholds.json); else the outcome is unknown. How grave an objection is, is not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from insights.signals.following import (
    Sequel,
    choose,
    find_sequels,
    is_backchannel,
    likeness,
    load_linear,
    load_thresholds,
    sentences,
    shared_words,
    steps,
)
from insights.signals.options import Embed
from insights.signals.rules import matching
from insights.signals.units import trim
from insights.types import Outcome, OutcomeStatus, Signal, Utterance

STATUSES: tuple[OutcomeStatus, ...] = ("accepted", "repeated", "deferred", "dropped", "unknown")
LEFT_BORDERS = (1, 3, 5, 8, 12)  # utterances after the objection
LIKENESS_BORDERS = (0.25, 0.35, 0.45, 0.55)  # cosine
REACTION_BORDERS = (0.2, 0.3, 0.4)
MIN_SAME = 0.35  # likeness from which later words are shown as the objection said again
N_REACTIONS = 3  # the customer's next utterances after the rep's reply


@dataclass(frozen=True, slots=True)
class OutcomeOptions:
    """How sure an outcome must be."""

    min_chance: float | None = None  # else it is unknown; None: by status, as chosen when the classifier was trained


@dataclass(frozen=True, slots=True)
class Reception:
    """How an objection was received: the rep's words, the customer's next, all of the customer's after it."""

    replies: tuple[Utterance, ...]
    reactions: tuple[Utterance, ...]
    later: tuple[Utterance, ...]  # by the customer
    likenesses: tuple[float, ...]  # of the later ones and the objection; the reactions are among them


Place = tuple[Utterance, int, int]  # words in an utterance: start, end


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
    if accepts_plainly(reception):
        return _quote(sequel, "accepted", _accepting(sequel, reception, raised))
    name, chance = choose(load_linear("outcome"), outcome_features(sequel, reception, raised))
    status = next(status for status in STATUSES if status == name)
    least = default_chance(status) if options.min_chance is None else options.min_chance
    if chance < least or not is_shown(sequel, status, reception, raised):
        return Outcome(sequel.signal.id, "unknown")
    return _quote(sequel, status, SHOWING[status](sequel, reception, raised) if status in SHOWING else None)


def accepts_plainly(reception: Reception) -> bool:
    """Whether the customer's first reaction takes the reply in two ways at once: "okay, good, I can live with that"."""
    rules = [rule for one in reception.reactions[:1] for rule in matching("outcomes", one.text)]
    return sum(rule.label == "accepted" for rule in rules) > 1 and not any(rule.label == "repeated" for rule in rules)


def is_shown(sequel: Sequel, status: OutcomeStatus, reception: Reception, raised: Sequence[Signal]) -> bool:
    """Whether words show a status: the customer's; for one put off, or dropped, the rep's will do."""
    if status in SHOWING and SHOWING[status](sequel, reception, raised) is not None:
        return True
    by_rep = {rule.label for one in reception.replies for rule in matching("outcomes", one.text)}
    return status in {"deferred", "dropped"} and status in by_rep


def default_chance(status: str) -> float:
    """The chance from which a status was right often enough on conversations held out."""
    return load_thresholds().get(f"outcome/{status}", 1.0)


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
        f"type={sequel.signal.label}",
        *(f"objection:{name}" for name in _rules(sequel.signal.text)),
        *(f"reply:{name}" for name in _rules(reply)),
        *(f"reaction:{name}" for name in _rules(first)),
        *(f"next:{name}" for one in reception.reactions[1:2] for name in _rules(one.text)),
        *(f"end:{name}" for name in _rules(last)),
        *(f"opens={word.lower().strip(',.!?')}" for word in first.split()[:1]),
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
        **steps("reaction near", max(_of_reactions(reception), default=0.0), REACTION_BORDERS),
        **steps("reaction words", len(first.split()), (4, 8, 16)),
    }


def _of_reactions(reception: Reception) -> tuple[float, ...]:
    ids = {one.id for one in reception.reactions}
    pairs = zip(reception.later, reception.likenesses, strict=True)
    return tuple(value for one, value in pairs if one.id in ids)


def _id(utterances: Sequence[Utterance]) -> str:
    return utterances[0].id if utterances else ""


def _rules(text: str) -> tuple[str, ...]:
    return tuple(rule.id for rule in matching("outcomes", text))


def _quote(sequel: Sequel, status: OutcomeStatus, place: Place | None) -> Outcome:
    """The outcome with the customer's words that show it, if some do."""
    if place is None:
        return Outcome(sequel.signal.id, status)
    utterance, start, end = place
    return Outcome(sequel.signal.id, status, utterance.id, utterance.text[start:end], start, end)


def _accepting(sequel: Sequel, reception: Reception, raised: Sequence[Signal]) -> Place | None:
    """The first words of the customer's reaction that take the reply."""
    return _first_sentence(reception.reactions, "accepted")


def _repeating(sequel: Sequel, reception: Reception, raised: Sequence[Signal]) -> Place | None:
    """A later objection of the same type, else the later words that are most like this one."""
    later = {one.id: one for one in reception.later}
    again = [one for one in raised if one.utterance_id in later and one.label == sequel.signal.label]
    if again:
        return later[again[0].utterance_id], again[0].start, again[0].end
    best = max(zip(reception.likenesses, reception.later, strict=True), key=lambda pair: pair[0], default=None)
    if best is None or best[0] < MIN_SAME:
        return None
    return best[1], *trim(best[1].text, 0, len(best[1].text))


def _deferring(sequel: Sequel, reception: Reception, raised: Sequence[Signal]) -> Place | None:
    """The customer's reaction or last words that put it off; or the objection itself ("not before May")."""
    place = _first_sentence((*reception.reactions, *reception.later[-2:]), "deferred")
    if place is None and any(rule.label == "deferred" for rule in matching("outcomes", sequel.signal.text)):
        return sequel.said_in, sequel.signal.start, sequel.signal.end
    return place


def _first_sentence(utterances: Sequence[Utterance], status: OutcomeStatus) -> Place | None:
    for utterance in utterances:
        for start, end in sentences(utterance.text):
            said = utterance.text[start:end]
            if said.endswith("?") or is_backchannel(said):
                continue
            if any(rule.label == status for rule in matching("outcomes", said)):
                return utterance, *trim(utterance.text, start, end)
    return None


SHOWING: dict[OutcomeStatus, Callable[[Sequel, Reception, Sequence[Signal]], Place | None]] = {
    "accepted": _accepting,
    "repeated": _repeating,
    "deferred": _deferring,
}
