"""From items to themes: assign, describe, name, and say how sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from insights.errors import UsageError
from insights.themes.cluster import Described, Given, describe, has_words
from insights.themes.edits import Laid
from insights.themes.identity import UNKNOWN, Assigned, assign
from insights.themes.joining import give_labels
from insights.themes.naming import choose_canonical, order_members, parse_members, rank_labels
from insights.themes.space import members_of, unit_rows
from insights.themes.sureness import find_stability
from insights.themes.values import Grouping, GroupOptions, Item, Memory, Method
from insights.types import Edit, Theme

if TYPE_CHECKING:
    from spacy.language import Language

    from insights.themes.values import Vectors


def group(
    items: Sequence[Item],
    vectors: Vectors,
    memory: Memory,
    *,
    nlp: Language,
    has_personal: Callable[[str], bool],
    options: GroupOptions | None = None,
    edits: Sequence[Edit] = (),
    method: Method = UNKNOWN,
    anew: str = "",
) -> Grouping:
    """The themes of one kind among the items, those of the memory under their old ids.

    The items are all that is known, earlier ones too; their order does not matter.

    Args:
        items: signals of one kind, with ids that differ.
        vectors: (n_items, dim) float32, unit rows, aligned with items; of `normalise(item.text)`.
        memory: of the last run; `Memory("question")` for the first.
        nlp: spaCy's English pipeline, for labels.
        has_personal: whether a text names a person or holds other personal data, and so is no title.
        options: how alike members must be.
        edits: all that people decided; those of themes of this kind are laid over what is found.
        method: what made the vectors, and how they are grouped; where the memory knows another, all is grouped anew.
        anew: why all is to be grouped anew, as a clause; "" for only if it must.
    """
    options = options or GroupOptions()
    check(items, vectors)
    order = sorted(range(len(items)), key=lambda row: items[row].id)
    items, vectors = [items[row] for row in order], vectors[order]
    assigned = assign(items, vectors, memory, options, edits, method=method, anew=anew)
    rows_by_theme = members_of(give_labels(assigned.theme_ids))
    described = keywords_by_row(items, vectors, assigned)
    namer = Namer(nlp, has_personal, options, assigned.laid)
    themes = tuple(
        namer.name(assigned.theme_ids[rows[0]], memory, items, assigned, rows, described.get(rows[0], ()))
        for _, rows in sorted(rows_by_theme.items())
    )
    return Grouping(
        themes=themes,
        unassigned=tuple(
            item.id
            for item, theme_id in zip(items, assigned.theme_ids, strict=True)
            if not theme_id and item.id not in assigned.dismissed
        ),
        memory=assigned.memory,
        history=assigned.history,
        notes=tuple(notes(items, assigned, themes, options)),
        regrouping=assigned.regrouping,
        centroids={
            assigned.theme_ids[rows[0]]: unit_rows(vectors[rows].mean(axis=0, keepdims=True))[0]
            for rows in rows_by_theme.values()
        },
    )


def check(items: Sequence[Item], vectors: Vectors) -> None:
    """Items and vectors must fit together."""
    if len(items) != len(vectors):
        raise UsageError(f"{len(items)} items but {len(vectors)} vectors; hand in one vector for each item.")
    if len({item.id for item in items}) != len(items):
        raise UsageError("Two items have the same id; each item may be handed in once.")


def keywords_by_row(items: Sequence[Item], vectors: Vectors, assigned: Assigned) -> dict[int, tuple[str, ...]]:
    """Keywords of each theme, by the row of its first member."""
    labels = give_labels(assigned.theme_ids)
    texts = [item.text for item in items]
    if not (labels >= 0).any() or not has_words([texts[row] for row in range(len(texts)) if labels[row] >= 0]):
        return {}
    found: Described = describe(texts, vectors, Given(labels))
    return {rows[0]: words for rows, words in zip(found.members, found.keywords, strict=True)}


class Namer:
    """Makes a theme of its members, with the tools that naming needs; names that people gave come first."""

    def __init__(self, nlp: Language, has_personal: Callable[[str], bool], options: GroupOptions, laid: Laid) -> None:
        self.nlp = nlp
        self.has_personal = has_personal
        self.options = options
        self.laid = laid
        self._taken = set(laid.labels.values())

    def name(
        self,
        theme_id: str,
        memory: Memory,
        items: Sequence[Item],
        assigned: Assigned,
        rows: Sequence[int],
        keywords: tuple[str, ...],
    ) -> Theme:
        """The theme of these rows."""
        members, space = [items[row] for row in rows], assigned.space[list(rows)]
        order = order_members(members, space)
        docs = parse_members(members, order, self.nlp)
        canonical = choose_canonical(members, space, docs, self.has_personal)
        wording = canonical.text if canonical else ""
        clean = [keyword for keyword in keywords if not self.has_personal(keyword)]
        return Theme(
            id=theme_id,
            kind=memory.kind,
            label=self.laid.labels.get(theme_id)
            or self.label(rank_labels(list(docs.values()), clean), clean, wording or theme_id),
            canonical=wording,
            canonical_signal_id=canonical.id if canonical else "",
            keywords=tuple(clean),
            signal_ids=tuple(members[place].id for place in order),
            stability=find_stability(assigned.space, rows, self.options),
            renamed=theme_id in self.laid.labels,
            pinned=theme_id in self.laid.pinned,
        )

    def label(self, phrases: Sequence[str], keywords: Sequence[str], fallback: str) -> str:
        """The best phrase that no other theme has; else a keyword, else the fallback."""
        candidates = (*(phrase for phrase in phrases if not self.has_personal(phrase)), *keywords, fallback)
        chosen = next((candidate for candidate in candidates if candidate not in self._taken), fallback)
        self._taken.add(chosen)
        return chosen


def notes(items: Sequence[Item], assigned: Assigned, themes: Sequence[Theme], options: GroupOptions) -> list[str]:
    """How the grouping was made and what it leaves out, in sentences with counts."""
    n_alone = sum(not theme_id for theme_id in assigned.theme_ids) - len(assigned.dismissed)
    n_nameless = sum(not theme.canonical for theme in themes)
    way = "average linkage" if len(items) <= options.n_direct else "average linkage of small clusters"
    n_themed = len(items) - n_alone - len(assigned.dismissed)
    written = [f"{len(items)} items: {n_themed} in {len(themes)} themes ({way}), {n_alone} in none."]
    if n_nameless:
        written.append(f"{n_nameless} themes have no wording without personal data; they are shown by their label.")
    if assigned.dismissed:
        written.append(f"{len(assigned.dismissed)} items are in themes that a person dismissed.")
    return written
