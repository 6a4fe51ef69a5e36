"""Which side somebody is on, by what is said: log-odds that it is the rep."""

from __future__ import annotations

import math
from collections.abc import Sequence

from insights.utterances.cues import score_talk


def judge_one(texts: Sequence[str]) -> float:
    """Log-odds that the speaker of the texts is a rep."""
    return score_talk(texts)


def judge_pair(first: Sequence[str], second: Sequence[str]) -> float:
    """Log-odds that the first of two speakers is the rep and the second the customer, rather than the reverse."""
    return score_talk(first) - score_talk(second)


def to_probability(log_odds: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))
