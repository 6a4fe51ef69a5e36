"""Stretches of speech in, unit vectors out: CAM++ as ONNX. The vectors of one voice point the same way."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from insights.models.registry import path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIM = 192
BATCH = 4  # windows at a time; more are slower, their intermediate results no longer fit the cache


class SpeakerEncoder:
    """Gives each stretch of speech the vector of its voice: (n, 192) float32, rows of length 1."""

    def __init__(self, folder: Path) -> None:
        """Load the graph; `folder` holds model.onnx."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the recogniser's processes fill the other cores
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embed stretches of equal length.

        Args:
            features: (n, n_frames, 80) float32, log mel energies of 10 ms frames, less their mean over each stretch.
        """
        import numpy as np

        if not len(features):
            return np.zeros((0, DIM), dtype=np.float32)
        batches = (features[start : start + BATCH] for start in range(0, len(features), BATCH))
        vectors = np.concatenate([self._session.run(None, {"feats": batch})[0] for batch in batches])
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@lru_cache(maxsize=1)
def load_speaker_encoder() -> SpeakerEncoder:
    """The speaker encoder, loaded once per process."""
    return SpeakerEncoder(path("campplus"))
