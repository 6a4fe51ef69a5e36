"""From items to themes: assign, describe, name, and say how sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from insights.errors import UsageError
from insights.themes.carrying import carry, key_of_theme
from insights.themes.identity import Assigned, assign
from insights.themes.joining import give_labels
from insights.themes.keywords import find_keywords
from insights.themes.making import Maker
from insights.themes.space import members_of, unit_rows
from insights.themes.values import Grouping, GroupOptions, Item, Memory, Run
from insights.types import Theme

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
    run: Run | None = None,
) -> Grouping:
    """The themes of one kind among the items, those of the memory under their old ids.

    The items are all that is known, earlier ones too; their order does not matter.

    Args:
        items: signals of one kind, with ids that differ.
        vectors: (n_items, dim) float32, unit rows, aligned with items; those of `embed_items`.
        memory: of the last run; `Memory("question")` for the first.
        nlp: spaCy's English pipeline, for labels.
        has_personal: whether a text names a person or holds other personal data, and so is no title.
        options: how alike members must be.
        run: its edits of such themes are laid over what is found; a known theme with the same key is taken as it is;
            where the memory knows another method, all is grouped anew.
    """
    options, run = options or GroupOptions(), run or Run()
    check(items, vectors)
    items, vectors = by_id(items, vectors)
    assigned = assign(items, vectors, memory, options, run.edits, method=run.method, anew=run.anew)
    rows_by_theme = {assigned.theme_ids[rows[0]]: rows for rows in members_of(give_labels(assigned.theme_ids)).values()}
    keys = {
        theme_id: key_of_theme(theme_id, [items[row] for row in rows], options, assigned.laid)
        for theme_id, rows in rows_by_theme.items()
    }
    carried = carry(keys, run.known, assigned.laid)
    changed = {theme_id: rows for theme_id, rows in rows_by_theme.items() if theme_id not in carried}
    keywords = find_keywords(items, vectors, rows_by_theme, changed, options)
    maker = Maker(
        items,
        assigned.space,
        nlp=nlp,
        has_personal=has_personal,
        options=options,
        laid=assigned.laid,
        taken=[theme.label for theme in carried.values()],
    )
    themes = tuple(
        carried.get(theme_id) or maker.make(theme_id, memory.kind, rows, keywords.get(theme_id, ()))
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
        regrouping=assigned.regrouping,
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
