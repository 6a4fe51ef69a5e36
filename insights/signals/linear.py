"""Linear classifiers read from JSON: named features and dense vectors in, calibrated scores out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from insights.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Linear:
    """A logistic regression: one row of weights a class, a single row if there are two classes.

    The score of a class is `sigmoid(slope * z + offset)` of its decision value z for two classes (Platt's
    calibration), `softmax(slope * z)` for more.
    """

    classes: tuple[str, ...]
    weights: Mapping[str, NDArray[np.float32]]  # (n_rows,) by name of feature
    dense: NDArray[np.float32]  # (n_rows, n_dense)
    intercept: NDArray[np.float32]  # (n_rows,)
    slope: float
    offset: float

    def score(
        self, features: Sequence[Mapping[str, float]], vectors: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Scores of shape (n,) for two classes, (n, n_classes) for more."""
        import numpy as np

        values = np.tile(self.intercept, (len(features), 1))
        for row, named in enumerate(features):
            for name, value in named.items():
                weight = self.weights.get(name)
                if weight is not None:
                    values[row] += value * weight
        if vectors is not None and self.dense.shape[1]:
            values += vectors @ self.dense.T
        if len(self.classes) == 2:
            calibrated: NDArray[np.float32] = 1 / (1 + np.exp(-(self.slope * values[:, 0] + self.offset)))
            return calibrated
        powers = np.exp(self.slope * (values - values.max(axis=1, keepdims=True)))
        shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return shares


def read_linear(path: Path) -> Linear:
    """The classifier of a JSON file that models/training/train.py wrote."""
    import numpy as np

    row = json.loads(path.read_text("utf-8"))
    if row.get("format") != FORMAT:
        raise ModelError(f"{path} has format {row.get('format')}, not {FORMAT}. Run `insights models get signals`.")
    weights = {name: np.asarray(values, dtype=np.float32) for name, values in row["weights"].items()}
    dense = np.asarray(row["dense"], dtype=np.float32).reshape(len(row["intercept"]), -1)
    intercept = np.asarray(row["intercept"], dtype=np.float32)
    return Linear(tuple(row["classes"]), weights, dense, intercept, row["slope"], row["offset"])
