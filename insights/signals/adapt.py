"""What a user's own labels change: a correction of the classifiers' scores, learnt on the spot, none by default.

    corrected = sigmoid(offset + slope * logit(score) + weights . embedding)

Slope 1, offset 0 and no weights change nothing; Platt's calibration is the case without weights. How it is learnt:
`insights.signals.learning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AdaptedKind = Literal["question", "objection"]
ADAPTED_KINDS: tuple[AdaptedKind, ...] = ("question", "objection")
LOGIT_LIMIT = 8.0  # of scores that are all but 0 or 1


@dataclass(frozen=True, slots=True)
class Correction:
    """How one kind's scores are corrected."""

    slope: float = 1.0
    offset: float = 0.0
    weights: tuple[float, ...] = ()  # (dim,) of the sentence's embedding; empty: slope and offset only


@dataclass(frozen=True, slots=True)
class Adapter:
    """The corrections in force; None leaves a kind's scores as they are."""

    question: Correction | None = None
    objection: Correction | None = None


def adapt(
    kind: AdaptedKind, scores: NDArray[np.float32], embeddings: NDArray[np.float32], adapter: Adapter | None
) -> NDArray[np.float32]:
    """The scores (n,) of sentences with these embeddings (n, dim) as the adapter corrects them; 0 to 1, (n,)."""
    correction = getattr(adapter, kind, None)
    return scores if correction is None else corrected(scores, embeddings, correction)


def corrected(
    scores: NDArray[np.float32], embeddings: NDArray[np.float32], correction: Correction
) -> NDArray[np.float32]:
    """The corrected scores, (n,) from 0 to 1."""
    import numpy as np
    from scipy.special import expit

    values = correction.offset + correction.slope * logit(scores)
    if correction.weights:
        values = values + embeddings @ np.asarray(correction.weights)
    chances: NDArray[np.float32] = expit(values).astype(np.float32)
    return chances


def logit(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Log odds of scores, within limits: (n,)."""
    import numpy as np
    from scipy.special import logit as log_odds

    values: NDArray[np.float64] = np.clip(log_odds(scores.astype(np.float64)), -LOGIT_LIMIT, LOGIT_LIMIT)
    return values


def adapter_to_json(adapter: Adapter) -> dict[str, Any]:
    """An adapter as JSON holds it."""
    from dataclasses import asdict

    return asdict(adapter)


def adapter_from_json(row: dict[str, Any]) -> Adapter:
    """The adapter that `adapter_to_json` gave."""
    return Adapter(
        **{
            kind: Correction(one["slope"], one["offset"], tuple(one["weights"]))
            for kind in ADAPTED_KINDS
            if (one := row[kind]) is not None
        }
    )
