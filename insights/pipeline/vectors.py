"""Sentence vectors, computed once per text and model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from insights.models import Embedder
from insights.store import Store


class CachedEmbedder:
    """An embedder that looks into the store first and keeps there what it computes."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts: (len(texts), dim) float32, unit rows."""
        known = self._store.vectors(texts, self._embedder.key)
        missing = sorted(set(texts) - set(known))
        if missing:
            fresh = dict(zip(missing, self._embedder(missing), strict=True))
            self._store.save_vectors(fresh, self._embedder.key)
            known |= fresh
        return np.stack([known[text] for text in texts]) if texts else self._embedder([])
