"""Which side each speaker is on: by channel, by name and address, else by what is said; unknown where nothing tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr

from insights.config import Settings
from insights.types import Conversation, Participant, Role, Utterance
from insights.utterances.cues import score_talk, to_probability

MIN_CONFIDENCE = 0.8  # less is unknown
MIXED_CONFIDENCE = 0.97  # the same for an utterance of a mixed channel, which may hold the words of both sides
CHANNELS = frozenset({"left", "right"})
MIXED = frozenset({"mono", ""})  # labels that may hold several people
FREE_MAIL = frozenset(  # domains that say nothing of an employer
    ("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com")
    + ("me.com", "aol.com", "proton.me", "protonmail.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "mail.com")
)
INTRODUCTION = re.compile(
    r"\b(?:this is|my name is|i'm|i am|it's|you've got)\s+([a-z][\w'-]+)"
    r"(?:\s+(?:\w+\s+)?(?:from|with|at|over at)\s+([a-z][\w&'-]+))?"
    r"|\b([a-z][\w&'-]+),?\s+(?:this is\s+)?([a-z][\w'-]+)\s+speaking\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Side:
    """A role and how sure it is."""

    role: Role = "unknown"
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Ours:
    """What tells our own people: lower-case mail domains and names."""

    domains: frozenset[str]
    names: tuple[frozenset[str], ...]  # the words of each name


UNKNOWN = Side()


def assign_roles(
    conversation: Conversation, utterances: Sequence[Utterance], settings: Settings
) -> tuple[Utterance, ...]:
    """Give every utterance its speaker's role; where one label holds several people, each utterance its own."""
    speakers = tuple(dict.fromkeys(utterance.speaker for utterance in utterances))
    ours = _ours(conversation, settings)
    sides = {speaker: _by_facts(speaker, conversation, ours, settings) for speaker in speakers}
    sides = _by_exclusion(conversation, sides, ours)
    sides = _by_talk(sides, utterances, ours)
    return tuple(_with_side(utterance, sides[utterance.speaker], ours) for utterance in utterances)


def _with_side(utterance: Utterance, side: Side, ours: Ours) -> Utterance:
    if side.role == "unknown" and utterance.speaker in MIXED:
        side = _decide(_score([utterance.text], ours), MIXED_CONFIDENCE)
    return replace(utterance, role=side.role, role_confidence=round(side.confidence, 3))


def _ours(conversation: Conversation, settings: Settings) -> Ours:
    """The settings, and the rep whom the metadata names, with that rep's domain."""
    names = [_name_words(name) for name in settings.our_names]
    domains = {domain.casefold().lstrip("@") for domain in settings.our_domains}
    if conversation.metadata.rep:
        rep = _name_words(conversation.metadata.rep)
        names.append(rep)
        domains |= {_domain(person.email) for person in _people(conversation) if _is_named(person, (rep,))}
    return Ours(frozenset(domains) - FREE_MAIL - {""}, tuple(name for name in names if name))


def _people(conversation: Conversation) -> tuple[Participant, ...]:
    """Participants, and speakers that are mail addresses."""
    addresses = dict.fromkeys(segment.speaker for segment in conversation.segments if "@" in segment.speaker)
    return (*conversation.participants, *(Participant(*parseaddr(address)) for address in addresses))


def _by_facts(speaker: str, conversation: Conversation, ours: Ours, settings: Settings) -> Side:
    if conversation.kind == "voicemail":
        return Side("customer", 0.9)  # who leaves a message for sales is a caller
    if speaker in CHANNELS:
        return Side("rep" if speaker == settings.rep_channel else "customer", 0.97)
    person = _find_person(speaker, conversation)
    if person.role != "unknown":
        return Side(person.role, 0.97)
    domain = _domain(person.email)
    if domain and domain in ours.domains:
        return Side("rep", 0.97)
    if _is_named(person, ours.names):
        return Side("rep", 0.93)
    return Side("customer", 0.9) if domain and ours.domains else UNKNOWN


def _find_person(speaker: str, conversation: Conversation) -> Participant:
    name, address = parseaddr(speaker) if "@" in speaker else (speaker, "")
    wanted = {name.casefold(), address.casefold()} - {""}
    for person in conversation.participants:
        if wanted & {person.name.casefold(), person.email.casefold()}:
            return Participant(person.name or name, person.email or address, person.role)
    return Participant(name, address)


def _by_exclusion(conversation: Conversation, sides: dict[str, Side], ours: Ours) -> dict[str, Side]:
    """Beside known reps the others are customers; beside a known customer the one other speaker is the rep."""
    known = {side.role for side in sides.values()}
    open_speakers = [speaker for speaker, side in sides.items() if side == UNKNOWN and speaker not in MIXED]
    if conversation.kind == "email" or not open_speakers:
        return sides
    if known == {"customer", "unknown"} and len(open_speakers) == 1 and len(sides) == 2:
        return sides | {open_speakers[0]: Side("rep", 0.85)}
    if "rep" in known and (len(sides) == 2 or ours.names or ours.domains):
        return sides | {speaker: Side("customer", 0.9 if len(sides) == 2 else 0.82) for speaker in open_speakers}
    return sides


def _by_talk(sides: dict[str, Side], utterances: Sequence[Utterance], ours: Ours) -> dict[str, Side]:
    """Speakers whom nothing else tells, by their words; of two, one is the rep and the other is not."""
    open_speakers = [speaker for speaker, side in sides.items() if side == UNKNOWN and speaker not in MIXED]
    scores = {name: _score([said.text for said in utterances if said.speaker == name], ours) for name in open_speakers}
    if len(sides) == len(open_speakers) == 2:
        first, second = open_speakers
        margin = scores[first] - scores[second]
        scores = {first: margin, second: -margin}
    return sides | {speaker: _decide(score, MIN_CONFIDENCE) for speaker, score in scores.items()}


def _decide(score: float, min_confidence: float) -> Side:
    chance = to_probability(score)
    if max(chance, 1 - chance) < min_confidence:
        return UNKNOWN
    return Side("rep", chance) if chance > 0.5 else Side("customer", 1 - chance)


def _score(texts: Sequence[str], ours: Ours) -> float:
    return score_talk(texts) + sum(_introduction(text, ours) for text in texts)


def _introduction(text: str, ours: Ours) -> float:
    """4 where a speaker gives the name of one of ours, or of our house; -1 where another's."""
    labels = {domain.split(".")[0] for domain in ours.domains}
    for found in INTRODUCTION.finditer(text):
        name, house = (found[1], found[2]) if found[1] else (found[4], found[3])
        if (house or "").casefold() in labels or any({name.casefold()} <= words for words in ours.names):
            return 4.0
        if house and labels:
            return -1.0
    return 0.0


def _name_words(name: str) -> frozenset[str]:
    local = name.split("@")[0]
    return frozenset(word for word in re.split(r"[\W_\d]+", local.casefold()) if len(word) > 1)


def _is_named(person: Participant, names: Sequence[frozenset[str]]) -> bool:
    """Whether a name, or a mail address made of one, is among the names (the first name alone will do in a call)."""
    mine = _name_words(person.name)
    local = _name_words(person.email)
    return any((mine and (mine <= words or words <= mine)) or (len(local) > 1 and local == words) for words in names)


def _domain(email: str) -> str:
    return email.rpartition("@")[2].casefold() if "@" in email else ""
