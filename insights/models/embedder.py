"""Texts in, unit vectors out: all-MiniLM-L6-v2 as int8 ONNX."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.models.registry import key, path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

DIM = 384
MAX_TOKENS = 256  # what the model was trained on; longer texts are cut
BATCH = 16  # texts of about the same length, padded to the longest


class Embedder:
    """Gives each text its vector: (n, 384) float32, rows of length 1, in the order of the texts.

    The same text gets the same vector, whatever stands beside it.
    """

    def __init__(self, folder: Path, tokenizer: Path, model_key: str) -> None:
        """Load the model's graph and tokenizer.

        Args:
            folder: holds model.onnx.
            tokenizer: the tokenizer.json of MiniLM.
            model_key: a hash of the weights, for caches of vectors.
        """
        from tokenizers import Tokenizer

        self.key = model_key
        self._session = open_session(folder / "model.onnx")
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()  # each batch is padded to its own longest text

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed the texts: (n, 384) float32, unit rows."""
        import numpy as np

        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(rows), DIM), dtype=np.float32)
        for batch, found in in_batches(list(map(len, rows)), lambda batch: self._embed([rows[one] for one in batch])):
            vectors[batch] = found
        return vectors

    def _embed(self, rows: list[list[int]]) -> NDArray[np.float32]:
        import numpy as np

        width = max(len(row) for row in rows)
        ids = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
            mask[place, : len(row)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {name: feed[name] for name in self._inputs})[0]  # (n, width, 384)
        weights = mask[:, :, None].astype(np.float32)
        means = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        unit: NDArray[np.float32] = means / np.linalg.norm(means, axis=1, keepdims=True)
        return unit


def open_session(file: Path) -> InferenceSession:
    """A graph that runs on one thread: `in_batches` runs it once a core at the same time, which is faster."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def in_batches(lengths: Sequence[int], run: Callable[[list[int]], Any]) -> Iterator[tuple[list[int], Any]]:
    """Run over texts of about the same length together, as many batches at once as there are cores.

    `run` gets the indexes of a batch; they come back with its result.
    """
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    size = max(1, min(BATCH, -(-len(lengths) // n_cores)))
    longest_first = sorted(range(len(lengths)), key=lambda place: -lengths[place])  # so that no core waits at the end
    batches = [longest_first[start : start + size] for start in range(0, len(lengths), size)]
    with ThreadPoolExecutor(n_cores) as pool:
        yield from zip(batches, pool.map(run, batches), strict=True)


@lru_cache(maxsize=1)
def load_embedder() -> Embedder:
    """The sentence embedder, loaded once per process."""
    return _load("minilm")


@lru_cache(maxsize=1)
def load_theme_embedder() -> Embedder:
    """The embedder that was tuned to bring together what asks for the same, loaded once per process."""
    return _load("minilm-themes")


def _load(name: str) -> Embedder:
    return Embedder(path(name), path("minilm") / "tokenizer.json", key(name))
