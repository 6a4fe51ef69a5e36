"""Customers' questions, objections, praise and mentions, each as an exact span; and the rep's answers."""

from insights.signals.answers import AnswerOptions, pair_answers
from insights.signals.detect import detect
from insights.signals.options import DetectOptions, ObjectionType
from insights.signals.personal import PersonalSpan, find_personal

VERSION = "signals/3"  # a change of results is a change of this

__all__ = [
    "VERSION",
    "AnswerOptions",
    "DetectOptions",
    "ObjectionType",
    "PersonalSpan",
    "detect",
    "find_personal",
    "pair_answers",
]
