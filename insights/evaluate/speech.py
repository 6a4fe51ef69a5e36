"""Errors of words: word error rates by jiwer, and which of the words heard lie with the wrong speaker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

NEAR_S = 0.25  # so far from a gold turn a word may lie and still be of it


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says from `start_s` to `end_s`."""

    speaker: str
    text: str
    start_s: float
    end_s: float
    role: str = "unknown"

    def overlap_s(self, other: Turn) -> float:
        """How long both last at the same time."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))


Speech = Sequence[Turn]


class Errors(NamedTuple):
    """Words substituted, deleted and inserted, and the words of the gold."""

    n_errors: int = 0
    n_words: int = 0

    def plus(self, other: Errors) -> Errors:
        """Both together."""
        return Errors(self.n_errors + other.n_errors, self.n_words + other.n_words)

    @property
    def rate(self) -> float | None:
        """Errors per word of the gold; None where the gold has no words."""
        return self.n_errors / self.n_words if self.n_words else None


def count_errors(gold: str, heard: str) -> Errors:
    """The word errors of one text, after Whisper's normaliser for English."""
    import jiwer

    reference, hypothesis = normalise(gold), normalise(heard)
    if not reference:  # jiwer needs a reference
        return Errors(len(hypothesis.split()), 0)
    counted = jiwer.process_words(reference, hypothesis)
    return Errors(counted.substitutions + counted.deletions + counted.insertions, len(reference.split()))


def normalise(text: str) -> str:
    """The text as Whisper's authors compare it: small letters, no marks, no hesitations, numbers as digits."""
    return str(_normaliser()(text)).strip()


@cache
def _normaliser() -> Any:
    from whisper_normalizer.english import EnglishTextNormalizer

    return EnglishTextNormalizer()


def count_merged_errors(gold: Speech, heard: Speech) -> Errors:
    """The word errors of all speakers together, their turns in the order in which they begin."""
    return count_errors(_join(gold), _join(heard))


def count_errors_by_speaker(gold: Speech, heard: Speech) -> dict[str, Errors]:
    """Word errors by heard speaker, each compared with the one person that makes the fewest errors of all.

    A person without a speaker is missed, under ""; a speaker without a person is inserted. The sum is what the
    concatenated minimum-permutation word error rate counts (Watanabe et al. 2020, CHiME-6).
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    persons, speakers = _text_by_speaker(gold), _text_by_speaker(heard)
    missing = len(persons) - len(speakers)
    rows = [*persons.values()] + [""] * -missing
    columns = [*speakers.items()] + [("", "")] * missing
    table = [[count_errors(person, text) for _, text in columns] for person in rows]
    if not table:
        return {}
    matched = linear_sum_assignment(np.array([[cell.n_errors for cell in row] for row in table]))
    errors: dict[str, Errors] = {}
    for row, column in zip(*matched, strict=True):
        speaker = columns[column][0]
        errors[speaker] = errors.get(speaker, Errors()).plus(table[row][column])
    return errors


def _join(speech: Speech) -> str:
    return " ".join(turn.text for turn in sorted(speech, key=lambda turn: turn.start_s))


def _text_by_speaker(speech: Speech) -> dict[str, str]:
    speakers = sorted({turn.speaker for turn in speech if turn.text.strip()})
    return {speaker: _join([turn for turn in speech if turn.speaker == speaker]) for speaker in speakers}


@dataclass(frozen=True, slots=True)
class Matched:
    """The words heard, each against the word of the gold it is aligned with."""

    n_paired: int = 0  # heard words that stand for a gold word, rightly spelt or not
    n_confused: int = 0  # of these, with a speaker who is not the person's match
    n_invented: int = 0  # words other than the gold's, at a time when the gold has no speech

    def plus(self, other: Matched) -> Matched:
        """Both together."""
        return Matched(
            self.n_paired + other.n_paired,
            self.n_confused + other.n_confused,
            self.n_invented + other.n_invented,
        )

    @property
    def confusion(self) -> float | None:
        """The share of words with the wrong speaker: the WDER of Shafey, Soltau and Shafran (2019)."""
        return self.n_confused / self.n_paired if self.n_paired else None


class _Said(NamedTuple):
    word: str
    speaker: str
    moment_s: float


def match_words(gold: Speech, heard: Speech) -> Matched:
    """Align all words heard with the gold, whoever says them, and judge whose they are and whether anyone spoke."""
    truth, guess = list(_words(gold)), list(_words(heard))
    pairs, other = _align([said.word for said in truth], [said.word for said in guess])
    together = Counter((truth[row].speaker, guess[column].speaker) for row, column in pairs)
    invented = [guess[column] for column in other if not _is_spoken(gold, guess[column].moment_s)]
    return Matched(len(pairs), len(pairs) - _best_match(together), len(invented))


def _words(speech: Speech) -> Iterator[_Said]:
    """Normalised words in the order of turns, spread evenly over their turn."""
    for turn in sorted(speech, key=lambda turn: turn.start_s):
        words = normalise(turn.text).split()
        for place, word in enumerate(words):
            share = (place + 0.5) / len(words)
            yield _Said(word, turn.speaker, turn.start_s + share * (turn.end_s - turn.start_s))


def _align(truth: Sequence[str], guess: Sequence[str]) -> tuple[list[tuple[int, int]], list[int]]:
    """Places of words that stand for each other, and of words of the guess that are not the gold's."""
    import jiwer

    if not truth or not guess:
        return [], list(range(len(guess)))
    pairs: list[tuple[int, int]] = []
    other: list[int] = []
    for chunk in jiwer.process_words(" ".join(truth), " ".join(guess)).alignments[0]:
        columns = range(chunk.hyp_start_idx, chunk.hyp_end_idx)
        if chunk.type != "equal":
            other += columns
        if chunk.type in {"equal", "substitute"}:
            pairs += zip(range(chunk.ref_start_idx, chunk.ref_end_idx), columns, strict=True)
    return pairs, other


def _best_match(together: Counter[tuple[str, str]]) -> int:
    """How many words lie right when each speaker is taken for one person, as well as can be."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    persons, speakers = sorted({pair[0] for pair in together}), sorted({pair[1] for pair in together})
    counts = np.array([[together[person, speaker] for speaker in speakers] for person in persons])
    return int(counts[linear_sum_assignment(counts, maximize=True)].sum()) if counts.size else 0


def _is_spoken(gold: Iterable[Turn], moment_s: float) -> bool:
    return any(turn.start_s - NEAR_S <= moment_s <= turn.end_s + NEAR_S for turn in gold)
