"""Questions that ask for information."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from insights.signals.options import DetectOptions
from insights.signals.readings import Found, Reading
from insights.signals.rules import ids, is_vetoed, matching
from insights.signals.units import Unit

MIN_WORDS = 2  # "And price?" asks; "Price?" or "What?" is not understood by itself
LONG = 12  # words; in a longer sentence the question is looked for behind its preamble
PREAMBLE_END = re.compile(r"(?:[,;:–—]|\s-)\s+(?:(?:and|but|so|um|uh|well)\s+)*")
OPENS_QUESTION = re.compile(
    r"(?:what|how|when|where|who|which|why|is|are|do|does|did|can|could|would|will|should|has|have|i was wondering|"
    r"i'd like to know|i'm wondering|i wonder|can you tell me|my question)\b",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"\b(?:if|when|once|because|since|unless|say|suppose|assuming|given|while|after|before|for)\b", re.I
)


def find_questions(readings: Sequence[Reading], options: DetectOptions) -> Iterator[Found]:
    """The sentences that ask something of the rep."""
    for reading in readings:
        rules = matching("questions", reading.unit.text)
        if reading.question < options.question_threshold or is_vetoed(rules):
            continue
        if len(reading.unit.text.split()) < MIN_WORDS:
            continue
        why = (*ids(rules), "classifier")
        start = narrow(reading.unit)
        yield Found(reading.unit, "question", reading.question_kind, start, reading.unit.end, reading.question, why)


def narrow(unit: Unit) -> int:
    """Where the question begins inside a long sentence: behind a preamble that it does not depend on."""
    if len(unit.text.split()) <= LONG:
        return unit.start
    for found in PREAMBLE_END.finditer(unit.text):
        rest = unit.text[found.end() :]
        if OPENS_QUESTION.match(rest) and len(rest.split()) >= 4:
            return unit.start if CONDITION.search(unit.text[: found.start()]) else unit.start + found.end()
    return unit.start
