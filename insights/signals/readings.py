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
RULED_OUT = 0.01  # a sentence that no linear classifier gives as much is not read by the transformer: half of the time
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
    transformer: models.SentenceClassifier


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
        transformer=models.load_sentence_classifier(),
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
    logits = _read_in_context(units, scores, classifiers)
    for kind, blend in classifiers.blends.items():
        read = logits.any(axis=1)
        scores[kind][read] = blend.score(logits[read, models.HEADS.index(kind)], scores[kind][read])
    scores["question"] = _lower_stated(units, scores["question"])
    columns = (
        embeddings,
        adapt("question", _lift("questions", units, scores["question"]), embeddings, adapter).tolist(),
        _best(classifiers.question_kind, content, vectors, classifiers.transformer.choice("question_kind", logits)),
        adapt("objection", _lift("objections", units, scores["objection"]), embeddings, adapter).tolist(),
        _best(classifiers.objection_type, content, vectors, classifiers.transformer.choice("objection_type", logits)),
        scores["praise"].tolist(),
    )
    return tuple(Reading(unit, *values) for unit, *values in zip(units, *columns, strict=True))


def _read_in_context(
    units: Sequence[Unit], scores: Mapping[str, NDArray[np.float32]], classifiers: Classifiers
) -> NDArray[np.float32]:
    """The transformer's logits (n, n_logits); zeros of sentences that all linear classifiers rule out."""
    import numpy as np

    highest = np.max([scores[kind] for kind in classifiers.blends], axis=0)
    open_ = np.flatnonzero(highest >= RULED_OUT).tolist()
    logits = np.zeros((len(units), classifiers.transformer.n_logits), dtype=np.float32)
    logits[open_] = classifiers.transformer([as_sentence(units[place]) for place in open_])
    return logits


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
