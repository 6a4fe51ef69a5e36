"""Themes: what belongs together, the same ids next week, names in customers' words."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import models, themes
from insights.errors import UsageError
from insights.themes.cluster import Given, describe
from insights.themes.embedding import embed_items
from insights.themes.graph import merge
from insights.themes.identity import assign
from insights.themes.naming import loss
from insights.themes.partition import partition
from insights.themes.space import find_centre, prepare
from insights.themes.sureness import find_stability
from insights.themes.topics import says_something
from insights.themes.values import GroupOptions, Item, Memory
from insights.types import ThemeKind

DIM = 24
OPTIONS = GroupOptions()


def vectors_of(meanings: Sequence[int], noise: float = 0.35, seed: int = 0) -> np.ndarray:
    """Unit vectors about one axis per meaning, with a component that all of them share."""
    rng = np.random.default_rng(seed)
    rows = noise * rng.normal(size=(len(meanings), DIM)) / np.sqrt(DIM)
    rows[:, 0] += 1.0
    for row, meaning in enumerate(meanings):
        rows[row, 1 + meaning] += 1.0
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def items_of(n: int, label: str = "") -> list[Item]:
    return [Item(f"s{number:03d}", f"text {number}", source=f"account {number}", label=label) for number in range(n)]


def members_by_theme(memory: Memory) -> dict[str, set[str]]:
    return {state.id: set(state.member_ids) for state in memory.themes}


def test_what_is_meant_alike_is_grouped_and_what_is_said_once_is_alone() -> None:
    meanings = [0, 0, 0, 1, 1, 2, 3]
    assigned = assign(items_of(7), vectors_of(meanings), Memory("question"), OPTIONS)
    assert assigned.theme_ids == ("Q-0001", "Q-0001", "Q-0001", "Q-0002", "Q-0002", "", "")


def test_all_of_one_meaning_are_one_theme() -> None:
    """Taking away what all share must not take away the one thing that is said."""
    assigned = assign(items_of(4), vectors_of([0, 0, 0, 0]), Memory("objection"), OPTIONS)
    assert assigned.theme_ids == ("O-0001",) * 4


def test_one_talkative_customer_makes_no_theme() -> None:
    items = [replace(item, source="one account") for item in items_of(3)]
    assert set(assign(items, vectors_of([0, 0, 0]), Memory("question"), OPTIONS).theme_ids) == {""}


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_or_one_item_gives_no_theme(n: int) -> None:
    assigned = assign(items_of(n), vectors_of([0] * n).reshape(n, DIM), Memory("question"), OPTIONS)
    assert assigned.memory.themes == ()
    assert assigned.memory.next_number == 1


@pytest.mark.parametrize(("kind", "no_kind"), [("question", "other"), ("objection", "")])
def test_equal_types_draw_together_and_other_is_no_kind_of_question(kind: ThemeKind, no_kind: str) -> None:
    vectors = np.eye(4, DIM, dtype=np.float32)
    vectors[1, 0] = vectors[3, 2] = 0.5
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for other in ("timing", no_kind):
        labels = ["price", "price", other, no_kind]
        items = [replace(item, label=label) for item, label in zip(items_of(4), labels, strict=True)]
        theme_ids = assign(items, vectors, Memory(kind), OPTIONS).theme_ids
        assert theme_ids[0] == theme_ids[1] != ""
        assert theme_ids[2:] == ("", "")


meanings_of_weeks = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=12), min_size=2, max_size=4)


@given(weeks=meanings_of_weeks, seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_weeks_that_come_never_move_a_member(weeks: list[list[int]], seed: int) -> None:
    """Members stay until all are grouped anew; ids only grow, and a run without news changes nothing."""
    options = replace(OPTIONS, growth=math.inf)
    meanings = [meaning for week in weeks for meaning in week]
    vectors, items = vectors_of(meanings, noise=0.9, seed=seed), items_of(len(meanings))
    memory, n = Memory("question"), 0
    for week in weeks:
        n += len(week)
        before = memory
        memory = assign(items[:n], vectors[:n], before, options).memory
        now = members_by_theme(memory)
        for theme_id, members in members_by_theme(before).items():
            assert members <= now[theme_id]
        everyone = [member for members in now.values() for member in members]
        assert len(everyone) == len(set(everyone))
        born = set(now) - set(members_by_theme(before))
        assert all(int(theme_id[2:]) >= before.next_number for theme_id in born)
        assert memory.next_number == before.next_number + len(born)
        assert assign(items[:n], vectors[:n], memory, options).memory == memory


@given(meanings=st.lists(st.integers(0, 5), min_size=2, max_size=25), seed=st.integers(0, 100), data=st.data())
@settings(max_examples=25, deadline=None)
def test_partition_does_not_depend_on_chance(meanings: list[int], seed: int, data: st.DataObject) -> None:
    space = vectors_of(meanings, noise=1.0, seed=seed)
    sources = data.draw(st.lists(st.sampled_from("abc"), min_size=len(meanings), max_size=len(meanings)))
    first = partition(space, sources, OPTIONS)
    assert first.tolist() == partition(space, sources, OPTIONS).tolist()
    for label in set(first.tolist()) - {-1}:
        assert len({source for source, its in zip(sources, first, strict=True) if its == label}) >= 2


def test_a_theme_whose_members_are_all_gone_is_retired_and_its_id_is_not_given_again() -> None:
    vectors, items = vectors_of([0, 0, 1, 1]), items_of(4)
    before = assign(items[:2], vectors[:2], Memory("question"), OPTIONS).memory
    after = assign(items[2:], vectors[2:], before, OPTIONS)
    assert [(change.theme_id, change.what) for change in after.history] == [("Q-0001", "retired"), ("Q-0002", "born")]


def test_new_items_join_the_theme_they_fit() -> None:
    meanings = [0, 0, 0, 1, 1, 1, 0, 2, 1]
    vectors, items = vectors_of(meanings), items_of(9)
    before = assign(items[:6], vectors[:6], Memory("question"), OPTIONS).memory
    after = assign(items, vectors, before, OPTIONS)
    assert after.theme_ids[6:] == ("Q-0001", "", "Q-0002")
    assert [change.what for change in after.history] == ["continued", "continued"]


def test_a_flood_of_new_items_joins_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insights.themes.joining.N_LINKED", 1)
    vectors, items = vectors_of([0, 0, 1, 1, 0, 1, 2]), items_of(7)
    before = assign(items[:4], vectors[:4], Memory("question"), OPTIONS).memory
    assert assign(items, vectors, before, OPTIONS).theme_ids[4:] == ("Q-0001", "Q-0002", "")


def test_fixed_groups_grow_but_do_not_join_each_other() -> None:
    space = vectors_of([0, 0, 0], noise=0.0)
    ends = merge(space, np.array([0, 1, 2]), 0.5, n_fixed=2)
    assert ends[0] == 0 and ends[1] == 1 and ends[2] in (0, 1)


def test_a_short_question_is_understood_by_what_it_was_said_in() -> None:
    """The words of its own count, then those around it; without any, or with its own, nothing changes."""
    axes = {"Do those come over?": 0, "the old invoices": 1, "the gate codes": 2, "Do the invoices come over?": 3}

    def embed(texts: Sequence[str]) -> np.ndarray:
        return np.eye(4, dtype=np.float32)[[axes[text] for text in texts]]

    bare = Item("a", "Do those come over?")
    told = replace(bare, context="the old invoices")
    worded = replace(bare, wording="Do the invoices come over?", context="the gate codes")
    vectors = embed_items([bare, told, worded, replace(bare, context=bare.text)], embed)
    assert vectors[0] == pytest.approx([1, 0, 0, 0]) and vectors[3] == pytest.approx([1, 0, 0, 0])
    assert vectors[1] == pytest.approx(np.array([1, 0.5, 0, 0]) / 1.25**0.5)
    assert vectors[2] == pytest.approx(np.array([0, 0, 0.5, 1]) / 1.25**0.5)


@pytest.mark.parametrize("n_direct", [5000, 100], ids=["each by itself", "by small clusters"])
def test_much_data_is_grouped_as_planted(n_direct: int) -> None:
    """The planted groups are found, their number unknown; a stray item is left alone."""
    options = replace(OPTIONS, n_direct=n_direct, n_micro=60)
    meanings = [number % 8 for number in range(320)] + [20]
    vectors = vectors_of(meanings, noise=0.6)
    space = prepare(vectors, find_centre(vectors), [""] * len(vectors), 0.0)
    labels = partition(space, [str(row) for row in range(321)], options).tolist()
    assert labels[320] == -1
    assert len(set(labels[:320])) == 8
    assert all(labels[row] == meanings[row] for row in range(320))  # numbered by their first rows
    assert labels == partition(space, [str(row) for row in range(321)], options).tolist()


@pytest.mark.parametrize("often", [(300, 200), ()], ids=["beside what is said often", "where nothing is"])
def test_what_is_said_little_is_found_among_very_many_that_are_said_once(often: tuple[int, ...]) -> None:
    """Themes of eight, and a thousand items that nobody else said."""
    rng = np.random.default_rng(0)
    sizes = (*often, 8, 8, 8)
    planted = [theme for theme, size in enumerate(sizes) for _ in range(size)]
    axes = np.linalg.qr(rng.normal(size=(256, 256)))[0]
    themed = axes[planted] + rng.normal(size=(len(planted), 256)) / 16
    vectors = np.concatenate([themed, rng.normal(size=(1000, 256))]).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    options = replace(OPTIONS, n_direct=500, n_micro=200)
    labels = partition(vectors, [str(row) for row in range(len(vectors))], options).tolist()
    groups = [{labels[row] for row, its in enumerate(planted) if its == theme} for theme in range(len(sizes))]
    assert all(len(group) == 1 and group != {-1} for group in groups)
    assert len(set.union(*groups)) == len(sizes)
    assert sum(label >= 0 for label in labels[len(planted) :]) < 20


def test_a_clear_theme_is_surer_than_a_vague_one_and_than_a_pair() -> None:
    meanings = [0] * 8 + [1] * 8 + [2] * 2
    clear, vague = (
        prepare(vectors, find_centre(vectors), [""] * 18, 0.0)
        for vectors in (vectors_of(meanings, noise=0.3), vectors_of(meanings, noise=1.8))
    )
    eight, pair = list(range(8)), [16, 17]
    assert find_stability(clear, eight, OPTIONS) > find_stability(vague, eight, OPTIONS)
    assert find_stability(clear, eight, OPTIONS) > find_stability(clear, pair, OPTIONS)
    assert 0 <= find_stability(vague, pair, OPTIONS) <= 1


def test_memory_survives_json() -> None:
    memory = assign(items_of(5), vectors_of([0, 0, 1, 1, 2]), Memory("objection"), OPTIONS).memory
    assert themes.memory_from_json(json.loads(json.dumps(themes.memory_to_json(memory)))) == memory


@pytest.mark.parametrize(
    ("spoken", "bare"),
    [
        ("um, so, uh, what does it cost", "so, what does it cost"),
        ("can we, you know, pay monthly?", "can we, pay monthly?"),
        ("the the app does does it work", "the app does it work"),
        ("Umbrella cover for drum makers", "Umbrella cover for drum makers"),
        ("um", "um"),
        ("", ""),
    ],
)
def test_hesitations_are_left_out_of_what_is_embedded(spoken: str, bare: str) -> None:
    assert themes.normalise(spoken) == bare


def test_hostile_text_is_normalised_in_bounded_time() -> None:
    assert len(themes.normalise("a " * 1_000_000)) <= 2000


def test_items_and_vectors_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="2 items but 3 vectors"):
        themes.group(items_of(2), vectors_of([0, 0, 0]), Memory("question"), nlp=None, has_personal=bool)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="same id"):
        themes.group(items_of(1) * 2, vectors_of([0, 0]), Memory("question"), nlp=None, has_personal=bool)  # type: ignore[arg-type]


def test_keywords_are_said_more_than_once_and_are_no_stop_words() -> None:
    texts = ["how do I export the report", "export a report please", "can I cancel it", "I want to cancel this plan"]
    described = describe(texts, vectors_of([0, 0, 1, 1]), Given(np.array([4, 4, 9, 9])))
    assert described.members == ((0, 1), (2, 3))
    assert {part for word in described.keywords[0] for part in word.split()} == {"export", "report"}
    assert described.keywords[1] == ("cancel",)


def test_small_talk_is_about_nothing() -> None:
    assert not says_something("yeah, okay, that sounds good to me", 4)
    assert says_something("our technicians lose the schedule whenever the signal drops in basements", 4)


QUESTIONS = [
    "Can I export the monthly report to Excel?",
    "and that one, also?",
    "How do we export our monthly report?",
    "Is there a way to export reports for my boss Peter Miller?",
    "Do you offer a discount for charities?",
    "Is there any discount for a charity like ours?",
    "What colour is the manual?",
]


def has_person(text: str) -> bool:
    return "Peter" in text


@pytest.mark.model
class TestWithRealWeights:
    """Naming needs spaCy's parser; what is alike needs the embedder."""

    def group(self, texts: Sequence[str], memory: Memory, order: Sequence[int] | None = None) -> themes.Grouping:
        rows = list(order or range(len(texts)))
        items = [Item(f"s{row:03d}", texts[row], source=f"account {row}", weight=0.9) for row in rows]
        vectors = models.load_embedder()([themes.normalise(item.text) for item in items])
        return themes.group(items, vectors, memory, nlp=models.load_spacy(), has_personal=has_person)

    def test_themes_are_named_in_customers_words(self) -> None:
        """The canonical wording is a member's, verbatim, complete and names nobody; the label is a phrase of theirs."""
        grouping = self.group(QUESTIONS, Memory("question"))
        export, discount = grouping.themes
        assert export.canonical in QUESTIONS and "export" in export.canonical
        assert not has_person(export.canonical)
        assert QUESTIONS[int(export.canonical_signal_id[1:])] == export.canonical
        assert "export" in export.label and "report" in export.label
        assert "discount" in discount.label
        assert grouping.unassigned == ("s001", "s006")
        assert grouping.notes[0] == "7 items: 5 in 2 themes (average linkage), 2 in none."
        assert all(abs(np.linalg.norm(centroid) - 1) < 1e-5 for centroid in grouping.centroids.values())

    @pytest.mark.parametrize(
        "poor",
        [
            "and that one too?",
            "the offline mode",
            "um, hi, can uh we export um reports to Excel",
            "Export?",
            "go " * 60,
        ],
    )
    def test_a_sentence_that_stands_alone_is_the_better_title(self, poor: str) -> None:
        nlp = models.load_spacy()
        assert loss(nlp("Can we export the report to Excel?")) == 0 < loss(nlp(poor))

    def test_the_order_of_items_does_not_matter_and_twice_is_equal(self) -> None:
        first = self.group(QUESTIONS, Memory("question"))
        again = self.group(QUESTIONS, Memory("question"), order=[6, 2, 4, 0, 5, 1, 3])
        assert (first.themes, first.unassigned, first.memory.themes) == (
            again.themes,
            again.unassigned,
            again.memory.themes,
        )

    def test_a_second_run_over_the_same_items_changes_nothing(self) -> None:
        first = self.group(QUESTIONS, Memory("question"))
        second = self.group(QUESTIONS, first.memory)
        assert (second.themes, second.memory) == (first.themes, first.memory)

    def test_a_theme_of_wordings_with_personal_data_only_has_no_title(self) -> None:
        texts = ["Can Peter Miller export the report?", "Could Peter Miller export a report?", "What is the colour?"]
        (theme,) = self.group(texts, Memory("question")).themes
        assert (theme.canonical, theme.canonical_signal_id) == ("", "")
        assert not has_person(theme.label)

    def test_too_few_utterances_give_no_topics_and_it_is_said(self) -> None:
        items = [Item(f"u{row}", text, f"call {row}") for row, text in enumerate(QUESTIONS)]
        vectors = models.load_embedder()(QUESTIONS)
        grouping = themes.topics(items, vectors, Memory("topic"), nlp=models.load_spacy(), has_personal=has_person)
        assert grouping.themes == ()
        assert grouping.notes[0].startswith("Too few to say: ")
        assert len(grouping.unassigned) == len(items)

    def test_topics_leave_out_small_talk_and_what_one_conversation_holds(self) -> None:
        jobs = ["boiler repair jobs in the basement", "invoices and payments in the accounting software"]
        texts = [f"we talk about {jobs[row % 2]} with customer number {row} every morning" for row in range(60)]
        items = [Item(f"u{row:02d}", text, f"call {row}") for row, text in enumerate(texts)]
        items += [Item(f"v{row}", f"garden chairs and wooden tables number {row}", "call x") for row in range(6)]
        items.append(Item("w", "yeah okay"))
        vectors = models.load_embedder()([item.text for item in items])
        grouping = themes.topics(items, vectors, Memory("topic"), nlp=models.load_spacy(), has_personal=has_person)
        assert [len(theme.signal_ids) for theme in grouping.themes] == [30, 30]
        assert {theme.id for theme in grouping.themes} == {"T-0001", "T-0002"}
        assert "w" in grouping.unassigned and "v0" in grouping.unassigned

    def test_plain_texts_get_a_group_each_or_none(self) -> None:
        clusters = themes.cluster_texts(QUESTIONS, models.load_embedder())
        assert clusters[4] == clusters[5] is not None
        assert clusters[0] == clusters[2] != clusters[4]
        assert clusters[6] is None
        assert themes.cluster_texts([], models.load_embedder()) == []
