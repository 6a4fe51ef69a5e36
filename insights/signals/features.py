"""What a sentence is made of, as named numbers for the linear classifiers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from insights.signals.replies import reply_features
from insights.signals.rules import SPEAK_FOR, matching

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

    from insights.signals.units import Unit

WH_TAGS = frozenset({"WDT", "WP", "WP$", "WRB"})
SUBJECTS = frozenset({"nsubj", "nsubjpass", "expl"})
WEIGHTS = {  # rules hold over industries and kinds of talk, words less so: they are held down less in training
    "rule": 4.0,
    "type": 4.0,
    "mark": 4.0,
    "cue": 2.0,
    "w": 0.3,
    "ww": 0.3,
    **dict.fromkeys(("start1", "start2", "bare1", "bare2", "end1", "end2"), 0.5),
}
WITH_YOU = frozenset({"a-hedge", "a-guess", "a-inverted", "a-wh", "a-wh-inside"})
PAIRED = frozenset(
    {"a-declares-you", "a-guess", "a-inverted", "a-wh", "a-hedge", "a-mark", "a-tag", "a-you", "a-i", "a-so-first"}
)
ASKING = frozenset({"a-inverted", "a-wh", "a-inverted-inside", "a-wh-inside", "a-mark"})
LENGTHS = (3, 5, 8, 12, 18, 28)  # words: borders of the length classes
PRONOUNS = frozenset({"i", "you", "we", "it", "that", "they", "this", "there", "he", "she"})
FILLERS = frozenset(
    {"um", "uh", "er", "erm", "hmm", "mm", "like", "okay", "ok", "yeah", "well", "so", "and", "but", "oh"}
)
NUMBER = re.compile(r"\d")
FIRST_PERSON = re.compile(r"\b(?:i|we|my|our)\b", re.IGNORECASE)
REQUEST = re.compile(
    r"\b(?:would you|could you|can i|can we|shall we|should we|are you|do you|how about|will you|want to|would it|"
    r"let me)\b",
    re.IGNORECASE,
)


def question_features(unit: Unit) -> dict[str, float]:
    """Words, order, syntax and what is said around it that tell a question."""
    span, words = unit.span, _words(unit.span)
    cues = _cues("asking", unit)
    replies = set(reply_features(unit))
    names = {
        *_grams(words),
        *_edges(words),
        *_syntax(span),
        *_tags(span),
        *(f"rule={rule.id}" for rule in matching("questions", span.text)),
        *cues,
        *replies,
        *_pairs(cues, replies),
        *_context(unit.context),
        f"length={_length(words)}",
        f"mark={_mark(unit)}",
    }
    return _weigh(names)


def content_features(unit: Unit) -> dict[str, float]:
    """Words, rules and context that tell an objection, its type, praise, or the kind of a question."""
    span, words = unit.span, _words(unit.span)
    names = {
        *_grams(words),
        *(
            f"rule={rule.id}"
            for name in ("objections", "praise", "question_kinds")
            for rule in matching(name, span.text)
        ),
        *(f"type={rule.label}" for rule in matching("objections", span.text) if rule.use in SPEAK_FOR and rule.label),
        *(name for name in _syntax(span) if name in {"negated", "conditional", "inverted", "wh_first"}),
        *_cues("resistance", unit),
        *_context(unit.context),
        *_asked(unit.context),
        f"length={_length(words)}",
        f"mark={_mark(unit)}",
    }
    return _weigh(names)


def _weigh(names: set[str]) -> dict[str, float]:
    return {name: WEIGHTS.get(name.split("=", 1)[0], 1.0) for name in names}


def _length(words: list[str]) -> int:
    return sum(len(words) > border for border in LENGTHS)


def _cues(rules: str, unit: Unit) -> set[str]:
    """The patterns of a rule file that the sentence shows; some once more with whether "you" is in it."""
    found = {rule.id for rule in matching(rules, unit.span.text)}
    side = "you" if "a-you" in found else "others"
    return {f"cue={one}" for one in found} | {f"cue={one} {side}" for one in found & WITH_YOU}


def _pairs(cues: set[str], replies: set[str]) -> Iterator[str]:
    """How the reply begins, together with what asks or does not: "reply=no" after plain words with "you" tells much."""
    if "follow=hands_over" not in replies:
        return
    shown = {one.removeprefix("cue=") for one in cues}
    for reply in (one for one in replies if one.startswith("reply=")):
        yield from (f"pair={reply}&{cue}" for cue in shown & PAIRED)
        if not shown & ASKING:
            yield f"pair={reply}&plain{' you' if 'a-you' in shown else ''}"


def _tags(span: Span) -> Iterator[str]:
    """Parts of speech at the beginning, behind fillers, and at the end."""
    tokens = [token for token in span if not (token.is_punct or token.is_space)]
    while tokens and tokens[0].lower_ in FILLERS:
        tokens = tokens[1:]
    for count in (2, 3):
        yield f"tags{count}={' '.join(token.tag_ for token in tokens[:count])}"
    for token in tokens[1:2]:
        yield f"tags1={tokens[0].lower_} {token.tag_}"
    yield from (f"tag_last={token.tag_}" for token in tokens[-1:])


def _asked(context: str) -> Iterator[str]:
    """Whether the other side has just asked for something, or spoke of itself."""
    plain = context.replace("’", "'")
    if REQUEST.search(plain):
        yield "context=asks"
    if FIRST_PERSON.search(plain):
        yield "context=first_person"


def _mark(unit: Unit) -> str:
    """The full stop, question or exclamation mark at the end; of speech no full stop, which a recogniser sets."""
    last = unit.judged.rstrip()[-1:]
    return last if last in ".?!" else ""


def _words(span: Span) -> list[str]:
    return [NUMBER.sub("0", token.lower_).replace("’", "'") for token in span if not (token.is_punct or token.is_space)]


def _grams(words: list[str]) -> Iterator[str]:
    yield from (f"w={word}" for word in words)
    yield from (f"ww={first} {second}" for first, second in zip(words, words[1:], strict=False))


def _edges(words: list[str]) -> Iterator[str]:
    """First and last words; first ones once more without fillers."""
    bare = words
    while bare and bare[0] in FILLERS:
        bare = bare[1:]
    for name, end in (("start", words), ("bare", bare)):
        yield f"{name}1={' '.join(end[:1])}"
        yield f"{name}2={' '.join(end[:2])}"
    yield f"end1={' '.join(words[-1:])}"
    yield f"end2={' '.join(words[-2:])}"


def _syntax(span: Span) -> Iterator[str]:
    tokens = list(span)
    if not any(token.pos_ in {"VERB", "AUX"} for token in tokens):
        yield "no_verb"
    if any(token.dep_ == "neg" for token in tokens):
        yield "negated"
    if any(token.lower_ in {"if", "unless", "whether"} for token in tokens):
        yield "conditional"
    if any(_is_inverted(token, span) for token in tokens):
        yield "inverted"
    yield from (f"wh={token.dep_}" for token in tokens if token.tag_ in WH_TAGS)
    first = next((token for token in tokens if token.lower_ not in FILLERS and not token.is_punct), None)
    if first is not None:
        yield f"first_tag={first.tag_}"
        if first.tag_ in WH_TAGS:
            yield "wh_first"
    yield from _root(span)


def _root(span: Span) -> Iterator[str]:
    yield f"root={span.root.tag_}"
    for child in span.root.children:
        if child.dep_ in SUBJECTS:
            yield f"subject={child.lower_ if child.lower_ in PRONOUNS else child.pos_}"
            yield f"subject_after={child.i > span.root.i}"
        if child.dep_ in {"ccomp", "advcl", "xcomp", "prep", "aux"}:
            yield f"root_has={child.dep_}"


def _is_inverted(token: Token, span: Span) -> bool:
    """Whether the token is a subject that stands behind its auxiliary: "does it", "is that"."""
    if token.dep_ not in SUBJECTS:
        return False
    head = token.head
    auxiliaries = [child for child in head.children if child.dep_ in {"aux", "auxpass"}] or (
        [head] if head.pos_ == "AUX" else []
    )
    return bool(auxiliaries) and span.start <= auxiliaries[0].i < token.i


def _context(context: str) -> Iterator[str]:
    if not context:
        yield "context=none"
    elif context.rstrip().endswith("?"):
        yield "context=question"
