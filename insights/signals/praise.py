"""Praise that could stand in a testimonial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from insights.signals.options import DetectOptions
from insights.signals.readings import Found, Reading
from insights.signals.rules import ids, matching

MIN_WORDS = 4  # "Sounds great." praises nothing


def find_praise(readings: Sequence[Reading], options: DetectOptions) -> Iterator[Found]:
    """The sentences that praise what is sold or who sells it."""
    for reading in readings:
        unit = reading.unit
        if reading.praise < options.praise_threshold or len(unit.text.split()) < MIN_WORDS:
            continue
        if options.is_taken(reading.question, reading.objection):
            continue
        why = (*ids(matching("praise", unit.text)), "classifier")
        yield Found(unit, "praise", "", unit.start, unit.end, reading.praise, why)
