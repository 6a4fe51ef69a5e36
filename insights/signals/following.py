"""What comes after a customer's words: the other side's replies, the customer's reactions, and their sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from insights import models
from insights.signals.linear import Linear, read_linear
from insights.signals.options import Embed
from insights.signals.rules import matching
from insights.signals.words import words
from insights.types import Signal, Utterance

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTENCE = re.compile(r"\S.*?(?:[.?!…]+[\"”')\]]*(?=\s|$)|$)", re.DOTALL)  # unpunctuated speech is one sentence
CONTENT = re.compile(r"[a-z][a-z'-]{3,}", re.IGNORECASE)
COMMON = words("common")
STEM = 5  # letters by which words are compared


@dataclass(frozen=True, slots=True)
class Sequel:
    """What was said after a signal, in the order of the call or of the thread."""

    signal: Signal
    said_in: Utterance
    later: tuple[Utterance, ...]

    @property
    def is_written(self) -> bool:
        """Whether the signal stands in a mail: answers come in another one."""
        return self.said_in.start_s is None


def find_sequels(signals: Sequence[Signal], utterances: Sequence[Utterance]) -> Iterator[Sequel]:
    """Each signal with what follows it; signals of other conversations are left out."""
    place_of = {utterance.id: place for place, utterance in enumerate(utterances)}
    for signal in signals:
        if signal.utterance_id in place_of:
            place = place_of[signal.utterance_id]
            yield Sequel(signal, utterances[place], tuple(utterances[place + 1 :]))


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Where the sentences of an utterance stand, by their closing marks: (start, end) pairs."""
    return tuple((found.start(), found.end()) for found in SENTENCE.finditer(text))


def is_backchannel(text: str) -> bool:
    """Whether the words only keep the talk going."""
    return any(rule.use == "veto" for rule in matching("answers", text)) and not re.search(r"\d", text)


def likeness(texts: Sequence[str], text: str, embed: Embed | None) -> list[float]:
    """How like a text each of the others is, from 0 to 1: by vectors, or by the share of the text's words in it."""
    if embed is not None:
        vectors = embed([text, *texts])
        return [float(value) for value in vectors[1:] @ vectors[0]]
    return [shared_words(text, other) for other in texts]


def shared_words(text: str, other: str) -> float:
    """The share of a text's content words that another one holds, too."""
    wanted = _content(text)
    return len(wanted & _content(other)) / max(1, len(wanted))


def _content(text: str) -> set[str]:
    return {word.casefold()[:STEM] for word in CONTENT.findall(text)} - {word[:STEM] for word in COMMON}


def steps(name: str, value: float, borders: Sequence[float]) -> dict[str, float]:
    """A number as features, one for each border that it reaches: a linear model may bend there."""
    return {f"{name}>={border:g}": 1.0 for border in borders if value >= border}


@lru_cache(maxsize=4)
def load_linear(name: str) -> Linear:
    """A classifier of models/signals/, read once per process."""
    return read_linear(Path(models.path("signals")) / f"{name}.json")


@cache
def load_thresholds() -> Mapping[str, float]:
    """From which score a sentence is of a kind, and from which chance a status is said; by name."""
    chosen: dict[str, float] = json.loads((Path(models.path("signals")) / "thresholds.json").read_text("utf-8"))
    return chosen


def choose(linear: Linear, features: Mapping[str, float]) -> tuple[str, float]:
    """The likeliest class and its chance."""
    chances = linear.score([features])[0]
    best = int(chances.argmax())
    return linear.classes[best], float(chances[best])
