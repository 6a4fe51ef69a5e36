"""One score of two opinions: a linear classifier's, which says why, and a small transformer's, which reads in context.

    score = sigmoid(transformer * its logit + linear * logit of the linear score + offset)

Weights and offset are a logistic regression on sentences that neither learnt from (stacking, Wolpert 1992), for the
share of such sentences that calls and mails have; both opinions have the same weight.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from insights.signals.adapt import logit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Blend:
    """How much either opinion weighs, and what is added."""

    transformer: float
    linear: float
    offset: float

    def score(self, logits: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """The blended scores of the transformer's logits (n,) and the linear classifier's scores (n,): (n,)."""
        import numpy as np
        from scipy.special import expit

        values = self.transformer * logits.astype(np.float64) + self.linear * logit(scores) + self.offset
        blended: NDArray[np.float32] = expit(values).astype(np.float32)
        return blended


def read_blends(path: Path) -> Mapping[str, Blend]:
    """The blends of a JSON file that models/training/train_blend.py wrote, by kind of signal."""
    rows = json.loads(path.read_text("utf-8"))
    return {kind: Blend(**row) for kind, row in rows.items()}
