"""What a theme is called: a customer's own sentence, and a short phrase out of the members' words."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from insights.themes.space import mean_cosines

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

    from insights.themes.values import Item, Vectors

MAX_PARSED = 25  # members per theme, the most central, that labels are drawn from
MAX_CHARS = 1000  # of a member, that spaCy reads
GOOD_WORDS = (5, 22)  # a sentence of so many words can stand as a title
LIMIT_WORDS = 40  # beyond, it is a speech
OBJECTS = frozenset({"dobj", "obj", "attr", "dative"})
HESITANT = frozenset({"um", "uh", "uhm", "erm", "er", "hi", "hello", "hey", "hmm"})
VERB_BONUS = 1.2  # "export report" says more than "report"

# What a wording loses, on a scale where mean cosines between members differ by about 0.1.
PENALTIES = {"leaning": 0.15, "length": 0.10, "incomplete": 0.15, "hesitant": 0.05}


def order_members(items: Sequence[Item], space: Vectors) -> list[int]:
    """Places of the members, the most central first; equal ones by id."""
    cosines = mean_cosines(space).round(4).tolist()
    return sorted(range(len(items)), key=lambda place: (-cosines[place], items[place].id))


def choose_canonical(
    items: Sequence[Item], space: Vectors, docs: dict[str, Doc], has_personal: Callable[[str], bool]
) -> Item | None:
    """The clearest central wording without personal data, verbatim; None if every wording holds some.

    Score = mean cosine to the other members - PENALTIES, and 0.1 times the detector's score.
    """
    cosines = mean_cosines(space).round(4).tolist()
    scores = {
        item.id: cosines[place] - loss(docs[item.id]) + 0.1 * item.weight
        for place, item in enumerate(items)
        if item.id in docs
    }
    ranked = sorted((item for item in items if item.id in scores), key=lambda item: (-scores[item.id], item.id))
    return next((item for item in ranked if not has_personal(item.text)), None)


def loss(doc: Doc) -> float:
    """What makes a sentence a poor title: leaning on one before, too short or long, no verb, hesitations."""
    words = [token for token in doc if token.is_alpha or "'" in token.text]
    if not words:
        return 1.0
    n_words = len(words)
    total = 0.0
    if words[0].lower_ in knowledge()["leaning"] or words[-1].lower_ in {"too", "also", "either"}:
        total += PENALTIES["leaning"]
    if not GOOD_WORDS[0] <= n_words <= GOOD_WORDS[1]:
        total += PENALTIES["length"] * (2 if n_words > LIMIT_WORDS or n_words < GOOD_WORDS[0] - 1 else 1)
    has_subject = any(token.dep_ in {"nsubj", "nsubjpass", "expl"} for token in doc)
    if not has_subject or not any(token.pos_ in {"VERB", "AUX"} for token in doc):
        total += PENALTIES["incomplete"]
    total += PENALTIES["hesitant"] * sum(token.lower_ in HESITANT for token in doc)
    return total


def parse_members(items: Sequence[Item], order: Sequence[int], nlp: Language) -> dict[str, Doc]:
    """SpaCy's reading of the most central members, by item id."""
    chosen = [items[place] for place in order[:MAX_PARSED]]
    docs = nlp.pipe([item.text[:MAX_CHARS] for item in chosen])
    return {item.id: doc for item, doc in zip(chosen, docs, strict=True)}


def rank_labels(docs: Sequence[Doc], keywords: Sequence[str]) -> list[str]:
    """Phrases for a label, best first: those that most members' words share and the keywords back.

    Score = mean over its words of (share of members with the word + 0.5 if it is a keyword) times (0.5 + share of
    members with all its words), times 1.2 with its verb and 0.5 for one word; equal ones by the alphabet.
    """
    said = [{token.lemma_.lower() for token in doc} for doc in docs]
    telling = {part for keyword in keywords for part in keyword.split()}
    scores: dict[tuple[str, ...], float] = {}
    forms: dict[tuple[str, ...], Counter[str]] = {}
    for doc in docs:
        for tokens in find_phrases(doc):
            key = tuple(token.lemma_.lower() for token in tokens)
            if key not in scores:
                scores[key] = score_phrase(tokens, said, telling)
            forms.setdefault(key, Counter())[" ".join(write(token) for token in tokens)] += 1
    ranked = sorted(scores, key=lambda key: (-round(scores[key], 6), key))
    return [min(forms[key], key=lambda form: (-forms[key][form], form)) for key in ranked]


def score_phrase(tokens: Sequence[Token], said: Sequence[set[str]], telling: set[str]) -> float:
    """What the phrase is worth, by rank_labels' formula; `said` holds the lemmas of each member."""
    words = [token for token in tokens if token.pos_ != "ADP"]
    lemmas = {token.lemma_.lower() for token in words}
    shares = [sum(token.lemma_.lower() in one for one in said) / len(said) for token in words]
    backed = [bool({token.lower_, token.lemma_.lower()} & telling) for token in words]
    worth = (sum(shares) + 0.5 * sum(backed)) / len(words)
    together = sum(lemmas <= one for one in said) / len(said)
    length = 1.0 if len(words) > 1 else 0.5  # one word alone seldom says what it is about
    return worth * (0.5 + together) * length * (VERB_BONUS if tokens[0].pos_ == "VERB" else 1.0)


def find_phrases(doc: Doc) -> Iterator[tuple[Token, ...]]:
    """Noun phrases, alone and behind the verb that they are the object of; names of people are never part of one."""
    for chunk in doc.noun_chunks:
        core = tuple(token for token in chunk if is_telling(token))
        if not core or core[-1].i != chunk.root.i or len(core) > 3 or has_name(core):
            continue
        yield core
        verb = find_verb(chunk.root)
        if verb and verb[0].i < core[0].i:
            yield (*verb, *core)


def find_verb(root: Token) -> tuple[Token, ...]:
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
    """Whether a word of a noun phrase says something of the matter."""
    if token.pos_ not in {"NOUN", "PROPN", "ADJ"} and token.dep_ != "compound":
        return False
    return token.is_alpha and not token.is_stop and token.lemma_.lower() not in knowledge()["light_nouns"]


def has_name(tokens: Sequence[Token]) -> bool:
    """Whether a word names a person."""
    return any(token.ent_type_ == "PERSON" for token in tokens)


def write(token: Token) -> str:
    """Verbs in their plain form, names as they are, the rest in small letters."""
    if token.pos_ == "VERB":
        return token.lemma_.lower()
    return token.text if token.pos_ == "PROPN" or token.text.isupper() else token.lower_


@lru_cache(maxsize=1)
def knowledge() -> dict[str, frozenset[str]]:
    """The word lists of wording.toml."""
    lists = tomllib.loads(files("insights.themes").joinpath("wording.toml").read_text(encoding="utf-8"))
    return {name: frozenset(words) for name, words in lists.items()}
