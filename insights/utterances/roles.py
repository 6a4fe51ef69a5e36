"""Which side each speaker is on: as corrected, by channel, name and address, introduction, else by what is said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from insights.config import Settings
from insights.types import Conversation, Role, Utterance
from insights.utterances.corrections import CHANNELS, MIXED, Corrections
from insights.utterances.cues import score_cues
from insights.utterances.ours import Known, addressed_side, domain_of, find_person, introduced_side, is_named, known_of
from insights.utterances.talk import judge_one, judge_pair, to_probability

MIN_CONFIDENCE = 0.8  # less is unknown
MIXED_CONFIDENCE = 0.97  # the same for an utterance of a mixed channel, which may hold the words of both sides
CONVENTION = 0.97  # how often the channels of a stereo call are as the settings say
MIN_SHARE = 0.1  # of a call's words; who says less is no party to a decision between two
NO_CORRECTIONS = Corrections()


@dataclass(frozen=True, slots=True)
class Side:
    """A role, how sure it is, and what decided it."""

    role: Role = "unknown"
    confidence: float = 0.0
    reason: str = ""


UNKNOWN = Side()
OTHER: dict[Role, Role] = {"rep": "customer", "customer": "rep", "unknown": "unknown"}


def assign_roles(
    conversation: Conversation,
    utterances: Sequence[Utterance],
    settings: Settings,
    corrections: Corrections = NO_CORRECTIONS,
) -> tuple[Utterance, ...]:
    """Give every utterance its speaker's role; where one label holds several people, each utterance its own.

    What people corrected always stands. Then facts decide: the channel, participants, addresses, names, and who
    introduces himself as one of us; then who is left beside them; then the talk. Less than MIN_CONFIDENCE is unknown.
    """
    said: dict[str, list[str]] = {}
    for utterance in utterances:
        said.setdefault(utterance.speaker, []).append(utterance.text)
    known = known_of(conversation, settings)
    sides = {speaker: _by_facts(speaker, conversation, known, settings, corrections) for speaker in said}
    sides = _beside_corrected(sides | _corrected(sides, corrections))
    if conversation.kind != "email":
        sides = _by_introduction(sides, said, known)
        sides = _by_address(sides, said, known)
    sides = _by_exclusion(conversation, sides, known)
    sides = _weigh_channels(_by_talk(sides, said), said)
    return tuple(_with_side(utterance, sides[utterance.speaker]) for utterance in utterances)


def _with_side(utterance: Utterance, side: Side) -> Utterance:
    if side == UNKNOWN and utterance.speaker in MIXED:
        side = _decide(score_cues([utterance.text]), MIXED_CONFIDENCE)  # too few words for the classifier
    return replace(utterance, role=side.role, role_confidence=round(side.confidence, 3), role_reason=side.reason)


def _corrected(sides: dict[str, Side], corrections: Corrections) -> dict[str, Side]:
    return {speaker: Side(role, 1.0, "corrected") for speaker, role in corrections.speakers if speaker in sides}


def _beside_corrected(sides: dict[str, Side]) -> dict[str, Side]:
    """Of two channels, correcting one says that the convention does not hold: the other is the other side."""
    corrected = [speaker for speaker, side in sides.items() if side.reason == "corrected"]
    if len(sides) != 2 or len(corrected) != 1:
        return sides
    other = next(speaker for speaker in sides if speaker not in corrected)
    role = OTHER[sides[corrected[0]].role]
    if role == "unknown" or sides[other].reason not in {"channel", "line"}:
        return sides
    return sides | {other: Side(role, CONVENTION, "beside corrected")}


def _by_facts(
    speaker: str, conversation: Conversation, known: Known, settings: Settings, corrections: Corrections
) -> Side:
    if conversation.kind == "voicemail":
        return Side("customer", 0.9, "voicemail")  # who leaves a message for sales is a caller
    if speaker in CHANNELS:
        rep_channel = corrections.rep_channel or settings.rep_channel
        reason = "line" if corrections.rep_channel else "channel"
        return Side("rep" if speaker == rep_channel else "customer", CONVENTION, reason)
    person = find_person(speaker, conversation)
    if person.role != "unknown":
        return Side(person.role, 0.97, "participant")
    domain = domain_of(person.email)
    if domain and domain in known.domains:
        return Side("rep", 0.97, "address")
    if is_named(person, known.names):
        return Side("rep", 0.93, "name")
    return Side("customer", 0.9, "address") if domain and known.domains else UNKNOWN


def _by_introduction(sides: dict[str, Side], said: dict[str, list[str]], known: Known) -> dict[str, Side]:
    """Who gives the name of one of ours, or of our house, is a rep; by name or house of the customer, a customer.

    Where two channels are the other way round by this, and nothing said is against it, it overrules the convention.
    """
    found = {speaker: introduced_side(texts, known) for speaker, texts in said.items() if speaker not in MIXED}
    told = {
        speaker: Side(role, 0.95, "introduction")
        for speaker, role in found.items()
        if role != "unknown" and sides[speaker] == UNKNOWN
    }
    if len(sides) == 2 and len(told) == 2 and len({side.role for side in told.values()}) == 1:
        return sides  # both say that they are from one house: no call with a customer, or one name for two people
    return sides | told | _turned_round(sides, said, found)


def _by_address(sides: dict[str, Side], said: dict[str, list[str]], known: Known) -> dict[str, Side]:
    """Of two open speakers, the one who alone calls our people by name is the customer, who calls theirs the rep."""
    parties = [speaker for speaker in _main_speakers(said) if sides[speaker] == UNKNOWN and speaker not in MIXED]
    called = {speaker: OTHER[addressed_side(said[speaker], known)] for speaker in parties}
    told = {speaker: role for speaker, role in called.items() if role != "unknown"}
    if len(parties) != 2 or not told or len(set(told.values())) < len(told):
        return sides
    return sides | {speaker: Side(role, 0.9, "calls by name") for speaker, role in told.items()}


def _turned_round(sides: dict[str, Side], said: dict[str, list[str]], found: dict[str, Role]) -> dict[str, Side]:
    if set(sides) != set(CHANNELS) or {side.reason for side in sides.values()} != {"channel"}:
        return {}
    rep, customer = sorted(sides, key=lambda speaker: sides[speaker].role != "rep")
    if found[customer] != "rep" or found[rep] == "rep" or judge_pair(said[customer], said[rep]) < 0:
        return {}
    return {customer: Side("rep", 0.85, "introduction"), rep: Side("customer", 0.85, "introduction")}


def _by_exclusion(conversation: Conversation, sides: dict[str, Side], known: Known) -> dict[str, Side]:
    """Beside known reps the others are customers; beside a known customer the one other speaker is the rep."""
    roles = {side.role for side in sides.values()}
    open_speakers = [speaker for speaker, side in sides.items() if side == UNKNOWN and speaker not in MIXED]
    if conversation.kind == "email" or not open_speakers:
        return sides
    if roles == {"customer", "unknown"} and len(open_speakers) == 1 and len(sides) == 2:
        return sides | {open_speakers[0]: Side("rep", 0.85, "other side")}
    if "rep" in roles and (len(sides) == 2 or known.names or known.domains):
        confidence = 0.9 if len(sides) == 2 else 0.82
        return sides | {speaker: Side("customer", confidence, "other side") for speaker in open_speakers}
    return sides


def _by_talk(sides: dict[str, Side], said: dict[str, list[str]]) -> dict[str, Side]:
    """Speakers whom nothing else tells, by their words; of two, one is the rep and the other is not."""
    open_speakers = [speaker for speaker, side in sides.items() if side == UNKNOWN and speaker not in MIXED]
    scores = {speaker: judge_one(said[speaker]) for speaker in open_speakers}
    parties = _main_speakers(said)
    if len(parties) == 2 and set(parties) <= set(open_speakers):
        first, second = parties
        margin = judge_pair(said[first], said[second])
        scores |= {first: margin, second: -margin}
    return sides | {speaker: _decide(score, MIN_CONFIDENCE) for speaker, score in scores.items()}


def _main_speakers(said: dict[str, list[str]]) -> list[str]:
    """Who says at least a tenth of the words."""
    n_words = Counter({speaker: sum(len(text.split()) for text in texts) for speaker, texts in said.items()})
    return [speaker for speaker, n in n_words.items() if n >= MIN_SHARE * n_words.total()]


def _decide(score: float, min_confidence: float) -> Side:
    chance = to_probability(score)
    if max(chance, 1 - chance) < min_confidence:
        return UNKNOWN
    return Side("rep", chance, "talk") if chance > 0.5 else Side("customer", 1 - chance, "talk")


def _weigh_channels(sides: dict[str, Side], said: dict[str, list[str]]) -> dict[str, Side]:
    """Of two channels told by the convention, how sure that is in view of the talk (Bayes); the talk alone turns none.

    Where the talk is clearly against it, the confidence falls to a half: such calls head the list of `insights roles`.
    """
    if set(sides) != set(CHANNELS) or {side.reason for side in sides.values()} != {"channel"}:
        return sides
    rep, customer = sorted(sides, key=lambda speaker: sides[speaker].role != "rep")
    prior = math.log(CONVENTION / (1 - CONVENTION))
    chance = to_probability(prior + min(0.0, judge_pair(said[rep], said[customer])))
    reason = "channel" if chance > MIN_CONFIDENCE else "channel, against the talk"
    return {speaker: replace(side, confidence=max(chance, 0.5), reason=reason) for speaker, side in sides.items()}
