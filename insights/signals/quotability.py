"""How well a customer's praise could be quoted as a testimonial, from 0 to 1.

    quotability = 0.3 length + 0.25 stands alone + 0.25 names what is praised + 0.2 confidence

    length       1 from 7 to 30 words, falling to 0 at 2 and at 60
    stands alone 1 with a verb and its subject, no "and", "but" or "because" in front, and no "it", "that" or "they"
                 that nothing before it in the quote explains; 0.5 if only such a word is in the way; else 0
    names        1 where a thing or "your …" is named, 0.5 for a bare "you", else 0
    confidence   the recogniser's score

0 for a question and for words that hold personal data; half where the praise is taken back in part ("but", "if only").
The weights are ours: an order in which to look, not a measurement. Nobody's words are quoted without being asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from insights.signals.units import UNUSED_PIPES
from insights.signals.words import words
from insights.types import Quotability, Signal

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

SHARES = {"length": 0.3, "alone": 0.25, "names": 0.25, "confidence": 0.2}
SHORTEST, SHORT, LONG, LONGEST = 2, 7, 30, 60  # words
LEANS = words("leans")
POINTING = words("pointing")
TAKEN_BACK = words("taken_back")
VAGUE = words("vague")


def rate_praise(
    signals: Sequence[Signal], nlp: Language, has_personal: Callable[[str], bool]
) -> tuple[Quotability, ...]:
    """Each praise with its quotability, best first; `has_personal` tells whether a text holds personal data."""
    praise = [signal for signal in signals if signal.kind == "praise"]
    docs = nlp.pipe((signal.text for signal in praise), disable=[*UNUSED_PIPES])
    rated = [_rate(signal, doc, has_personal) for signal, doc in zip(praise, docs, strict=True)]
    return tuple(sorted(rated, key=lambda one: (-one.score, one.praise_id)))


def _rate(praise: Signal, doc: Doc, has_personal: Callable[[str], bool]) -> Quotability:
    alone, why_not = _stands_alone(doc)
    parts = {
        "length": _length(len(praise.text.split())),
        "alone": alone,
        "names": _names(doc),
        "confidence": praise.score,
    }
    reasons = [why_not] if why_not else []
    reasons += ["too short or too long to be quoted"] if parts["length"] < 0.5 else []
    reasons += ["does not say what is good"] if not parts["names"] else []
    factor = 1.0
    if any(token.lower_ in TAKEN_BACK for token in doc):
        factor, reasons = 0.5, [*reasons, "taken back in part"]
    if praise.text.rstrip().endswith("?"):
        factor, reasons = 0.0, [*reasons, "asks"]
    if has_personal(praise.text):
        factor, reasons = 0.0, [*reasons, "holds personal data"]
    score = factor * sum(share * parts[name] for name, share in SHARES.items())
    return Quotability(praise.id, round(score, 3), tuple(reasons))


def _length(n_words: int) -> float:
    if n_words < SHORT:
        return max(0.0, (n_words - SHORTEST) / (SHORT - SHORTEST))
    return 1.0 if n_words <= LONG else max(0.0, (LONGEST - n_words) / (LONGEST - LONG))


def _stands_alone(doc: Doc) -> tuple[float, str]:
    """How well the words are understood by themselves, and what stands in the way."""
    tokens = [token for token in doc if not (token.is_punct or token.is_space)]
    if not any(token.dep_ in {"nsubj", "nsubjpass", "expl"} for token in tokens):
        return 0.0, "no whole sentence"
    if tokens[0].lower_ in LEANS:
        return 0.5, "begins in the middle of a thought"
    for token in tokens:
        if token.pos_ == "NOUN" and token.lower_ not in VAGUE:
            return 1.0, ""
        if _points_back(token):
            return 0.5, f"“{token.text}” refers to what was said before"
    return 1.0, ""


def _points_back(token: Token) -> bool:
    """Whether it stands for something said before: not in "that …" before a clause or noun, nor in "this is the …"."""
    explained = token.dep_ == "nsubj" and any(
        child.dep_ == "attr" and child.pos_ == "NOUN" for child in token.head.children
    )
    return (
        token.lower_ in POINTING
        and token.pos_ == "PRON"
        and token.dep_ not in {"mark", "det", "expl"}
        and not explained
    )


def _names(doc: Doc) -> float:
    named = any(token.pos_ == "NOUN" and token.lower_ not in VAGUE for token in doc)
    if named or any(token.lower_ == "your" for token in doc):
        return 1.0
    return 0.5 if any(token.lower_ == "you" for token in doc) else 0.0
