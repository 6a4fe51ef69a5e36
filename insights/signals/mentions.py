"""Mentions: names that the user listed, and regulations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from insights.signals.options import DetectOptions
from insights.signals.readings import Found
from insights.signals.rules import load_rules
from insights.signals.units import Unit

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher

NAME_LABEL = "name"


def find_mentions(units: Sequence[Unit], nlp: Language, options: DetectOptions) -> Iterator[Found]:
    """Each name or regulation that a customer mentions; its label is "name" or the regulation."""
    matcher = _name_matcher(nlp, options.names)
    for unit in units:
        for span in matcher(unit.span, as_spans=True):
            why = ("listed-name",)
            yield Found(unit, "mention", NAME_LABEL, span.start_char, span.end_char, 1.0, why)
        text = unit.utterance.text
        for rule in load_rules("regulations"):
            for match in rule.pattern.finditer(text, unit.span.start_char, unit.span.end_char):
                yield Found(unit, "mention", rule.label, match.start(), match.end(), 1.0, (rule.id,))


@lru_cache(maxsize=8)
def _name_matcher(nlp: Language, names: tuple[str, ...]) -> PhraseMatcher:
    from spacy.matcher import PhraseMatcher

    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add(NAME_LABEL, [nlp.make_doc(name) for name in names if name.strip()])
    return matcher
