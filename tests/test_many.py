"""Very many items: a week costs that week, and what did not change is not done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import models, themes
from insights.themes import GroupOptions, Item, Laid, Memory
from insights.themes.arriving import join_best, parts_of
from insights.themes.carrying import key_of_theme
from insights.themes.identity import assign
from insights.themes.keywords import chosen_rows
from insights.themes.sample import among, spread
from insights.themes.space import find_centre, mean_rows, prepare, unit_rows

DIM = 24
MANY = GroupOptions(growth=float("inf"), n_direct=8, n_micro=8)  # nine items are very many


def vectors_of(meanings: Sequence[int], noise: float = 0.35, seed: int = 0) -> np.ndarray:
    """Unit vectors about one axis per meaning."""
    rng = np.random.default_rng(seed)
    rows = noise * rng.normal(size=(len(meanings), DIM)) / np.sqrt(DIM)
    rows[np.arange(len(meanings)), meanings] += 1.0
    return unit_rows(rows.astype(np.float32))


def items_of(n: int) -> list[Item]:
    return [Item(f"s{number:03d}", f"text {number}", source=f"account {number}") for number in range(n)]


def in_weeks(meanings: Sequence[int], sizes: Sequence[int], options: GroupOptions) -> list[list[str]]:
    """The theme of each item after each week."""
    vectors, items, memory, seen = vectors_of(meanings), items_of(len(meanings)), Memory("question"), []
    for n in np.cumsum(sizes).tolist():
        assigned = assign(items[:n], vectors[:n], memory, options)
        memory = assigned.memory
        seen.append([theme_id.removeprefix("Q-000") for theme_id in assigned.theme_ids])
    return seen


def test_new_items_join_themes_found_new_ones_and_wait() -> None:
    """The last waits alone, the fifth waited and founds a theme with a new item like it."""
    first, second = in_weeks([0, 0, 1, 1, 5, 6] + [0, 1, 5, 7, 7, 9], [6, 6], MANY)
    assert first == ["1", "1", "2", "2", "", ""]
    assert second == [*first[:4], "3", "", "1", "2", "3", "4", "4", ""]


def test_what_waits_is_not_held_against_itself_again() -> None:
    """Two that waited found no theme without a new item, even if other options would have joined them before."""
    meanings, memory = [0, 0, 5, 5, 0, 9, 9, 9, 1, 2], Memory("question")
    vectors, items = vectors_of(meanings), items_of(10)
    first = assign(items[:4], vectors[:4], memory, replace(MANY, sure_threshold=2.0)).memory
    assert first.themes == () and len(first.waiting) == 4
    known = replace(first, themes=(themes.ThemeState("Q-0001", ("s000", "s001")),), next_number=2)
    second = assign(items, vectors, known, MANY).theme_ids
    assert second[2:4] == ("", "")
    assert second[4:8] == ("Q-0001", "Q-0002", "Q-0002", "Q-0002")


@given(
    weeks=st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=12), min_size=2, max_size=4),
    seed=st.integers(0, 1000),
)
@settings(max_examples=30, deadline=None)
def test_weeks_on_top_of_very_many_never_move_a_member(weeks: list[list[int]], seed: int) -> None:
    meanings = [meaning for week in weeks for meaning in week]
    vectors, items, memory, n = vectors_of(meanings, 0.9, seed), items_of(len(meanings)), Memory("question"), 0
    for week in weeks:
        n += len(week)
        before = memory
        memory = assign(items[:n], vectors[:n], before, MANY).memory
        now = {state.id: set(state.member_ids) for state in memory.themes}
        assert all(set(state.member_ids) <= now[state.id] for state in before.themes)
        members = [member for its in now.values() for member in its]
        assert len(members) == len(set(members)) == n - len(memory.waiting)
        assert all(len(its) >= 2 for its in now.values())
        assert assign(items[:n], vectors[:n], memory, MANY).memory == memory


def test_an_item_joins_the_theme_whose_members_it_resembles_most_if_enough() -> None:
    space = np.eye(4, dtype=np.float32)
    space[2] = space[3] = (0.8, 0.6, 0.0, 0.0)
    theme_ids = ["Q-0001", "Q-0002", "", ""]
    join_best(theme_ids, [2], space, 0.7)
    assert theme_ids == ["Q-0001", "Q-0002", "Q-0001", ""]  # the fourth is not new
    join_best(theme_ids, [3], space, 0.95)
    assert theme_ids[3] == ""


@given(n_rows=st.integers(0, 50), n_columns=st.integers(1, 2**27))
def test_tables_of_cosines_stay_small(n_rows: int, n_columns: int) -> None:
    parts = parts_of(range(n_rows), n_columns)
    assert [row for part in parts for row in part] == list(range(n_rows))
    assert all(len(part) == 1 or len(part) * n_columns <= 2**25 for part in parts)


def test_vectors_shifted_in_parts_are_those_shifted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insights.themes.space.ROWS_AT_ONCE", 3)
    vectors = vectors_of([0, 1, 2, 3, 0, 1, 2])
    centre = np.array(find_centre(vectors), dtype=np.float32)
    assert np.array_equal(prepare(vectors, centre.tolist(), [""] * 7, 0.0), unit_rows(vectors - centre))


def test_mean_rows_are_means() -> None:
    space = vectors_of([0, 1, 0, 2, 1])
    means = mean_rows(space, np.array([0, 1, 0, -1, 1]))
    assert np.allclose(means, [space[[0, 2]].mean(axis=0), space[[1, 4]].mean(axis=0)])


@given(n=st.integers(0, 200), limit=st.integers(1, 50))
def test_a_sample_is_spread_and_in_order(n: int, limit: int) -> None:
    chosen = spread(range(n), limit)
    assert len(chosen) == min(n, limit)
    assert chosen == sorted(set(chosen))
    gaps = np.diff([*chosen, n]) if chosen else np.array([])
    assert n <= limit or gaps.max() <= n // limit + 1


def test_around_a_theme_there_are_all_or_some_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    space = vectors_of([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert among(space, [4, 7]) == (space, [4, 7])
    monkeypatch.setattr("insights.themes.sample.N_AROUND", 4)
    around, rows = among(space, [4, 7])
    assert np.array_equal(around[list(rows)], space[[4, 7]])
    assert len(around) == 2 + len({0, 2, 5, 7} - {4, 7})


def test_of_very_many_items_some_are_read_for_keywords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insights.themes.keywords.MAX_MEMBERS", 2)
    monkeypatch.setattr("insights.themes.keywords.N_BACKGROUND", 3)
    wanted = {"Q-0001": [0, 1, 2, 3], "Q-0002": [6]}
    rows = chosen_rows(12, wanted, MANY)
    assert len(rows) == 2 + 1 + 3 and {0, 2, 6} <= set(rows) and not {1, 3} & set(rows)
    assert chosen_rows(8, wanted, MANY) == list(range(8))


@pytest.mark.model
class TestCarried:
    """A theme is named and rated when its members change, and only then."""

    TEXTS = (
        "Can I export the monthly report to Excel?",
        "How do we export our monthly report?",
        "Do you offer a discount for charities?",
        "Is there any discount for a charity like ours?",
        "Is a discount for charities possible?",
    )

    def group(self, n: int, memory: Memory, known=None, nlp=None) -> themes.Grouping:
        items = [Item(f"s{row}", text, f"account {row}") for row, text in enumerate(self.TEXTS[:n])]
        vectors = vectors_of([0, 0, 1, 1, 1])[:n]
        run = themes.Run(known=known or {})
        return themes.group(items, vectors, memory, nlp=nlp, has_personal=lambda text: False, run=run)

    def test_only_themes_with_news_are_named(self) -> None:
        nlp = models.load_spacy()
        first = self.group(4, Memory("question"), nlp=nlp)
        export, discount = first.themes
        known = {first.keys[theme.id]: replace(theme, label=f"{theme.label} before") for theme in first.themes}
        second = self.group(5, first.memory, known, nlp)
        assert second.themes[0] == replace(export, label=f"{export.label} before")
        assert second.themes[1].id == discount.id
        assert len(second.themes[1].signal_ids) == 3 and not second.themes[1].label.endswith("before")

    def test_what_a_theme_rests_on_is_in_its_key(self) -> None:
        item = Item("s1", "Does that come over?", "Acme", "process", 0.9)
        key = key_of_theme("Q-0001", [item], GroupOptions(), Laid({}, {}))
        for change in ({"context": "The invoices."}, {"wording": "Do the invoices come over?"}, {"source": "Bolt"}):
            assert key_of_theme("Q-0001", [replace(item, **change)], GroupOptions(), Laid({}, {})) != key

    def test_without_news_nothing_is_read(self) -> None:
        """Without spaCy, too, the second run gives what the first gave."""
        first = self.group(5, Memory("question"), nlp=models.load_spacy())
        known = {first.keys[theme.id]: theme for theme in first.themes}
        again = self.group(5, first.memory, known, nlp=None)
        assert (again.themes, again.memory, again.keys) == (first.themes, first.memory, first.keys)
