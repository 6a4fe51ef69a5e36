"""Who is ours: by name, by mail address, and by the way they introduce themselves in a call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from insights.config import Settings
from insights.types import Conversation, Participant, Role

FREE_MAIL = frozenset(  # domains that say nothing of an employer
    ("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com")
    + ("me.com", "aol.com", "proton.me", "protonmail.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "mail.com")
)
N_OPENING = 6  # utterances of a speaker in which an introduction is looked for
MAX_HOUSE_WORDS = 3  # a recogniser may write one name as several words
INTRODUCTION = re.compile(
    r"\b(?:this is|my name is|my name's|i'm|i am|it's|you've got|you're speaking (?:to|with))\s+([a-z][\w'-]+)"
    r"(?:(?:\s+[a-z][\w'-]+)?\s*,?\s*(?:calling\s+|here\s+|again\s+)?(?:from|with|at|over at|of)\s+"
    r"(?P<house>[^.,!?]+))?",
    re.IGNORECASE,
)
SPEAKING = re.compile(r"\b([a-z][\w'-]+)\s+(?:speaking|here)\b", re.IGNORECASE)
ADDRESS = re.compile(
    r"\b(?:hi|hello|hey|thanks|thank you|bye|goodbye|sorry|morning|afternoon),?\s+([a-z][\w'-]+)\s*(?=[,.!?]|$)"
    r"|,\s+([a-z][\w'-]+)\s*[.?!]",
    re.IGNORECASE,
)
HOUSE_GREETINGS = (
    re.compile(
        r"\b(?:thanks?(?: you)?(?: so much)? for calling|welcome to|you(?:'ve| have) reached|calling (?:you )?from"
        r"|(?:hello|hi|good (?:morning|afternoon|evening)),? this is)\s+(?P<house>[^.,!?]+)",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?P<house>[^.,!?]+)[.,]\s+(?:this is|[a-z][\w'-]+ (?:speaking|here)|good (?:morning|afternoon|evening)"
        r"|how (?:can|may) (?:i|we))\b",
        re.IGNORECASE,
    ),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What tells people apart: words of names in lower case, mail domains, names of houses."""

    domains: frozenset[str]  # ours
    names: tuple[frozenset[str], ...]  # the words of each of our names
    houses: frozenset[str]  # ours, without spaces: "larkfield"
    their_names: tuple[frozenset[str], ...] = ()
    their_house: str = ""  # the account's first word of four letters or more


def known_of(conversation: Conversation, settings: Settings) -> Known:
    """The settings, the rep whom the metadata names with that rep's domain, and the sides that participants have."""
    names = [name_words(name) for name in settings.our_names]
    domains = {domain.casefold().lstrip("@") for domain in settings.our_domains}
    if conversation.metadata.rep:
        rep = name_words(conversation.metadata.rep)
        names.append(rep)
        domains |= {domain_of(person.email) for person in _people(conversation) if is_named(person, (rep,))}
    names += _names_of("rep", conversation)
    domains -= FREE_MAIL | {""}
    return Known(
        domains=frozenset(domains),
        names=tuple(name for name in dict.fromkeys(names) if name),
        houses=frozenset(squash(domain.split(".")[0]) for domain in domains),
        their_names=tuple(_names_of("customer", conversation)),
        their_house=next((word for word in _words(conversation.metadata.account or "") if len(word) > 3), ""),
    )


def find_person(speaker: str, conversation: Conversation) -> Participant:
    """The participant who goes by a speaker's label; one without a role where there is none."""
    name, address = parseaddr(speaker) if "@" in speaker else (speaker, "")
    wanted = {name.casefold(), address.casefold()} - {""}
    for person in conversation.participants:
        if wanted & {person.name.casefold(), person.email.casefold()}:
            return Participant(person.name or name, person.email or address, person.role)
    return Participant(name, address)


def is_named(person: Participant, names: Sequence[frozenset[str]]) -> bool:
    """Whether a name, or a mail address made of one, is among the names (the first name alone will do in a call)."""
    mine = name_words(person.name)
    local = name_words(person.email)
    return any((mine and (mine <= words or words <= mine)) or (len(local) > 1 and local == words) for words in names)


def introduced_side(texts: Sequence[str], known: Known) -> Role:
    """The side on which a speaker introduces himself in his first words; unknown where he does not, or as both."""
    roles = {role for text in texts[:N_OPENING] for role in _introductions(text, known)}
    return roles.pop() if len(roles) == 1 else "unknown"


def addressed_side(texts: Sequence[str], known: Known) -> Role:
    """The side of the people whom a speaker calls by name ("Thanks, Dana."); unknown where nobody, or both."""
    names = [(match[1] or match[2]) for text in texts for match in ADDRESS.finditer(text)]
    roles = {_side_of_name(name, known) for name in names} - {"unknown"}
    return roles.pop() if len(roles) == 1 else "unknown"


def _introductions(text: str, known: Known) -> set[Role]:
    found: set[Role] = set()
    for match in INTRODUCTION.finditer(text):
        by_house = _side_of_house(match["house"] or "", known)
        found.add(by_house if by_house != "unknown" or match["house"] else _side_of_name(match[1], known))
    found |= {_side_of_name(match[1], known) for match in SPEAKING.finditer(text)}
    found |= {_side_of_house(match["house"], known) for greet in HOUSE_GREETINGS for match in greet.finditer(text)}
    return found - {"unknown"}


def _side_of_house(said: str, known: Known) -> Role:
    if _begins_with(said, known.houses):
        return "rep"
    return "customer" if known.their_house and _begins_with(said, {known.their_house}) else "unknown"


def _side_of_name(name: str, known: Known) -> Role:
    word = name.casefold()
    is_ours = any(word in words for words in known.names)
    is_theirs = any(word in words for words in known.their_names)
    if is_ours == is_theirs:
        return "unknown"
    return "rep" if is_ours else "customer"


def _begins_with(said: str, houses: frozenset[str] | set[str]) -> bool:
    """Whether the first words, written together, are one of the houses' names, or begin with it."""
    words = said.split()[:MAX_HOUSE_WORDS]
    joined = [squash("".join(words[:n])) for n in range(1, len(words) + 1)]
    return any(house in joined or (len(house) > 3 and joined and joined[0].startswith(house)) for house in houses)


def _names_of(role: Role, conversation: Conversation) -> list[frozenset[str]]:
    words = (name_words(person.name) for person in conversation.participants if person.role == role)
    return [name for name in words if name]


def _people(conversation: Conversation) -> tuple[Participant, ...]:
    """Participants, and speakers that are mail addresses."""
    addresses = dict.fromkeys(segment.speaker for segment in conversation.segments if "@" in segment.speaker)
    return (*conversation.participants, *(Participant(*parseaddr(address)) for address in addresses))


def name_words(name: str) -> frozenset[str]:
    """The words of a name, or of an address before its @, in lower case."""
    return frozenset(word for word in _words(name.split("@")[0]) if len(word) > 1)


def _words(text: str) -> list[str]:
    return re.split(r"[\W_\d]+", text.casefold())


def squash(text: str) -> str:
    """Letters and digits only, in lower case."""
    return "".join(char for char in text.casefold() if char.isalnum())


def domain_of(email: str) -> str:
    """The domain of a mail address, in lower case."""
    return email.rpartition("@")[2].casefold() if "@" in email else ""
