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
    total += PENALTIES["hesitant"] * sum(
        token.lower_ in {"um", "uh", "erm", "like"} for token in doc if token.pos_ == "INTJ"
    )
    return total


def parse_members(items: Sequence[Item], order: Sequence[int], nlp: Language) -> dict[str, Doc]:
    """SpaCy's reading of the most central members, by item id."""
    chosen = [items[place] for place in order[:MAX_PARSED]]
    docs = nlp.pipe([item.text[:MAX_CHARS] for item in chosen])
    return {item.id: doc for item, doc in zip(chosen, docs, strict=True)}


def choose_label(docs: Sequence[Doc], keywords: Sequence[str], fallback: str) -> str:
    """The phrase that most members' words share and the keywords back, as "cancel subscription" or "data location".

    Score of a phrase = mean over its words of (share of members with the word + 0.5 if it is a keyword),
    times 1.2 with its verb; between equals the earlier in the alphabet.
    """
    shares = count_shares(docs)
    telling = {part for keyword in keywords for part in keyword.split()}
    scores: dict[tuple[str, ...], float] = {}
    forms: dict[tuple[str, ...], Counter[str]] = {}
    for doc in docs:
        for tokens in find_phrases(doc):
            key = tuple(token.lemma_.lower() for token in tokens)
            scores[key] = score_phrase(tokens, shares, telling)
            forms.setdefault(key, Counter())[" ".join(write(token) for token in tokens)] += 1
    if not scores:
        return keywords[0] if keywords else fallback
    best = max(sorted(scores), key=lambda key: scores[key])
    return min(forms[best], key=lambda form: (-forms[best][form], form))


def count_shares(docs: Sequence[Doc]) -> dict[str, float]:
    """For each lemma, the share of members that use it."""
    counts = Counter(lemma for doc in docs for lemma in {token.lemma_.lower() for token in doc})
    return {lemma: count / len(docs) for lemma, count in counts.items()}


def score_phrase(tokens: Sequence[Token], shares: dict[str, float], telling: set[str]) -> float:
    worth = [
        shares[token.lemma_.lower()] + 0.5 * bool({token.lower_, token.lemma_.lower()} & telling) for token in tokens
    ]
    length = 1.0 if len(tokens) > 1 else 0.7  # one word alone seldom says what it is about
    return sum(worth) / len(worth) * length * (VERB_BONUS if tokens[0].pos_ == "VERB" else 1.0)


def find_phrases(doc: Doc) -> Iterator[tuple[Token, ...]]:
    """Noun phrases, alone and behind the verb that they are the object of; names of people are never part of one."""
    for chunk in doc.noun_chunks:
        core = tuple(token for token in chunk if is_telling(token))
        if not core or core[-1].i != chunk.root.i or len(core) > 4 or has_name(core):
            continue
        yield core
        verb = governor(chunk.root)
        if verb is not None and len(core) < 4 and verb.i < core[0].i:
            yield (verb, *core)


def governor(root: Token) -> Token | None:
    """The verb whose object the noun is, also over a preposition; None if it says nothing by itself."""
    head = root.head.head if root.dep_ == "pobj" and root.head.pos_ == "ADP" else root.head
    objects = {"dobj", "obj", "pobj", "attr", "dative"}
    tells = head.pos_ == "VERB" and head.lemma_.lower() not in knowledge()["light_verbs"] and head.is_alpha
    return head if tells and root.dep_ in objects else None


def is_telling(token: Token) -> bool:
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
