"""A question worded so that it can be read by itself, in nothing but its customer's own words.

Fillers, stutters and broken-off beginnings are left out. Where it points back, what the customer said just before
stands in front: "we are on the starter plan … does that include support". What only the rep named is never put into a
customer's mouth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from insights.signals.readings import Found
from insights.signals.units import Unit
from insights.signals.words import words

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

GAP = " … "  # between pieces that are not said one after the other
MAX_WORDS = 14  # of what stands in front; of a longer sentence only its last noun phrase does
N_BACKCHANNEL = 3  # words; as many of the other side between two utterances name nothing
LEAD = re.compile(r"^(?:(?:and|but|so|or|well|okay|ok|yeah|yes|right|now|then|also|oh|because|plus)\b[\s,]*)+", re.I)
FILLER = re.compile(r"(?i)(?<![\w'-])(?:um+|uh+|er+m?|hm+|mm+)(?![\w'-])[,.]?|(?<=,) (?:you know|i mean|like),")
CUT_OFF = re.compile(r"(?i)(?<![\w'-])[a-z']+-(?=[\s,]|$),?")
STUTTER = re.compile(r"(?i)(?<![\w'-])([a-z']+(?: [a-z']+){0,2})(?:,? \1(?![\w'-]))+")
POINTING = words("pointing")
SUBJECTS = frozenset({"nsubj", "nsubjpass"})
NOUNS = frozenset({"NOUN", "PROPN"})
VAGUE = words("vague")


def word_questions(found: Sequence[Found], units: Sequence[Unit]) -> Mapping[int, str]:
    """The wording of each question by its place in `found`; `units` are the conversation's, in order."""
    places = {(unit.utterance.index, unit.span.start): place for place, unit in enumerate(units)}
    return {
        number: _word(one, units, places[one.unit.utterance.index, one.unit.span.start])
        for number, one in enumerate(found)
        if one.kind == "question"
    }


def _word(question: Found, units: Sequence[Unit], place: int) -> str:
    own = tidy(question.unit.utterance.text[question.start : question.end])
    if not _points_back(question) or place == 0 or not _follows(units[place - 1], question.unit):
        return own
    named = _named(units[place - 1])
    return f"{named}{GAP}{own}" if named else own


def tidy(text: str) -> str:
    """The words without fillers, stutters, cut-off words and what only links them to the words before."""
    fluent = re.sub(r"\s+", " ", CUT_OFF.sub(" ", FILLER.sub(" ", text)))
    joined = re.sub(r" ([,.?!;:])", r"\1", STUTTER.sub(r"\1", fluent)).strip(" ,;:-–—")
    return LEAD.sub("", joined).strip() or text.strip()


def _points_back(question: Found) -> bool:
    """Whether it stands for something that it does not name."""
    unit = question.unit
    tokens = [token for token in unit.span if question.start <= token.idx < question.end]
    pointing = [token for token in tokens if token.lower_ in POINTING and not _is_linking(token)]
    if any(token.dep_ in SUBJECTS for token in pointing):
        return True
    is_elliptic = not any(token.pos_ in {"VERB", "AUX"} for token in tokens)
    return (is_elliptic or bool(pointing)) and not any(_is_named(token) for token in tokens)


def _is_named(token: Token) -> bool:
    return token.pos_ in NOUNS and token.lower_ not in VAGUE


def _is_linking(token: Token) -> bool:
    """Whether "that" links a clause, or "it" points forward ("is it possible to …")."""
    return (
        token.tag_ in {"IN", "WDT"}
        or token.dep_ == "expl"
        or any(child.dep_ == "xcomp" for child in token.head.children)
    )


def _follows(before: Unit, unit: Unit) -> bool:
    """Whether one customer says both, with at most a back-channel of the other side between them."""
    if before.utterance.speaker != unit.utterance.speaker:
        return False
    gap = unit.utterance.index - before.utterance.index
    return gap <= 1 or (gap == 2 and len(unit.context.split()) <= N_BACKCHANNEL)


def _named(unit: Unit) -> str:
    """What a sentence names: all of it if it is short, else its last noun phrase; empty if it names nothing."""
    chunks = [chunk for chunk in unit.span.noun_chunks if _is_named(chunk.root)]
    if not chunks or unit.text.endswith("?"):
        return ""
    short = len(unit.text.split()) <= MAX_WORDS
    return tidy(unit.text if short else _text(chunks[-1])).rstrip(".!")


def _text(span: Span) -> str:
    text: str = span.text
    return text
