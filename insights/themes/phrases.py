"""Short labels out of members' words: noun phrases, and verbs with their objects, that several members share."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

OBJECTS = frozenset({"dobj", "obj", "attr", "dative"})
LINKS = frozenset({"about", "against", "between", "for", "from", "in", "into", "of", "on", "to", "with", "without"})
MAX_WORDS = 4  # of a label, prepositions aside
LENGTHS = {1: 0.35, 2: 1.0, 3: 1.2, 4: 1.25}  # by words: one alone seldom says what it is about
VERB_BONUS = 1.2  # "export report" says more than "report"
CENTRAL_BONUS = 1.2  # the canonical wording holds it
LONE = 0.5  # only that one does
MIN_SHARE = 0.1  # of the members that say a phrase as it is
MIN_SHARE_OF_WORD = 0.5  # likewise, of a single word
VAGUE = frozenset({"DATE", "TIME", "CARDINAL", "ORDINAL", "PERCENT", "QUANTITY"})  # spaCy's entities that say how much

Phrase = tuple["Token", ...]


@dataclass(slots=True)
class Candidate:
    """A phrase in the forms in which members say it."""

    tokens: Phrase  # as the most central of them says it
    members: set[int] = field(default_factory=set)  # places of those that say it
    forms: Counter[str] = field(default_factory=Counter)


def rank_labels(
    docs: Sequence[Doc], keywords: Sequence[str], central: int | None = None, others: Sequence[Doc] = ()
) -> list[str]:
    """Phrases for a label, best first: those that most members share, the keywords back and others do not say.

    Score = mean over its words of (share of members with the word - share of others with it + 0.5 if it is a keyword),
    times (0.5 + share of members with all its words + share with the phrase as it is), times what LENGTHS, VERB_BONUS,
    CENTRAL_BONUS and LONE say; equal ones by the alphabet. What `is_fit` refuses is none; `central` is the place of the
    canonical wording among the docs.
    """
    said, elsewhere = [lemmas_of(doc) for doc in docs], [lemmas_of(doc) for doc in others]
    telling = {part for keyword in keywords for part in keyword.split()}
    found = {key: one for key, one in collect(docs).items() if is_fit(key, one, said, central)}
    scores = {key: score_phrase(one, said, elsewhere, telling, central) for key, one in found.items()}
    ranked = sorted((key for key in scores if scores[key] > 0), key=lambda key: (-round(scores[key], 6), key))
    return [min(found[key].forms, key=lambda form: (-found[key].forms[form], form)) for key in ranked]


def is_fit(key: tuple[str, ...], one: Candidate, said: Sequence[set[str]], central: int | None) -> bool:
    """Whether a phrase may name the group: enough members say it as it is, or the canonical wording does.

    What only that one says is no name and no verb with a preposition ("sign over head"). A single word is said by half
    of the members.
    """
    n_members = len(one.members)
    if len(set(key)) < len(key):
        return False
    if n_members > 1 and n_members >= len(said) * (MIN_SHARE if len(key) > 1 else MIN_SHARE_OF_WORD):
        return True
    tags = [token.pos_ for token in one.tokens]
    return len(key) > 1 and central in one.members and "PROPN" not in tags and tags[:2] != ["VERB", "ADP"]


def collect(docs: Sequence[Doc]) -> dict[tuple[str, ...], Candidate]:
    """The phrases of these texts, by their words' plain forms."""
    found: dict[tuple[str, ...], Candidate] = {}
    for place, doc in enumerate(docs):
        for tokens in find_phrases(doc):
            one = found.setdefault(tuple(token.lemma_.lower() for token in tokens), Candidate(tokens))
            one.members.add(place)
            one.forms[" ".join(write(token) for token in tokens)] += 1
    return found


def score_phrase(
    one: Candidate, said: Sequence[set[str]], elsewhere: Sequence[set[str]], telling: set[str], central: int | None
) -> float:
    """What the phrase is worth, by rank_labels' formula; `said` holds the lemmas of each member."""
    words = [token for token in one.tokens if token.pos_ != "ADP"]
    shares = [share({token.lemma_.lower()}, said) - share({token.lemma_.lower()}, elsewhere) for token in words]
    backed = [bool({token.lower_, token.lemma_.lower()} & telling) for token in words]
    worth = (sum(shares) + 0.5 * sum(backed)) / len(words)
    together = share({token.lemma_.lower() for token in words}, said)
    bonus = VERB_BONUS if words[0].pos_ == "VERB" else 1.0
    bonus *= CENTRAL_BONUS if central in one.members else 1.0
    bonus *= LONE if len(one.members) == 1 else 1.0
    return worth * (0.5 + together + len(one.members) / len(said)) * LENGTHS[len(words)] * bonus


def share(lemmas: set[str], said: Sequence[set[str]]) -> float:
    """How many of these say all the words, 0-1; 0 where there is nobody."""
    return sum(lemmas <= one for one in said) / max(len(said), 1)


def lemmas_of(doc: Doc) -> set[str]:
    """The words of a text in their plain forms."""
    return {token.lemma_.lower() for token in doc}


