"""Needs and next steps: one small linear classifier each, over words, rules and the sentence's embedding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from insights.signals.following import load_linear, load_thresholds
from insights.signals.options import DetectOptions, Embed
from insights.signals.readings import Found, Reading
from insights.signals.rules import SPEAK_FOR, is_vetoed, matching
from insights.signals.units import Unit, split_sentences, trim
from insights.types import Role, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from spacy.language import Language

TrainedKind = Literal["need", "next_step"]
RULES: dict[TrainedKind, str] = {"need": "needs", "next_step": "steps"}
SIDES: dict[TrainedKind, frozenset[Role]] = {
    "need": frozenset({"customer"}),  # a reason to buy is the customer's to say
    "next_step": frozenset({"customer", "rep"}),  # either side proposes one
}
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")
LENGTHS = (4, 7, 11, 16, 24)  # words: borders of the length classes
RULE_WEIGHT = 3.0  # rules hold over industries, words less so
EMBEDDING_SCALE = 6.0
MIN_WORDS = 4


def find_kinds(
    readings: Sequence[Reading], utterances: Sequence[Utterance], nlp: Language, embed: Embed, options: DetectOptions
) -> Iterator[Found]:
    """Customers' needs, and next steps of either side.

    Args:
        readings: sentences of customers with their scores; what objects or asks is no need.
        utterances: the whole conversation; of the rep's, only those that a rule speaks for are read.
        nlp: its tokenizer.
        embed: gives texts unit vectors.
        options: thresholds.
    """
    embed = _remembering(readings, embed)
    stated = [reading.unit for reading in readings if not options.is_taken(reading.question, reading.objection)]
    yield from _find("need", stated, embed, options.need_threshold)
    both = [*(reading.unit for reading in readings), *find_rep_units(utterances, nlp)]
    yield from _find("next_step", both, embed, options.next_step_threshold)


def _remembering(readings: Sequence[Reading], embed: Embed) -> Embed:
    """`embed` that need not read again what was read."""
    known = {reading.unit.text: reading.embedding for reading in readings}

    def embed_rest(texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, embed(new), strict=True) if new else ())
        return np.stack([known[text] for text in texts])

    return embed_rest


def find_rep_units(utterances: Sequence[Utterance], nlp: Language) -> tuple[Unit, ...]:
    """The sentences of the rep's utterances that may hold a next step; without a parse, so by their closing marks."""
    wanted = [one for one in utterances if one.role == "rep" and speaks_for("next_step", one.text)]
    return tuple(
        Unit(one, span, *trim(one.text, span.start_char, span.end_char), "")
        for one in wanted
        for span in split_sentences(nlp.make_doc(one.text))
    )


def _find(kind: TrainedKind, units: Sequence[Unit], embed: Embed, threshold: float | None) -> Iterator[Found]:
    """The sentences that a rule speaks for and that the classifier takes for one."""
    likely = [unit for unit in units if is_candidate(kind, unit.text)]
    if not likely:
        return
    least = default_threshold(kind) if threshold is None else threshold
    texts = [unit.text for unit in likely]
    features = [kind_features(kind, text, unit.utterance.role) for text, unit in zip(texts, likely, strict=True)]
    scores = load_linear(kind).score(features, scaled(embed(texts)))
    for unit, score in zip(likely, scores.tolist(), strict=True):
        if score >= least:
            why = (*(rule.id for rule in matching(RULES[kind], unit.text) if rule.use in SPEAK_FOR), "classifier")
            yield Found(unit, kind, "", unit.start, unit.end, score, why)


def is_candidate(kind: TrainedKind, text: str) -> bool:
    """Whether a sentence is worth scoring: long enough, and not ruled out."""
    if len(text.split()) < MIN_WORDS or is_vetoed(matching(RULES[kind], text)):
        return False
    return kind == "need" or speaks_for(kind, text)


def speaks_for(kind: TrainedKind, text: str) -> bool:
    """Whether a rule or a cue speaks for this kind."""
    return any(rule.use in SPEAK_FOR or rule.use == "cue" for rule in matching(RULES[kind], text))


def scaled(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Embeddings as the classifiers take them: (n, 384) float32."""
    return EMBEDDING_SCALE * embeddings


def kind_features(kind: TrainedKind, text: str, role: Role) -> dict[str, float]:
    """Words, word pairs, rules and who speaks."""
    words = [("0" if word[0].isdigit() else word.lower().replace("’", "'")) for word in WORD.findall(text)]
    rules = [rule.id for rule in matching(RULES[kind], text)]
    named = {
        *(f"w={word}" for word in words),
        *(f"ww={first} {second}" for first, second in zip(words, words[1:], strict=False)),
        f"start={' '.join(words[:2])}",
        f"length={sum(len(words) > border for border in LENGTHS)}",
        f"role={role}",
        f"asks={text.rstrip().endswith('?')}",
    }
    return {**dict.fromkeys(named, 1.0), **{f"rule={rule_id}": RULE_WEIGHT for rule_id in rules}}


def default_threshold(kind: TrainedKind) -> float:
    """The score that was chosen on cross-validated training text, for a precision of 0.7 or more."""
    return load_thresholds()[kind]
