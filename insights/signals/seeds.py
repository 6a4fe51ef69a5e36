"""Dense vectors of a sentence: its embedding, and how near it comes to the examples of each objection type."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from insights.signals.options import Embed, ObjectionType, load_types

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


def nearest_type(
    embedding: NDArray[np.float32], types: Sequence[ObjectionType], embed: Embed
) -> tuple[ObjectionType | None, float]:
    """The type whose example is nearest to one sentence, with the cosine."""
    scored = [
        (type_, float(similarity(embedding[None], type_.examples, embed)[0])) for type_ in types if type_.examples
    ]
    return max(scored, key=lambda pair: pair[1], default=(None, 0.0))


@lru_cache(maxsize=256)
def _embedded(examples: tuple[str, ...], embed: Embed) -> NDArray[np.float32]:
    vectors: NDArray[np.float32] = embed(examples)
    return vectors
