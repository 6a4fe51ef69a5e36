"""The keywords of themes by c-TF-IDF; of very many items, those of the wanted themes against a sample of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from insights.themes.cluster import Given, describe, has_words
from insights.themes.sample import spread

if TYPE_CHECKING:
    from insights.themes.values import GroupOptions, Item, Vectors

MAX_MEMBERS = 60  # of a theme, where items are very many
N_BACKGROUND = 5000  # items of other themes and of none, likewise


def find_keywords(
    items: Sequence[Item],
    vectors: Vectors,
    rows_by_theme: Mapping[str, Sequence[int]],
    wanted: Mapping[str, Sequence[int]],
    options: GroupOptions,
) -> dict[str, tuple[str, ...]]:
    """Keywords of the wanted themes, by theme id; those without any are left out.

    Args:
        items: all items.
        vectors: aligned with items.
        rows_by_theme: the rows of every theme.
        wanted: the rows of those whose keywords are asked for.
        options: more items than `n_direct` are very many.
    """
    import numpy as np

    if not wanted:
        return {}
    labels = np.full(len(items), -1, dtype=np.int64)
    theme_ids = sorted(rows_by_theme)
    for number, theme_id in enumerate(theme_ids):
        labels[rows_by_theme[theme_id]] = number
    rows = chosen_rows(len(items), wanted, options)
    texts = [items[row].text for row in rows]
    if not has_words([text for text, label in zip(texts, labels[rows], strict=True) if label >= 0]):
        return {}
    described = describe(texts, vectors[rows], Given(labels[rows]))
    return {
        theme_ids[labels[rows[places[0]]]]: words
        for places, words in zip(described.members, described.keywords, strict=True)
        if theme_ids[labels[rows[places[0]]]] in wanted
    }


def chosen_rows(n_items: int, wanted: Mapping[str, Sequence[int]], options: GroupOptions) -> list[int]:
    """The rows whose words are counted: all, or some of each wanted theme and some of the rest."""
    if n_items <= options.n_direct:
        return list(range(n_items))
    inside = {row for rows in wanted.values() for row in rows}
    outside = [row for row in range(n_items) if row not in inside]
    some = (row for rows in wanted.values() for row in spread(rows, MAX_MEMBERS))
    return sorted([*some, *spread(outside, N_BACKGROUND)])
