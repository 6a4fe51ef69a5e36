"""From items to themes: assign, describe, name, and say how sure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from insights.errors import UsageError
from insights.themes.carrying import key_of_theme
from insights.themes.edits import Laid
from insights.themes.identity import Assigned, assign, give_labels
from insights.themes.keywords import find_keywords
from insights.themes.naming import choose_canonical, order_members, parse_members, rank_labels
from insights.themes.sample import among
from insights.themes.space import members_of, unit_rows
from insights.themes.sureness import find_stability
from insights.themes.values import Grouping, GroupOptions, Item, Memory
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
    known: Mapping[str, Theme] | None = None,
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
        known: themes of earlier runs by their keys (`Grouping.keys`); one with the same key is taken as it is.
    """
    options, known = options or GroupOptions(), known or {}
    check(items, vectors)
    items, vectors = by_id(items, vectors)
    assigned = assign(items, vectors, memory, options, edits)
    rows_by_theme = {assigned.theme_ids[rows[0]]: rows for rows in members_of(give_labels(assigned.theme_ids)).values()}
    keys = {
        theme_id: key_of_theme(theme_id, [items[row] for row in rows], options, assigned.laid)
        for theme_id, rows in rows_by_theme.items()
    }
    given = set(assigned.laid.labels.values())
    carried = {
        theme_id: known[key]
        for theme_id, key in keys.items()
        if key in known and (known[key].renamed or known[key].label not in given)
    }
    changed = {theme_id: rows for theme_id, rows in rows_by_theme.items() if theme_id not in carried}
    described = find_keywords(items, vectors, rows_by_theme, changed, options)
    namer = Namer(nlp, has_personal, options, assigned.laid, {theme.label for theme in carried.values()})
    themes = tuple(
        carried.get(theme_id) or namer.name(theme_id, memory, items, assigned, rows, described.get(theme_id, ()))
        for theme_id, rows in sorted(rows_by_theme.items())
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
        centroids={
            theme_id: unit_rows(vectors[rows].mean(axis=0, keepdims=True))[0]
            for theme_id, rows in rows_by_theme.items()
        },
        keys=keys,
    )


def check(items: Sequence[Item], vectors: Vectors) -> None:
    """Items and vectors must fit together."""
    if len(items) != len(vectors):
        raise UsageError(f"{len(items)} items but {len(vectors)} vectors; hand in one vector for each item.")
    if len({item.id for item in items}) != len(items):
        raise UsageError("Two items have the same id; each item may be handed in once.")


def by_id(items: Sequence[Item], vectors: Vectors) -> tuple[Sequence[Item], Vectors]:
    """Items and vectors in the order of the items' ids; vectors are not copied where they stand so already."""
    order = sorted(range(len(items)), key=lambda row: items[row].id)
    if order == list(range(len(items))):
        return items, vectors
    return [items[row] for row in order], vectors[order]


class Namer:
    """Makes a theme of its members, with the tools that naming needs; names that people gave come first."""

    def __init__(
        self,
        nlp: Language,
        has_personal: Callable[[str], bool],
        options: GroupOptions,
        laid: Laid,
        taken: Iterable[str],
    ) -> None:
        """`taken` are the labels of other themes."""
        self.nlp = nlp
        self.has_personal = has_personal
        self.options = options
        self.laid = laid
        self._taken = {*laid.labels.values(), *taken}

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
            stability=find_stability(*among(assigned.space, rows), self.options),
            renamed=theme_id in self.laid.labels,
            pinned=theme_id in self.laid.pinned,
        )

    def label(self, phrases: Sequence[str], keywords: Sequence[str], fallback: str) -> str:
        """The best phrase that no other theme has; else a keyword, else the fallback."""
        free = (phrase for phrase in phrases if phrase not in self._taken and not self.has_personal(phrase))
        backed = (keyword for keyword in keywords if keyword not in self._taken)
        chosen = next(chain(free, backed), fallback)
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
