"""Objections: stated reasons, doubts or resistance against going ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from insights.signals.options import DetectOptions, Embed
from insights.signals.own_types import claim
from insights.signals.readings import Found, Reading
from insights.signals.rules import find_sure, ids, matching

MAX_MERGED_WORDS = 45  # neighbouring sentences of one objection are quoted together up to here


def find_objections(readings: Sequence[Reading], options: DetectOptions, embed: Embed) -> Iterator[Found]:
    """The sentences that object, with their type; neighbours of one type as one."""
    last: Found | None = None
    for reading in readings:
        found = _find(reading, options, embed)
        if found is None:
            continue
        if last is not None and _belong_together(last, found):
            last = _merge(last, found)
            continue
        if last is not None:
            yield last
        last = found
    if last is not None:
        yield last


def _find(reading: Reading, options: DetectOptions, embed: Embed) -> Found | None:
    unit = reading.unit
    own = claim(reading.embedding, reading.objection, options.extra_types, embed)
    if own is not None and own.chance >= options.extra_type_threshold:
        score = max(own.chance, reading.objection)
        return Found(unit, "objection", own.type.id, unit.start, unit.end, score, (f"like: {own.example}",))
    rules = matching("objections", unit.text)
    sure = find_sure(rules)
    if reading.objection < options.objection_threshold:
        return None
    label = sure.label if sure else reading.objection_type
    why = (*ids(rule for rule in rules if rule.label in {label, ""}), "classifier")
    return Found(unit, "objection", label, unit.start, unit.end, reading.objection, why)


def _belong_together(first: Found, second: Found) -> bool:
    text = first.unit.utterance.text
    return (
        first.unit.utterance is second.unit.utterance
        and first.label == second.label
        and not text[first.end : second.unit.span.start_char].strip()
        and len(text[first.start : second.end].split()) <= MAX_MERGED_WORDS
    )


def _merge(first: Found, second: Found) -> Found:
    why = tuple(dict.fromkeys(first.why + second.why))
    return Found(first.unit, "objection", first.label, first.start, second.end, max(first.score, second.score), why)
