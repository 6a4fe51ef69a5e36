"""Several hypotheses of the same speech made into one, word by word.

After ROVER (Fiscus 1997, "A post-processing system to yield reduced word error rates"): the hypotheses are aligned one
after the other, and in each place the word with most votes stands, no word being a vote, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

KEY = re.compile(r"[^\w']")


@dataclass(slots=True)
class Place:
    """The words that hypotheses have in one place: votes and spelling by the word without its marks; "" is none."""

    votes: dict[str, float] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)

    def add(self, word: str, weight: float) -> None:
        """Give the word so many votes more; the first spelling stays."""
        key = key_of(word)
        self.votes[key] = self.votes.get(key, 0.0) + weight
        self.spellings.setdefault(key, word)

    @property
    def best(self) -> str:
        """The word with most votes, the earlier one where two have as many."""
        return max(self.votes, key=lambda key: self.votes[key])


def key_of(word: str) -> str:
    """The word without case and marks."""
    return KEY.sub("", word.lower())


def vote(hypotheses: Sequence[str], weights: Sequence[float]) -> str:
    """One text of the hypotheses' words; equal ones keep the order and the spelling of the first that has them."""
    places: list[Place] = []
    given = 0.0
    for text, weight in zip(hypotheses, weights, strict=True):
        words = [word for word in text.split() if key_of(word)]
        places = _align(places, words, weight, given)
        given += weight
    chosen = (place.spellings[place.best] for place in places if place.best)
    return "".join(f" {word}" for word in chosen)


def _align(places: list[Place], words: list[str], weight: float, given: float) -> list[Place]:
    """The places with one more hypothesis; `given` are the votes of those before, which had no word in a new place."""
    aligned: list[Place] = []
    for place, word in _pairs(places, words):
        found = place if place is not None else Place({"": given} if given else {}, {"": ""})
        found.add(word, weight)
        aligned.append(found)
    return aligned


def _pairs(places: list[Place], words: list[str]) -> list[tuple[Place | None, str]]:
    """Places and words side by side with the fewest edits: a word fits where some hypothesis before had it."""
    costs = _costs(places, words)
    pairs: list[tuple[Place | None, str]] = []
    row, column = len(places), len(words)
    while row or column:
        cost = costs[row][column]
        if (
            row
            and column
            and cost == costs[row - 1][column - 1] + (key_of(words[column - 1]) not in places[row - 1].votes)
        ):
            row, column = row - 1, column - 1
            pairs.append((places[row], words[column]))
        elif row and cost == costs[row - 1][column] + 1:
            row -= 1
            pairs.append((places[row], ""))
        else:
            column -= 1
            pairs.append((None, words[column]))
    return pairs[::-1]


def _costs(places: list[Place], words: list[str]) -> list[list[int]]:
    """Edits from the first places to the first words: (n_places + 1, n_words + 1)."""
    keys = [key_of(word) for word in words]
    costs = [list(range(len(keys) + 1))]
    for row, place in enumerate(places, 1):
        line = [row]
        for column, key in enumerate(keys, 1):
            line.append(min(costs[-1][column - 1] + (key not in place.votes), costs[-1][column] + 1, line[-1] + 1))
        costs.append(line)
    return costs
