"""Which side somebody is on, by what is said: a linear classifier over words, word pairs and cues, as log-odds."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from insights import models
from insights.errors import ModelError
from insights.utterances.cues import score_cues

FORMAT = 1
HALF_SAID = 50  # words after which a text weighs 1/√2 of one without end: few words give little evidence
SCALE = 10.0  # length of the vector of words and word pairs, before it is weighed by how much was said
MAX_CUES = 6.0  # log-odds that cues alone can add up to
WORD = re.compile(r"[a-z']+|\d+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one speaker's words are read as."""

    words: float  # the classifier's decision value; of use beside another speaker's, or with `said`
    cues: float  # of the cues, within ±MAX_CUES
    said: float  # 0-1, grows with the number of words


@dataclass(frozen=True, slots=True)
class Talk:
    """A trained classifier; values above 0 speak for the rep.

    Log-odds are Platt's, linear in the readings: of one of two speakers in their difference, without an offset; of a
    speaker alone with an offset for `said`.
    """

    weights: Mapping[str, float]  # by feature
    pair: tuple[float, float]  # slopes of words and cues
    alone: tuple[float, float, float]  # slopes of words, cues and said

    def read(self, texts: Sequence[str]) -> Reading:
        """The reading of all that one speaker says."""
        words = sum(self.weights.get(name, 0.0) * value for name, value in talk_features(texts).items())
        return Reading(words, MAX_CUES * math.tanh(score_cues(texts) / MAX_CUES), weigh_said(texts))


@cache
def load_talk() -> Talk:
    """The classifier of models/roles/, read once per process."""
    return read_talk(models.path("roles") / "talk.json")


def read_talk(path: Path) -> Talk:
    """The classifier of a JSON file that models/training/train_roles.py wrote."""
    row = json.loads(path.read_text("utf-8"))
    if row.get("format") != FORMAT:
        raise ModelError(f"{path} has format {row.get('format')}, not {FORMAT}. Run `insights models get roles`.")
    return Talk(row["weights"], tuple(row["pair"]), tuple(row["alone"]))


def judge_one(texts: Sequence[str]) -> float:
    """Log-odds that the speaker of the texts is a rep."""
    talk = load_talk()
    reading = talk.read(texts)
    words, cues, said = talk.alone
    return words * reading.words + cues * reading.cues + said * reading.said


def judge_pair(first: Sequence[str], second: Sequence[str]) -> float:
    """Log-odds that the first of two speakers is the rep and the second the customer, rather than the reverse."""
    talk = load_talk()
    one, other = talk.read(first), talk.read(second)
    return talk.pair[0] * (one.words - other.words) + talk.pair[1] * (one.cues - other.cues)


def talk_features(texts: Sequence[str]) -> dict[str, float]:
    """Words and word pairs of all that one speaker says.

    Logarithms of counts, scaled to one length: who speaks more is not thereby the rep.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        words = _words(text)
        counts.update(f"w={word}" for word in words)
        counts.update(f"ww={first} {second}" for first, second in pairwise(["^", *words, "$"]))
    logs = {name: math.log1p(count) for name, count in counts.items()}
    length = math.sqrt(sum(value * value for value in logs.values())) or 1.0
    scale = SCALE * weigh_said(texts) / length
    return {name: scale * value for name, value in logs.items()}


def weigh_said(texts: Sequence[str]) -> float:
    """How much evidence the texts can give, 0-1: sqrt(n / (n + HALF_SAID)) of n words."""
    n_words = sum(len(_words(text)) for text in texts)
    return math.sqrt(n_words / (n_words + HALF_SAID))


def _words(text: str) -> list[str]:
    return ["0" if word.isdigit() else word for word in WORD.findall(text.lower().replace("’", "'"))]


def to_probability(log_odds: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))
