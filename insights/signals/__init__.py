"""Customers' questions, objections, praise and mentions, each as an exact span; and the rep's answers."""

from insights.signals.adapt import ADAPTED_KINDS, AdaptedKind, Adapter, adapter_from_json, adapter_to_json
from insights.signals.answers import AnswerOptions, pair_answers
from insights.signals.corrections import (
    PERSON,
    Judgement,
    Place,
    find_judgements,
    find_place,
    judgement_of,
    lay_over,
    nearest_words,
    signal_edits,
)
from insights.signals.detect import detect, read_sentences
from insights.signals.learning import Examples, Fit, Trial, learn
from insights.signals.options import QUESTION_KINDS, DetectOptions, ObjectionType, load_types
from insights.signals.personal import PersonalSpan, find_personal

VERSION = "signals/3"  # a change of results is a change of this

__all__ = [
    "ADAPTED_KINDS",
    "PERSON",
    "QUESTION_KINDS",
    "VERSION",
    "AdaptedKind",
    "Adapter",
    "AnswerOptions",
    "DetectOptions",
    "Examples",
    "Fit",
    "Judgement",
    "ObjectionType",
    "PersonalSpan",
    "Place",
    "Trial",
    "adapter_from_json",
    "adapter_to_json",
    "detect",
    "find_judgements",
    "find_personal",
    "find_place",
    "judgement_of",
    "lay_over",
    "learn",
    "load_types",
    "nearest_words",
    "pair_answers",
    "read_sentences",
    "signal_edits",
]
