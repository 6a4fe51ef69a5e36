"""Linear classifiers read from JSON: named features and dense vectors in, calibrated scores out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from insights.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Linear:
    """A logistic regression: one row of weights a class, a single row if there are two classes.

    The score of a class is `sigmoid(slope * z + offset)` of its decision value z for two classes (Platt's
    calibration), `softmax(slope * z)` for more.
    """

    classes: tuple[str, ...]
    places: Mapping[str, int]  # of the features, by name
    weights: NDArray[np.float32]  # (n_features, n_rows)
    dense: NDArray[np.float32]  # (n_rows, n_dense)
    intercept: NDArray[np.float32]  # (n_rows,)
    slope: float
    offset: float

    def score(
        self, features: Sequence[Mapping[str, float]], vectors: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Scores of shape (n,) for two classes, (n, n_classes) for more."""
        import numpy as np

        values = self._known(features) @ self.weights + self.intercept
        if vectors is not None and self.dense.shape[1]:
            values += vectors @ self.dense.T
        if len(self.classes) == 2:
            calibrated: NDArray[np.float32] = 1 / (1 + np.exp(-(self.slope * values[:, 0] + self.offset)))
            return calibrated
        powers = np.exp(self.slope * (values - values.max(axis=1, keepdims=True)))
        shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def _known(self, features: Sequence[Mapping[str, float]]) -> csr_array:
        """The features that have weights: (n, n_features) float32."""
        import numpy as np
        from scipy.sparse import csr_array

        none = len(self.places)  # the column of features without weights, which is cut off
        places = np.fromiter(map(self.places.get, chain.from_iterable(features), repeat(none)), np.int32)
        values = np.fromiter(chain.from_iterable(named.values() for named in features), np.float32)
        starts = np.cumsum([0, *map(len, features)])
        return csr_array((values, places, starts), shape=(len(features), none + 1))[:, :none]


def read_linear(path: Path) -> Linear:
    """The classifier of a JSON file that models/training/train.py wrote."""
    import numpy as np

    row = json.loads(path.read_text("utf-8"))
    if row.get("format") != FORMAT:
        raise ModelError(f"{path} has format {row.get('format')}, not {FORMAT}. Run `insights models get signals`.")
    places = {name: place for place, name in enumerate(row["weights"])}
    weights = np.asarray(list(row["weights"].values()), dtype=np.float32).reshape(len(places), -1)
    dense = np.asarray(row["dense"], dtype=np.float32).reshape(len(row["intercept"]), -1)
    intercept = np.asarray(row["intercept"], dtype=np.float32)
    return Linear(tuple(row["classes"]), places, weights, dense, intercept, row["slope"], row["offset"])
