"""Dense vectors of a sentence: its embedding, and how near it comes to the examples of each objection type."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from insights.signals.options import Embed, load_types

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDING_SCALE = 8.0  # of 384 dimensions of about 0.05 each: brings them to the size of the other features
SIMILARITY_SCALE = 3.0


def dense_vectors(embeddings: NDArray[np.float32], embed: Embed) -> NDArray[np.float32]:
    """Scaled embeddings beside similarities to examples and counterexamples: (n, 384 + 2 * n_types) float32."""
    import numpy as np

    near = [similarity(embeddings, type_.examples, embed) for type_ in load_types()]
    far = [similarity(embeddings, type_.counterexamples, embed) for type_ in load_types()]
    return np.hstack([EMBEDDING_SCALE * embeddings, SIMILARITY_SCALE * np.column_stack(near + far)])


def similarity(embeddings: NDArray[np.float32], examples: tuple[str, ...], embed: Embed) -> NDArray[np.float32]:
    """Cosine to the nearest example: (n,)."""
    nearest: NDArray[np.float32] = (embeddings @ _embedded(examples, embed).T).max(axis=1)
    return nearest


@lru_cache(maxsize=256)
def _embedded(examples: tuple[str, ...], embed: Embed) -> NDArray[np.float32]:
    vectors: NDArray[np.float32] = embed(examples)
    return vectors
