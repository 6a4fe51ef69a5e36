"""The user's own types of objection: a sentence is claimed for one where it is clearly like its examples.

Ten examples are few, and sentences are near each other by their subject more than by what they say of it. So each type
gets a logistic regression over sentence embeddings, of its examples against those of all other types, everybody's
counterexamples and a background of ordinary sentences (background.txt); its decision is then weighed with the nearness
of the nearest examples on both sides and with how much of an objection the sentence is. Those weights were learnt over
the built-in types: each was taken out of the training text in turn (out of the classifier of objections, too) and given
back as a user's type of ten examples, from other industries than those that it was looked for in.

Measured so, each type by weights learnt over the other thirteen, with 2.2 in a hundred sentences of the type: average
precision .26 with ten examples and .32 with twenty (by the nearest cosine alone .13). From a chance of .5 on, precision
is .65 with ten examples and .63 with twenty, recall .06 and .11; 84 in a hundred claimed sentences are objections.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from insights.signals.options import Embed, ObjectionType, load_types

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STRENGTH = 1.0  # C of the regressions
N_NEAREST = 3  # examples whose mean cosine says how near a side is
INTERCEPT, DECISION, NEAR, FAR, OBJECTION = 0.75, 1.64, 1.67, -5.70, 0.51  # of the chance; see above
LEAST_OBJECTION = 1e-3  # a lower score counts no more


@dataclass(frozen=True, slots=True)
class Claim:
    """The type that claims a sentence most, how likely rightly, and its nearest example."""

    type: ObjectionType
    chance: float  # 0-1
    example: str


@dataclass(frozen=True, slots=True)
class Claimant:
    """One type, as its examples tell it from everything else."""

    type: ObjectionType
    near: NDArray[np.float32]  # (n, dim) its examples
    far: NDArray[np.float32]  # (m, dim) what is none of it
    weights: NDArray[np.float64]  # (dim,)
    intercept: float


def claim(
    embedding: NDArray[np.float32], objection: float, types: Sequence[ObjectionType], embed: Embed
) -> Claim | None:
    """The user's type that a sentence is most likely of; None without such types.

    Args:
        embedding: of the sentence, (dim,), unit length.
        objection: its score as an objection, 0 to 1.
        types: the user's own, each with at least one example.
        embed: gives texts unit vectors.
    """
    claims = (_claim(embedding, objection, claimant) for claimant in _learn(tuple(types), embed))
    return max(claims, key=lambda one: one.chance, default=None)


def _claim(embedding: NDArray[np.float32], objection: float, claimant: Claimant) -> Claim:
    import numpy as np

    near, far = claimant.near @ embedding, claimant.far @ embedding
    value = (
        INTERCEPT
        + DECISION * (float(claimant.weights @ embedding) + claimant.intercept)
        + NEAR * float(np.sort(near)[-N_NEAREST:].mean())
        + FAR * float(np.sort(far)[-N_NEAREST:].mean())
        + OBJECTION * math.log(max(objection, LEAST_OBJECTION))
    )
    return Claim(claimant.type, 1 / (1 + math.exp(-value)), claimant.type.examples[int(near.argmax())])


@lru_cache(maxsize=4)
def _learn(types: tuple[ObjectionType, ...], embed: Embed) -> tuple[Claimant, ...]:
    return tuple(_learn_one(type_, types, embed) for type_ in types)


def _learn_one(type_: ObjectionType, types: Sequence[ObjectionType], embed: Embed) -> Claimant:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    others = [one for one in (*load_types(), *types) if one.id != type_.id]
    against = [text for one in others for text in (*one.examples, *one.counterexamples)]
    near: Any = embed(type_.examples)
    far: Any = embed([*type_.counterexamples, *against, *load_background()])
    truth = np.arange(len(near) + len(far)) < len(near)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=3000).fit(np.vstack([near, far]), truth)
    return Claimant(type_, near, far, model.coef_[0], float(model.intercept_[0]))


def load_background() -> tuple[str, ...]:
    """Ordinary sentences of customers, drawn at random from the labelled text of models/training/ (train part)."""
    return tuple(files("insights.signals").joinpath("background.txt").read_text("utf-8").splitlines())
