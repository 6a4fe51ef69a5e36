"""What a theme is called in a customer's own sentences: the clearest one, and those that differ most from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from insights.themes.normalise import normalise
from insights.themes.phrases import knowledge
from insights.themes.space import mean_cosines
from insights.types import Wording

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from insights.themes.values import Item, Vectors

MAX_PARSED = 25  # members per theme, the most central, that labels are drawn from
MAX_CHARS = 1000  # of a member, that spaCy reads
GOOD_WORDS = (5, 22)  # a sentence of so many words can stand as a title
LIMIT_WORDS = 40  # beyond, it is a speech
HESITANT = frozenset({"um", "uh", "uhm", "erm", "er", "hi", "hello", "hey", "hmm"})
N_VARIANTS = 4  # beside the canonical wording
MOST_ALIKE = 0.85  # cosine from which two wordings are the same one
SHARE_CENTRAL = 0.75  # of the members: the outermost may be there by mistake, and are no variants
N_OUTER = 8  # fewer members than this have no outermost

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


def parse_members(items: Sequence[Item], nlp: Language, known: dict[str, Doc]) -> dict[str, Doc]:
    """SpaCy's reading of the most central members, which come first, by item id; what is new is added to `known`."""
    chosen = items[:MAX_PARSED]
    new = [item for item in chosen if item.id not in known]
    known.update(zip((item.id for item in new), nlp.pipe([item.text[:MAX_CHARS] for item in new]), strict=True))
    return {item.id: known[item.id] for item in chosen}


def choose_variants(
    items: Sequence[Item], space: Vectors, canonical: Item | None, has_personal: Callable[[str], bool]
) -> tuple[Wording, ...]:
    """Up to N_VARIANTS members' wordings that differ most from the canonical one and from each other, verbatim.

    Farthest first (Gonzalez 1985): each is the one least like all that were chosen before. The items are the most
    central first; without a canonical wording there is none.
    """
    if canonical is None:
        return ()
    n_central = len(items) if len(items) < N_OUTER else round(SHARE_CENTRAL * len(items))
    known = [item.id for item in items].index(canonical.id)
    left = {place: float(space[place] @ space[known]) for place in range(n_central) if is_sentence(items[place].text)}
    chosen: list[Wording] = []
    told = {normalise(canonical.text).casefold()}
    while left and len(chosen) < N_VARIANTS:
        place = min(left, key=lambda place: (round(left[place], 4), place))
        if left.pop(place) >= MOST_ALIKE:
            break
        words = normalise(items[place].text).casefold()
        if words not in told and not has_personal(items[place].text):
            told.add(words)
            chosen.append(Wording(items[place].id, items[place].text))
            left = {other: max(cosine, float(space[other] @ space[place])) for other, cosine in left.items()}
    return tuple(chosen)


def is_sentence(text: str) -> bool:
    """Whether a wording is long enough to say something by itself and short enough to be read at once."""
    return GOOD_WORDS[0] - 1 <= len(text.split()) <= LIMIT_WORDS
