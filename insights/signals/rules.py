"""Rules as data.

A match speaks for a signal (find), does so nearly always (sure), speaks against one (guard), rules it out (veto), or is
only of interest to the classifiers (cue).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

SPEAK_FOR = frozenset({"sure", "find"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern with its id and what a match means. It is written for text as `folded` gives it."""

    id: str
    use: Literal["sure", "find", "guard", "veto", "cue"]
    label: str
    pattern: re.Pattern[str]


@cache
def load_rules(name: str) -> tuple[Rule, ...]:
    """The rules of rules/NAME.jsonl."""
    lines = files("insights.signals").joinpath("rules", f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return tuple(Rule(row["id"], row["use"], row["label"], re.compile(row["pattern"])) for row in rows)


@lru_cache(maxsize=8192)  # features, thresholds and reasons ask for the same sentence, one after the other
def matching(name: str, text: str) -> tuple[Rule, ...]:
    """The rules of a file that match the text."""
    plain = folded(text)
    return tuple(rule for rule in load_rules(name) if rule.pattern.search(plain))


def folded(text: str) -> str:
    """The text in lower case and with straight apostrophes, character for character, so that offsets stay.

    Patterns that need not ignore case are found more than twice as fast.
    """
    lower = text.replace("’", "'").lower()  # mail programs curl the apostrophe
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := one.lower()) == 1 else one for one in text.replace("’", "'"))


def is_vetoed(rules: Iterable[Rule]) -> bool:
    """Whether one of the rules rules the signal out."""
    return any(rule.use == "veto" for rule in rules)


def ids(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The ids of the rules that speak for a signal."""
    return tuple(rule.id for rule in rules if rule.use in SPEAK_FOR)


def find_sure(rules: Iterable[Rule]) -> Rule | None:
    """The first rule that is nearly always right, unless another speaks against it."""
    matched = tuple(rules)
    against = any(rule.use in {"guard", "veto"} for rule in matched)
    return None if against else next((rule for rule in matched if rule.use == "sure"), None)
