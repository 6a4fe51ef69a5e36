"""Names that a user listed: competitors, products, others; found by spaCy's entity ruler.

Case does not matter, unless a name is an ordinary word ("Notion", "Monday"): that counts only as it is written in the
list. Where nothing is in capitals, at the beginning of a sentence, and for days and months always, it counts only
beside a cue ("we use …", "… costs") of rules/name_cues.jsonl.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from insights.signals.rules import folded, load_rules
from insights.signals.words import words

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.pipeline import EntityRuler
    from spacy.tokens import Doc, Span

NameLabel = Literal["competitor", "product", "name"]
DATES = words("dates")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")  # RouteHarbor is heard as "route harbor"
REACH = 40  # letters before and after a name in which a cue is looked for


@dataclass(frozen=True, slots=True)
class ListedName:
    """A name to be noticed when a customer mentions it."""

    name: str
    label: NameLabel = "name"
    also: tuple[str, ...] = ()  # other spellings
    is_ordinary: bool = False  # an English word, too

    @property
    def spellings(self) -> tuple[str, ...]:
        """All that it is written as; names with a capital inside also in two words."""
        all_ = (self.name, *self.also, *(HUMP.sub(" ", one) for one in (self.name, *self.also)))
        return tuple(dict.fromkeys(one.strip() for one in all_ if one.strip()))


def find_names(doc: Doc, nlp: Language, names: tuple[ListedName, ...]) -> Iterator[tuple[Span, ListedName]]:
    """The listed names of a text, longest first where they overlap."""
    if not names:
        return
    doc.ents = ()
    for span in make_ruler(nlp, names)(doc).ents:
        listed = names[int(span.ent_id_)]
        if not listed.is_ordinary or " " in span.text or is_meant(span, listed):
            yield span, listed


@lru_cache(maxsize=8)
def make_ruler(nlp: Language, names: tuple[ListedName, ...]) -> EntityRuler:
    """The ruler of these names; a pattern's id is the name's place."""
    from spacy.pipeline import EntityRuler

    ruler = EntityRuler(nlp)
    ruler.add_patterns(list(_patterns(nlp, names)))
    return ruler


def _patterns(nlp: Language, names: Iterable[ListedName]) -> Iterator[dict[str, str | list[dict[str, Any]]]]:
    for place, listed in enumerate(names):
        for spelling in listed.spellings:
            tokens = [token.lower_ for token in nlp.make_doc(spelling)]
            last: dict[str, Any] = {
                "LOWER": {"IN": [tokens[-1], tokens[-1] + "s"]}
            }  # several of them; possessives are tokens apart
            pattern: list[dict[str, Any]] = [*({"LOWER": token} for token in tokens[:-1]), last]
            yield {"label": listed.label, "pattern": pattern, "id": str(place)}


def is_meant(span: Span, listed: ListedName) -> bool:
    """Whether an ordinary word is the name here."""
    as_listed = span.text.removesuffix("s") in listed.spellings or span.text in listed.spellings
    if span.text.lower() in DATES:
        return as_listed_or_bare(span, as_listed) and has_cue(span, "strong")
    if as_listed:
        return not _begins_sentence(span) or has_cue(span, "strong") or has_cue(span, "weak")
    return is_bare(span.doc.text) and has_cue(span, "strong")


def as_listed_or_bare(span: Span, as_listed: bool) -> bool:
    """Whether the case speaks for the name, or nothing has any."""
    return as_listed or is_bare(span.doc.text)


def is_bare(text: str) -> bool:
    """Whether a text has no capitals, as some recognisers write."""
    return text == text.lower()


def has_cue(span: Span, strength: str) -> bool:
    """Whether words beside a name say that it is one."""
    text = folded(span.doc.text)
    before, after = text[max(0, span.start_char - REACH) : span.start_char], text[span.end_char : span.end_char + REACH]
    sides = {"before": before, "after": after}
    return any(
        rule.pattern.search(sides[rule.label])
        for rule in load_rules("name_cues")
        if rule.id.startswith(f"m-{strength}")
    )


def _begins_sentence(span: Span) -> bool:
    before = span.doc.text[: span.start_char].rstrip()
    return not before or before[-1] in ".?!:"
