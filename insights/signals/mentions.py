"""Mentions: competitors, products and other names that the user listed, and regulations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from insights.signals.names import ListedName, find_names
from insights.signals.options import DetectOptions
from insights.signals.readings import Found
from insights.signals.rules import folded, load_rules
from insights.signals.units import Unit

if TYPE_CHECKING:
    from spacy.language import Language


def find_mentions(units: Sequence[Unit], nlp: Language, options: DetectOptions) -> Iterator[Found]:
    """Each name or regulation that a customer mentions: "competitor", "product", "name", or "regulation:GDPR"."""
    names = tuple(dict.fromkeys((*options.listed, *map(ListedName, options.names))))
    yield from _find_listed(units, nlp, names)
    for unit in units:
        text = folded(unit.utterance.text)
        for rule in load_rules("regulations"):
            for match in rule.pattern.finditer(text, unit.span.start_char, unit.span.end_char):
                label = f"regulation:{rule.label}"
                yield Found(unit, "mention", label, match.start(), match.end(), 1.0, (rule.id,))


def _find_listed(units: Sequence[Unit], nlp: Language, names: tuple[ListedName, ...]) -> Iterator[Found]:
    """The listed names; a sentence's text is parsed with its utterance, which is read once."""
    docs = {unit.utterance.id: unit.span.doc for unit in units}
    for utterance_id, doc in docs.items():
        inside = [unit for unit in units if unit.utterance.id == utterance_id]
        for span, listed in find_names(doc, nlp, names):
            unit = next(unit for unit in inside if unit.span.start <= span.start < unit.span.end)
            why = (f"listed {listed.label}", listed.name)
            yield Found(unit, "mention", listed.label, span.start_char, span.end_char, 1.0, why)
