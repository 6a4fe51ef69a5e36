"""Sentences in, logits out: a small transformer that reads a sentence with what is said before and after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from insights.models.embedder import in_batches, open_session
from insights.models.registry import path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAMES = ("minilm-questions", "minilm-objections")
MAX_CHARS = (2000, 300, 150)  # that are tokenized at all
CLS, SEP = 101, 102
INSIDE, GOES_ON = 1, 2  # tokens that the vocabulary leaves unused


class Sentence(NamedTuple):
    """What the classifier reads."""

    text: str
    before: str  # what somebody else said last
    after: str  # what somebody else says next
    goes_on: bool = False  # the speaker says more before that
    is_last: bool = True  # of its utterance; else nothing is read of what comes next


class SentenceClassifier:
    """Gives each sentence its logits; the same sentence gets the same ones, whatever stands beside it."""

    def __init__(self, folder: Path, tokenizer: Path) -> None:
        """Load the graph and the tokenizer.

        Args:
            folder: holds model.onnx.
            tokenizer: the tokenizer.json of MiniLM.
        """
        from tokenizers import Tokenizer

        self._session = open_session(folder / "model.onnx")
        kept = self._session.get_modelmeta().custom_metadata_map
        self._classes: dict[str, list[str]] = json.loads(kept["classes"])
        self._max_tokens: list[int] = json.loads(kept["max_tokens"])  # of the sentence, before it, after it
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    @property
    def heads(self) -> tuple[str, ...]:
        """What the first logits say yes or no to, such as "question"."""
        return tuple(self._classes[""])

    @property
    def choices(self) -> tuple[str, ...]:
        """What the other logits choose among, such as "question_kind"."""
        return tuple(name for name in self._classes if name)

    @property
    def n_logits(self) -> int:
        """How many logits a sentence gets: of `heads`, then of the classes of each choice."""
        return sum(map(len, self._classes.values()))

    def choice(self, task: str, logits: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """The columns (n,) of a choice among the logits (n, n_logits), by class."""
        tasks = list(self._classes)
        first = sum(len(self._classes[one]) for one in tasks[: tasks.index(task)])
        return {name: logits[:, first + place] for place, name in enumerate(self._classes[task])}

    def __call__(self, sentences: Sequence[Sentence]) -> NDArray[np.float32]:
        """Logits of the heads and of the choices: (n, n_logits) float32."""
        import numpy as np

        rows = [self._encode(sentence) for sentence in sentences]
        logits = np.zeros((len(rows), self.n_logits), dtype=np.float32)
        lengths = [len(ids) for ids, _ in rows]
        for batch, found in in_batches(lengths, lambda batch: self._run([rows[place] for place in batch])):
            logits[batch] = found
        return logits

    def _encode(self, sentence: Sentence) -> tuple[list[int], int]:
        """Token ids, and how many belong to the sentence: [CLS] sentence [SEP] before [SEP] after [SEP]."""
        n_text, n_before, n_after = self._max_tokens
        text = self._ids(sentence.text[: MAX_CHARS[0]])[:n_text]
        before = self._ids(sentence.before[-MAX_CHARS[1] :])[-n_before:]
        after = self._ids(sentence.after[: MAX_CHARS[2]])[:n_after] if sentence.is_last else []
        sign = [INSIDE] if not sentence.is_last else [GOES_ON] if sentence.goes_on else []
        own = [CLS, *text, SEP]
        return [*own, *before, SEP, *sign, *after, SEP], len(own)

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _run(self, rows: list[tuple[list[int], int]]) -> NDArray[np.float32]:
        import numpy as np

        width = max(len(ids) for ids, _ in rows)
        feed = {name: np.zeros((len(rows), width), dtype=np.int64) for name in ("input_ids", "token_type_ids")}
        feed["attention_mask"] = np.zeros((len(rows), width), dtype=np.int64)
        for place, (ids, n_own) in enumerate(rows):
            feed["input_ids"][place, : len(ids)] = ids
            feed["attention_mask"][place, : len(ids)] = 1
            feed["token_type_ids"][place, n_own : len(ids)] = 1
        logits: NDArray[np.float32] = self._session.run(None, feed)[0]
        return logits


@lru_cache(maxsize=1)
def load_sentence_classifiers() -> tuple[SentenceClassifier, ...]:
    """The classifiers of questions and of objections, loaded once per process."""
    return tuple(SentenceClassifier(path(name), path("minilm") / "tokenizer.json") for name in NAMES)
