"""Customers' questions, objections, praise, needs and mentions, next steps: exact spans; and what followed them."""

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
from insights.signals.names import ListedName
from insights.signals.options import QUESTION_KINDS, DetectOptions, ObjectionType, load_types
from insights.signals.outcomes import OutcomeOptions, follow_objections
from insights.signals.personal import PersonalSpan, find_personal
from insights.signals.phrases import find_phrases
from insights.signals.quotability import rate_praise
from insights.signals.why import Example, Explanation, Ground, RuleMatch, explain

VERSION = "signals/11"  # a change of results is a change of this

__all__ = [
    "ADAPTED_KINDS",
    "PERSON",
    "QUESTION_KINDS",
    "VERSION",
    "AdaptedKind",
    "Adapter",
    "AnswerOptions",
    "DetectOptions",
    "Example",
    "Examples",
    "Explanation",
    "Fit",
    "Ground",
    "Judgement",
    "ListedName",
    "ObjectionType",
    "OutcomeOptions",
    "PersonalSpan",
    "Place",
    "RuleMatch",
    "Trial",
    "adapter_from_json",
    "adapter_to_json",
    "detect",
    "explain",
    "find_judgements",
    "find_personal",
    "find_phrases",
    "find_place",
    "follow_objections",
    "judgement_of",
    "lay_over",
    "learn",
    "load_types",
    "nearest_words",
    "pair_answers",
    "rate_praise",
    "read_sentences",
    "signal_edits",
]
