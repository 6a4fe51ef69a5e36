"""What reps and customers say: a linear score over cues that are data."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

MAX_COUNT = 2  # a cue counts so often for one speaker: a habit of speech must not decide


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern that speaks for a rep (weight above 0) or a customer (below)."""

    id: str
    weight: float
    pattern: re.Pattern[str]


@cache
def load_cues() -> tuple[Cue, ...]:
    """The cues of rules/role_cues.jsonl."""
    lines = files("insights.utterances").joinpath("rules", "role_cues.jsonl").read_text("utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return tuple(Cue(row["id"], row["weight"], _compile(row["id"], row["pattern"])) for row in rows)


def _compile(cue_id: str, pattern: str) -> re.Pattern[str]:
    # Introductions tell a name by its capital, all else holds in any case.
    return re.compile(pattern) if cue_id in {"rep-speaking", "rep-this-is-from"} else re.compile(pattern, re.IGNORECASE)


def score_cues(texts: Sequence[str]) -> float:
    """The cues' weights, summed: evidence, as uncalibrated log-odds, that a rep says the texts."""
    return sum(
        cue.weight * min(MAX_COUNT, sum(bool(cue.pattern.search(text)) for text in texts)) for cue in load_cues()
    )
