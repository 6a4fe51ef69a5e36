"""Why a signal is one: its rules, what weighed most with the classifier, and the labelled examples most like it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from insights import models
from insights.signals.features import content_features, question_features
from insights.signals.following import load_linear, load_thresholds
from insights.signals.kinds import RULES, find_rep_units, kind_features, scaled
from insights.signals.options import DetectOptions, Embed
from insights.signals.readings import Classifiers, Reading, as_sentence, load_classifiers, read_units
from insights.signals.rules import SPEAK_FOR, folded, matching
from insights.signals.seeds import dense_vectors
from insights.signals.units import Unit, find_units
from insights.types import Signal, SignalKind, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from spacy.language import Language

    from insights.signals.linear import Linear

N_GROUNDS = 6  # of each sign
N_EXAMPLES = 3
RULE_FILES: dict[SignalKind, str] = {
    "question": "questions",
    "objection": "objections",
    "praise": "praise",
    "need": RULES["need"],
    "next_step": RULES["next_step"],
}
MEANING = "meaning"  # the sentence's embedding, as one ground
IN_CONTEXT = "in context"  # the transformer's opinion, as one ground


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that matches, and the words that it matches."""

    id: str
    use: str  # sure, find, guard, veto or cue
    words: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What a feature adds to the log odds; below zero it speaks against."""

    feature: str
    weight: float


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled sentence of the training text."""

    text: str
    kind: str  # question, objection or praise; "" if it is none of them
    label: str
    likeness: float = 0.0  # cosine to what is explained


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a signal is one, by what the shipped classifiers say now."""

    signal: Signal
    score: float | None  # of the sentence now, before people's labels; None where no classifier judges this kind
    threshold: float | None
    rules: tuple[RuleMatch, ...]
    grounds: tuple[Ground, ...]  # the weightiest first, for and against
    examples: tuple[Example, ...]  # the most alike first


def explain(
    signal: Signal, utterances: Sequence[Utterance], nlp: Language, embed: Embed, options: DetectOptions
) -> Explanation:
    """Read the signal's sentence again and take its score apart.

    Args:
        signal: of one of these utterances.
        utterances: the whole conversation, since what is said around a sentence counts.
        nlp: the English pipeline.
        embed: gives texts unit vectors.
        options: the thresholds in force.
    """
    unit = _find_unit(signal, utterances, nlp)
    examples = nearest_examples(signal.text, embed)
    if unit is None or signal.kind not in RULE_FILES:
        return Explanation(signal, None, None, (), (), examples)
    score, weights = _take_apart(signal.kind, unit, embed)
    return Explanation(
        signal, score, _threshold(signal.kind, options), _rules(signal.kind, unit), _weightiest(weights), examples
    )


def _find_unit(signal: Signal, utterances: Sequence[Utterance], nlp: Language) -> Unit | None:
    """The sentence that shares most with the signal."""
    units = [*find_units(utterances, nlp), *(find_rep_units(utterances, nlp) if signal.kind == "next_step" else ())]
    own = [unit for unit in units if unit.utterance.id == signal.utterance_id]
    shared = [min(unit.end, signal.end) - max(unit.start, signal.start) for unit in own]
    return own[shared.index(max(shared))] if shared and max(shared) > 0 else None


def _take_apart(kind: SignalKind, unit: Unit, embed: Embed) -> tuple[float, Mapping[str, float]]:
    """The score of a sentence, and what each feature adds to its log odds."""
    embeddings = embed([unit.text])
    if kind in ("need", "next_step"):
        linear, vector = load_linear(kind), scaled(embeddings)
        named = kind_features(kind, unit.text, unit.utterance.role)
        return float(linear.score([named], vector)[0]), _contributions(linear, named, vector[0])
    classifiers = load_classifiers()
    score = _score(kind, read_units([unit], embed, classifiers)[0])
    if kind == "question":
        added = _contributions(classifiers.question, question_features(unit), None)
    else:
        linear, vector = _content_classifier(kind, classifiers), dense_vectors(embeddings, embed)[0]
        added = _contributions(linear, content_features(unit), vector)
    blend = classifiers.blends.get(kind)
    if blend is None:
        return score, added
    transformer = next(one for one in classifiers.transformers if kind in one.heads)
    logit = transformer([as_sentence(unit)])[0, transformer.heads.index(kind)]
    weighed = {name: blend.linear * value for name, value in added.items()}
    return score, {**weighed, IN_CONTEXT: blend.transformer * float(logit)}


def _score(kind: SignalKind, reading: Reading) -> float:
    return {"question": reading.question, "objection": reading.objection, "praise": reading.praise}[kind]


def _content_classifier(kind: SignalKind, classifiers: Classifiers) -> Linear:
    return classifiers.objection if kind == "objection" else classifiers.praise


def _contributions(
    linear: Linear, named: Mapping[str, float], vector: NDArray[np.float32] | None
) -> Mapping[str, float]:
    """What each feature adds to the log odds of a classifier of two classes; the dense ones together."""
    added = {
        name: linear.slope * value * float(linear.weights[linear.places[name], 0])
        for name, value in named.items()
        if name in linear.places
    }
    if vector is not None and linear.dense.shape[1]:
        added[MEANING] = linear.slope * float(vector @ linear.dense[0])
    return added


def _weightiest(weights: Mapping[str, float]) -> tuple[Ground, ...]:
    ranked = sorted(weights.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    grounds = [Ground(name, round(weight, 3)) for name, weight in ranked if abs(weight) >= 0.005]
    speaking_for = [ground for ground in grounds if ground.weight > 0][:N_GROUNDS]
    against = [ground for ground in grounds if ground.weight < 0][:N_GROUNDS]
    return (*speaking_for, *against)


def _rules(kind: SignalKind, unit: Unit) -> tuple[RuleMatch, ...]:
    plain = folded(unit.text)
    found = [(rule, rule.pattern.search(plain)) for rule in matching(RULE_FILES[kind], unit.text)]
    matches = [RuleMatch(rule.id, rule.use, unit.text[at.start() : at.end()].strip()) for rule, at in found if at]
    return tuple(sorted(matches, key=lambda one: one.use not in SPEAK_FOR))


def _threshold(kind: SignalKind, options: DetectOptions) -> float | None:
    chosen = {
        "question": options.question_threshold,
        "objection": options.objection_threshold,
        "praise": options.praise_threshold,
        "need": options.need_threshold,
        "next_step": options.next_step_threshold,
    }[kind]
    return load_thresholds()[kind] if chosen is None else chosen


def nearest_examples(text: str, embed: Embed) -> tuple[Example, ...]:
    """The labelled sentences most like the text, by the cosine of their embeddings (kept as int8)."""
    import numpy as np

    rows, vectors = _load_examples()
    cosines = vectors @ embed([text])[0]
    nearest = np.argsort(-cosines, kind="stable")[:N_EXAMPLES]
    return tuple(replace(rows[place], likeness=round(float(cosines[place]), 3)) for place in nearest)


@lru_cache(maxsize=1)
def _load_examples() -> tuple[list[Example], NDArray[np.float32]]:
    """The examples, and their unit vectors (n, 384) float32."""
    import numpy as np
    from safetensors.numpy import load_file

    folder = models.path("signals")
    rows = json.loads((folder / "examples.json").read_text("utf-8"))
    vectors = load_file(folder / "examples.safetensors")["vectors"].astype(np.float32)
    return [Example(*row) for row in rows], vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
