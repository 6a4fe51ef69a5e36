"""What the classifiers say of each sentence, before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from insights import models
from insights.signals.adapt import Adapter, adapt, logit
from insights.signals.blend import Blend, read_blends
from insights.signals.features import content_features, question_features
from insights.signals.linear import Linear, read_linear
from insights.signals.options import Embed
from insights.signals.rules import find_sure, matching
from insights.signals.seeds import dense_vectors
from insights.signals.units import Unit
from insights.types import SignalKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STATED = (
    0.75  # a sentence that its writer or the recogniser closed with a full stop is as likely a question only from here
)
RULED_OUT = 0.01  # a sentence that its linear classifiers give less is not read by their transformer: half of the time
SURE = 0.8  # score of a rule that is nearly always right, whatever the classifier says; people's labels may lower it


@dataclass(frozen=True, slots=True)
class Classifiers:
    """The trained parts, as models/signals/ holds them."""

    question: Linear
    question_kind: Linear
    objection: Linear
    objection_type: Linear
    praise: Linear
    blends: Mapping[str, Blend]  # of kinds that the transformer judges, too
    transformers: tuple[models.SentenceClassifier, ...]  # each judges other kinds


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence with its scores."""

    unit: Unit
    embedding: NDArray[np.float32]  # (384,), unit length
    question: float
    question_kind: str
    objection: float
    objection_type: str
    praise: float


@dataclass(frozen=True, slots=True)
class Found:
    """A signal before it gets its id and time."""

    unit: Unit
    kind: SignalKind
    label: str
    start: int
    end: int
    score: float
    why: tuple[str, ...]


@lru_cache(maxsize=1)
def load_classifiers() -> Classifiers:
    """The classifiers of models/signals/, read once per process."""
    folder = models.path("signals")
    names = ("question", "question_kind", "objection", "objection_type", "praise")
    return Classifiers(
        **{name: read_linear(folder / f"{name}.json") for name in names},
        blends=read_blends(folder / "blend.json"),
        transformers=models.load_sentence_classifiers(),
    )


def read_units(
    units: Sequence[Unit], embed: Embed, classifiers: Classifiers, adapter: Adapter | None = None
) -> tuple[Reading, ...]:
    """Every sentence with its scores, in order."""
    if not units:
        return ()
    embeddings = embed([unit.text for unit in units])
    vectors = dense_vectors(embeddings, embed)
    lexical = [question_features(unit) for unit in units]
    content = [content_features(unit) for unit in units]
    scores = {
        "question": classifiers.question.score(lexical),
        "objection": classifiers.objection.score(content, vectors),
        "praise": classifiers.praise.score(content, vectors),
    }
    opinions: dict[str, Mapping[str, NDArray[np.float32]]] = {}
    for transformer in classifiers.transformers:
        opinions |= _read_in_context(units, scores, transformer, classifiers.blends)
    scores["question"] = _lower_stated(units, scores["question"])
    columns = (
        embeddings,
        adapt("question", _lift("questions", units, scores["question"]), embeddings, adapter).tolist(),
        _best(classifiers.question_kind, content, vectors, opinions["question_kind"]),
        adapt("objection", _lift("objections", units, scores["objection"]), embeddings, adapter).tolist(),
        _best(classifiers.objection_type, content, vectors, opinions["objection_type"]),
        scores["praise"].tolist(),
    )
    return tuple(Reading(unit, *values) for unit, *values in zip(units, *columns, strict=True))


def _read_in_context(
    units: Sequence[Unit],
    scores: Mapping[str, NDArray[np.float32]],
    transformer: models.SentenceClassifier,
    blends: Mapping[str, Blend],
) -> dict[str, Mapping[str, NDArray[np.float32]]]:
    """Blend a transformer's opinion into the scores, in place; by choice and class, its logits (n,) come back.

    What its linear classifiers all rule out is not read, keeps its scores and has logits of zero.
    """
    import numpy as np

    highest = np.max([scores[kind] for kind in transformer.heads], axis=0)
    read = np.flatnonzero(highest >= RULED_OUT).tolist()
    logits = np.zeros((len(units), transformer.n_logits), dtype=np.float32)
    logits[read] = transformer([as_sentence(units[place]) for place in read])
    for column, kind in enumerate(transformer.heads):
        scores[kind][read] = blends[kind].score(logits[read, column], scores[kind][read])
    return {task: transformer.choice(task, logits) for task in transformer.choices}


def as_sentence(unit: Unit) -> models.Sentence:
    """What the transformer reads of a unit."""
    return models.Sentence(unit.judged, unit.context, unit.reply, unit.goes_on, unit.is_last)


def _lower_stated(units: Sequence[Unit], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The chances that sentences ask, lower for those that a writer closed: `STATED` becomes a half; (n,)."""
    import numpy as np
    from scipy.special import expit

    stated = np.array([unit.text.endswith((".", "!")) and not unit.is_spoken for unit in units])
    lowered: NDArray[np.float32] = expit(logit(scores) - logit(np.array([STATED])) * stated).astype(np.float32)
    return lowered


def _lift(rules: str, units: Sequence[Unit], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The scores, at least `SURE` where a rule of that file is nearly always right: (n,)."""
    import numpy as np

    least = [SURE if find_sure(matching(rules, unit.text)) else 0.0 for unit in units]
    return np.maximum(scores, np.array(least, dtype=np.float32))


def _best(
    classifier: Linear,
    features: list[dict[str, float]],
    vectors: NDArray[np.float32],
    opinion: Mapping[str, NDArray[np.float32]],
) -> list[str]:
    """The likeliest class of each sentence: the product of both opinions (Hinton 2002, "products of experts")."""
    import numpy as np
    from scipy.special import log_softmax

    other = log_softmax(np.stack([opinion[name] for name in classifier.classes], axis=1), axis=1)
    chances = np.log(classifier.score(features, vectors) + 1e-9) + other
    return [classifier.classes[place] for place in chances.argmax(axis=1)]
