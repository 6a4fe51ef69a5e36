"""Themes of their members: what they are called, what they fall into, and how sure they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insights.themes.edits import Laid
from insights.themes.levels import Cutter, make_cutter
from insights.themes.naming import choose_canonical, choose_variants, order_members, parse_members
from insights.themes.phrases import rank_labels
from insights.themes.sample import among
from insights.themes.space import cohesion
from insights.themes.sureness import find_stability
from insights.types import SubTheme, Theme, ThemeKind

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from insights.themes.values import GroupOptions, Item, Vectors

N_BEGIN = 8  # words of a sentence that stands in for a label


@dataclass(frozen=True, slots=True)
class Members:
    """The items of a group, the most central first, with spaCy's reading of those and the clearest wording."""

    items: tuple[Item, ...]
    space: Vectors  # (n, dim) float32, unit rows, aligned with items
    docs: dict[str, Doc]  # by item id
    canonical: Item | None  # None where every wording holds personal data

    @property
    def ids(self) -> tuple[str, ...]:
        """The items' ids."""
        return tuple(item.id for item in self.items)

    @property
    def wording(self) -> str:
        """The clearest wording, "" for none."""
        return self.canonical.text if self.canonical else ""

    @property
    def kind(self) -> str:
        """The commonest type or kind of the items in words, "" for none; equal ones by the alphabet."""
        counts = Counter(item.label for item in self.items if item.label)
        return min(counts, key=lambda label: (-counts[label], label), default="").replace("_", " ")

    def rank_labels(self, keywords: Sequence[str], others: Sequence[Members] = ()) -> list[str]:
        """Phrases that can stand for the group, best first; what `others` say as well counts less."""
        central = list(self.docs).index(self.canonical.id) if self.canonical else None
        elsewhere = [doc for other in others for doc in other.docs.values()]
        return rank_labels(list(self.docs.values()), keywords, central, elsewhere)


class Maker:
    """Makes a theme of its members; names that people gave come first, and none is given twice if there is another."""

    def __init__(
        self,
        items: Sequence[Item],
        space: Vectors,
        *,
        nlp: Language,
        has_personal: Callable[[str], bool],
        options: GroupOptions,
        laid: Laid,
        taken: Iterable[str] = (),
    ) -> None:
        """`taken` are the labels of themes that are made already."""
        self.items = items
        self.space = space
        self.nlp = nlp
        self.has_personal = has_personal
        self.options = options
        self.laid = laid
        self._cutter: Cutter | None = None
        self._taken = {*laid.labels.values(), *taken}
        self._docs: dict[str, Doc] = {}  # of the theme that is being made

    def make(self, theme_id: str, kind: ThemeKind, rows: Sequence[int], keywords: Sequence[str]) -> Theme:
        """The theme of these rows."""
        self._docs.clear()
        members = self.read(rows)
        clean = [keyword for keyword in keywords if not self.has_personal(keyword)]
        spare = clean if kind == "topic" or not members.canonical else []  # a topic is no sentence
        phrases = (*members.rank_labels(clean), *spare)
        fallback = begin(members.wording) or members.kind or theme_id
        label = self.laid.labels.get(theme_id) or self.choose(phrases, fallback)
        return Theme(
            id=theme_id,
            kind=kind,
            label=label,
            canonical=members.wording,
            canonical_signal_id=members.canonical.id if members.canonical else "",
            keywords=tuple(clean),
            signal_ids=members.ids,
            stability=find_stability(*among(self.space, rows), self.options),
            renamed=theme_id in self.laid.labels,
            pinned=theme_id in self.laid.pinned,
            cohesion=round(cohesion(members.space), 3),
            variants=choose_variants(members.items, members.space, members.canonical, self.has_personal),
            sub_themes=tuple(self.make_parts(rows, label)),
        )

    @property
    def cutter(self) -> Cutter:
        """What cuts themes again; made when the first is."""
        if self._cutter is None:
            self._cutter = make_cutter(self.space, [item.source for item in self.items], self.options)
        return self._cutter

    def read(self, rows: Sequence[int]) -> Members:
        """The items of these rows, looked at."""
        items, space = [self.items[row] for row in rows], self.space[list(rows)]
        order = order_members(items, space)
        items, space = [items[place] for place in order], space[order]
        docs = parse_members(items, self.nlp, self._docs)
        return Members(tuple(items), space, docs, choose_canonical(items, space, docs, self.has_personal))

    def make_parts(self, rows: Sequence[int], label: str) -> Iterator[SubTheme]:
        """The sub-themes of a theme, each named by what its siblings do not say."""
        parts = [self.read(part) for part in self.cutter.cut(rows)]
        taken = {label}
        for part in parts:
            phrases = part.rank_labels((), [other for other in parts if other is not part])
            name = self.choose([phrase for phrase in phrases if " " in phrase], begin(part.wording), taken)
            yield SubTheme(name, part.wording, part.canonical.id if part.canonical else "", part.ids)

    def choose(self, phrases: Sequence[str], fallback: str, taken: set[str] | None = None) -> str:
        """The best phrase without personal data that is not taken yet, by another theme if not said; else the fallback.

        It is taken from then on.
        """
        taken = self._taken if taken is None else taken
        free = (phrase for phrase in phrases if phrase not in taken and not self.has_personal(phrase))
        chosen = next(free, fallback)
        taken.add(chosen)
        return chosen


def begin(wording: str) -> str:
    """The first words of a sentence, for where no phrase of it can stand for it.

    >>> begin("Do those come over somehow or do we start from nothing?"), begin("What didn't go wrong?")
    ('Do those come over somehow or do we …', "What didn't go wrong?")
    """
    words = wording.split()
    return " ".join(words) if len(words) <= N_BEGIN else f"{' '.join(words[:N_BEGIN])} …"
