"""Word times set right by where the voice detector hears a voice: a quote plays from its first word to its last.

Whisper reads a word's time off its attention, which runs ahead of the voice by a tenth of a second or two, cuts the
ends of last words, and now and then stretches one over a pause. The voice detector knows no words, but has sharp edges.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from insights.types import Word

Run = tuple[float, float]  # a stretch of voice without a pause, seconds

MARGIN_S = 0.05  # left before and after a run
MIN_WORD_S = 0.05  # no word becomes shorter by being moved
REACH_S = 0.8  # an edge further off than this is that of something else: a cough, a word that was not heard


def snap(words: Sequence[Word], runs: Sequence[Run]) -> tuple[Word, ...]:
    """The words with their edges at those of the voice; their order and texts stay.

    Args:
        words: of one channel, in order.
        runs: where the voice detector hears a voice in it, in order, apart.
    """
    snapped: list[Word] = []
    for index, word in enumerate(words):
        within = _in_one_run(word, runs)
        floor_s = snapped[-1].end_s if snapped else 0.0
        ceiling_s = max(words[index + 1].start_s, within.end_s) if index + 1 < len(words) else float("inf")
        start_s = max(_start(within, runs, floor_s), min(floor_s, within.start_s))
        end_s = max(start_s, _end(within, start_s, runs, ceiling_s))
        snapped.append(replace(word, start_s=start_s, end_s=end_s))
    return tuple(snapped)


def _in_one_run(word: Word, runs: Sequence[Run]) -> Word:
    """The word without the pauses that it was stretched over: what lies in the run that holds most of it."""
    touched = [run for run in runs if run[0] < word.end_s and run[1] > word.start_s]
    if not touched or word.end_s - word.start_s <= 2 * REACH_S:
        return word
    start_s, end_s = max(touched, key=lambda run: min(run[1], word.end_s) - max(run[0], word.start_s))
    return replace(word, start_s=max(start_s, word.start_s), end_s=min(end_s, word.end_s))


def _start(word: Word, runs: Sequence[Run], floor_s: float) -> float:
    """Where the word begins: with its run, if it begins in the silence before it or is the first in it."""
    place = bisect_right(runs, (word.start_s, float("inf"))) - 1  # the run that began last
    if place >= 0 and word.start_s < runs[place][1]:
        edge_s = runs[place][0] - MARGIN_S
        return edge_s if floor_s <= edge_s and word.start_s - edge_s <= REACH_S else word.start_s
    if place + 1 < len(runs) and runs[place + 1][0] - word.end_s <= REACH_S:
        return max(word.start_s, min(runs[place + 1][0] - MARGIN_S, word.end_s - MIN_WORD_S))
    return word.start_s


def _end(word: Word, start_s: float, runs: Sequence[Run], ceiling_s: float) -> float:
    """Where the word ends: with its run, if it ends in the silence after it or is the last in it."""
    place = bisect_right(runs, (word.end_s, float("inf"))) - 1
    if place < 0:
        return word.end_s
    edge_s = runs[place][1] + MARGIN_S
    if word.end_s < runs[place][1]:
        return edge_s if edge_s <= ceiling_s and edge_s - word.end_s <= REACH_S else word.end_s
    return min(word.end_s, max(edge_s, start_s + MIN_WORD_S)) if edge_s > start_s else word.end_s