def find_phrases(doc: Doc) -> Iterator[Phrase]:
    """Noun phrases, alone, with what hangs on them ("proof of insurance"), and behind the verb that they belong to.

    Names of people are never part of one.
    """
    cores = {tokens[-1].i: read_core(tokens) for tokens in find_nouns(doc)}
    for root, core in cores.items():
        noun = climb(doc[root])
        verb, is_object = find_verb(noun), noun.dep_ in OBJECTS
        tails = [*find_tails(doc[root], cores), *(find_tails(noun.head, cores) if is_object else ())]
        for short in shorten(core):
            for phrase in (short, *((*short, *tail) for tail in tails)):
                if count_words(phrase) <= MAX_WORDS:
                    yield phrase
                if verb and verb[0].i < core[0].i and count_words(phrase) < MAX_WORDS:
                    yield (*verb, *phrase)


def count_words(phrase: Phrase) -> int:
    """How many words it has, prepositions aside."""
    return sum(token.pos_ != "ADP" for token in phrase)


def shorten(core: Phrase) -> Iterator[Phrase]:
    """The noun phrase and what is left without its first words: "home insurance claim", "insurance claim", "claim".

    >>> list(shorten(("home", "claim")))
    [('home', 'claim'), ('claim',)]
    """
    for first in range(len(core)):
        yield core[first:]


def find_nouns(doc: Doc) -> Iterator[Phrase]:
    """SpaCy's noun phrases up to their nouns, and adjectives in a noun's place ("a dependent")."""
    for chunk in doc.noun_chunks:
        yield tuple(doc[chunk.start : chunk.root.i + 1])
    for token in doc:
        if token.pos_ == "ADJ" and token.dep_ in OBJECTS | {"pobj"} and any(one.dep_ == "det" for one in token.lefts):
            yield (token,)


def read_core(tokens: Phrase) -> Phrase:
    """The telling words of a noun phrase; none where it says nothing, is long, or names a person.

    "Question" tells nothing, but "security question" does.
    """
    root = tokens[-1]
    core = tuple(token for token in tokens if is_telling(token))
    if core and root.is_alpha and core[-1].i != root.i and core[-1].dep_ == "compound" and core[-1].head.i == root.i:
        core = (*core, root)
    has_name = any(token.ent_type_ == "PERSON" for token in core)
    return core if core and core[-1].i == root.i and len(core) <= 3 and not has_name else ()


def find_tails(head: Token, cores: dict[int, Phrase], depth: int = 2) -> Iterator[Phrase]:
    """Prepositions that hang on a word, each with its noun phrase, and what hangs on that: "of proof of insurance"."""
    for link in head.children:
        if not depth or link.dep_ != "prep" or link.lower_ not in LINKS or link.i < head.i:
            continue
        for noun in link.children:
            for core in shorten(cores.get(noun.i, ())) if noun.dep_ == "pobj" else ():
                yield (link, *core)
                for tail in find_tails(noun, cores, depth - 1):
                    yield (link, *core, *tail)


def climb(noun: Token) -> Token:
    """What stands in the sentence for a noun: in "one of my plans" the "one"."""
    is_part = noun.dep_ == "pobj" and noun.head.lower_ == "of"
    whole = noun.head.head
    return whole if is_part and whole.lemma_.lower() in knowledge()["light_nouns"] else noun


def find_verb(root: Token) -> Phrase:
    """The verb that the noun belongs to, as its object or, where it has none, over a preposition ("enroll in").

    Nothing comes back where the verb tells little.
    """
    between = (root.head,) if root.dep_ == "pobj" and root.head.pos_ == "ADP" else ()
    head = root.head.head if between else root.head
    tells = head.pos_ == "VERB" and head.is_alpha and head.lemma_.lower() not in knowledge()["light_verbs"]
    if between:
        return (head, *between) if tells and not any(child.dep_ in OBJECTS for child in head.children) else ()
    return (head,) if tells and root.dep_ in OBJECTS else ()


def is_telling(token: Token) -> bool:
    """Whether a word of a noun phrase says something of the matter; the "no" of "no budget" does."""
    if token.lower_ == "no" and token.dep_ == "det":
        return True
    if token.pos_ not in {"NOUN", "PROPN", "ADJ"} and token.dep_ != "compound":
        return False
    if token.is_stop or not token.is_alpha or token.ent_type_ in VAGUE:
        return False
    return token.lemma_.lower() not in knowledge()["light_nouns"]


def write(token: Token) -> str:
    """Verbs in their plain form, names as they are, the rest in small letters, a possessive with its "'s"."""
    if token.pos_ == "VERB":
        return token.lemma_.lower()
    word = token.text if token.pos_ == "PROPN" or token.text.isupper() else token.lower_
    return word + "".join(child.text for child in token.children if child.dep_ == "case")


@lru_cache(maxsize=1)
def knowledge() -> dict[str, frozenset[str]]:
    """The word lists of wording.toml."""
    lists = tomllib.loads(files("insights.themes").joinpath("wording.toml").read_text(encoding="utf-8"))
    return {name: frozenset(words) for name, words in lists.items()}
