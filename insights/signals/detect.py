"""All signals of one conversation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from insights.signals.kinds import find_kinds
from insights.signals.mentions import find_mentions
from insights.signals.objections import find_objections
from insights.signals.options import DetectOptions, Embed
from insights.signals.plain import word_questions
from insights.signals.praise import find_praise
from insights.signals.questions import find_questions
from insights.signals.readings import Found, Reading, load_classifiers, read_units
from insights.signals.units import find_units, time_of
from insights.types import Signal, Utterance

if TYPE_CHECKING:
    from spacy.language import Language

DETECTORS = {
    "question": "questions/7",
    "objection": "objections/7",
    "praise": "praise/7",
    "mention": "mentions/2",
    "need": "needs/1",
    "next_step": "next_steps/1",
}


def detect(
    utterances: Sequence[Utterance], nlp: Language, embed: Embed, options: DetectOptions | None = None
) -> tuple[Signal, ...]:
    """The signals of one conversation in the order of its text: customers' words, next steps also the rep's."""
    options = options or DetectOptions()
    units = find_units(utterances, nlp)
    readings = read_units(units, embed, load_classifiers(), options.adapter)
    found = [
        *find_questions(readings, options),
        *find_objections(readings, options, embed),
        *find_praise(readings, options),
        *find_mentions(units, nlp, options),
        *find_kinds(readings, utterances, nlp, embed, options),
    ]
    found.sort(key=lambda one: (one.unit.utterance.index, one.start, one.end, one.kind, one.label))
    wordings = word_questions(found, units)
    made = (_to_signal(one, wordings.get(place, "")) for place, one in enumerate(found))
    return tuple({signal.id: signal for signal in made}.values())


def read_sentences(utterances: Sequence[Utterance], nlp: Language, embed: Embed) -> tuple[Reading, ...]:
    """The sentences of customers' utterances with their scores as shipped, before anything is decided."""
    return read_units(find_units(utterances, nlp), embed, load_classifiers())


def _to_signal(found: Found, wording: str) -> Signal:
    utterance = found.unit.utterance
    start_s, end_s = time_of(utterance, found.start, found.end)
    return Signal(
        id=signal_id(utterance.id, found.kind, found.start, found.end),
        utterance_id=utterance.id,
        kind=found.kind,
        label=found.label,
        text=utterance.text[found.start : found.end],
        start=found.start,
        end=found.end,
        score=round(float(found.score), 4),
        detector=DETECTORS[found.kind],
        start_s=start_s,
        end_s=end_s,
        why=found.why,
        wording=wording,
    )


def signal_id(utterance_id: str, kind: str, start: int, end: int) -> str:
    """The same span is the same signal, whichever model or label finds it."""
    return hashlib.sha256(f"{utterance_id}\n{kind}\n{start}\n{end}".encode()).hexdigest()[:16]
