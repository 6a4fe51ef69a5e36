"""Signs that recognised words may be invented: a recogniser given noise or silence still writes something."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import groupby

MIN_AVG_LOGPROB = -1.0  # Whisper's own limit
MAX_COMPRESSION = 2.4  # likewise: text that repeats itself compresses well
MIN_LOOP = 3  # equal segments in a row; people read out lists that compress well, too
NO_SPEECH = 0.6  # likewise
DOUBTFUL_AVG_LOGPROB = -0.7  # with signs of silence, less doubt is enough
MAX_WORDS_A_SECOND = 9.0  # the fastest speakers reach about 7
MIN_REPEATED_WORDS = 8  # a phrase said again and again over this many words
MAX_PHRASE = 8  # words

WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True, slots=True)
class Doubts:
    """What the recogniser says of a stretch of words."""

    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float

    @property
    def confidence(self) -> float:
        """The mean probability of a token, 0 to 1."""
        return min(1.0, math.exp(self.avg_logprob))


def is_suspect(text: str, duration_s: float, doubts: Doubts, n_in_a_row: int = 1) -> bool:
    """Whether the words may be invented.

    Args:
        text: a segment's words.
        duration_s: how long they are said to take.
        doubts: what the recogniser says of the 30 seconds around them.
        n_in_a_row: how many segments in a row have these very words.
    """
    words = WORD.findall(text.lower())
    seems_silent = doubts.no_speech_prob > NO_SPEECH and doubts.avg_logprob < DOUBTFUL_AVG_LOGPROB
    is_loop = doubts.compression_ratio > MAX_COMPRESSION and n_in_a_row >= MIN_LOOP
    return (
        not words
        or doubts.avg_logprob < MIN_AVG_LOGPROB
        or is_loop
        or seems_silent
        or " ".join(words) in invented_phrases()
        or len(words) > 3 + MAX_WORDS_A_SECOND * duration_s
        or is_repetitive(words)
    )


def rows_of_equals(texts: Sequence[str]) -> list[int]:
    """For each text, how many equal ones stand in a row with it."""
    rows: list[int] = []
    for _, group in groupby(texts, key=str.lower):
        n_equal = len(list(group))
        rows += [n_equal] * n_equal
    return rows


def is_repetitive(words: list[str]) -> bool:
    """Whether one phrase, said at least four times in a row, makes up eight words or more."""
    for size in range(1, min(MAX_PHRASE, len(words) // 4) + 1):
        run = 0  # words equal to the word one phrase earlier
        for index in range(size, len(words)):
            run = run + 1 if words[index] == words[index - size] else 0
            if run >= 3 * size and run + size >= MIN_REPEATED_WORDS:
                return True
    return False


@lru_cache(maxsize=1)
def invented_phrases() -> frozenset[str]:
    """Sentences of video credits that Whisper writes over silence and that nobody says in a call."""
    text = (files("insights.transcripts") / "invented.txt").read_text(encoding="utf-8")
    return frozenset(" ".join(WORD.findall(line.lower())) for line in text.splitlines() if line.strip())
