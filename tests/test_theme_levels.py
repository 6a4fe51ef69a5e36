"""Themes, coarse and fine: one dial for the grain, parts below each theme, names out of shared words, and sureness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import models, themes
from insights.config import Settings, load_settings
from insights.errors import UsageError
from insights.outputs.findings import Findings
from insights.pipeline.concluding import findings_key, group_items, items_of, method_of_themes
from insights.store import Store
from insights.themes.levels import make_cutter
from insights.themes.making import Members
from insights.themes.naming import choose_variants
from insights.themes.partition import partition
from insights.themes.phrases import rank_labels
from insights.themes.values import GroupOptions, Item, Memory
from insights.types import Conversation, Signal, Utterance, Wording

DIM = 24


def rows_of(meanings: Sequence[tuple[int, int]], noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Unit vectors of what is said: what it is about on one axis, and which part of that on another, as strong."""
    rng = np.random.default_rng(seed)
    rows = noise * rng.normal(size=(len(meanings), DIM)).astype(np.float32) / np.sqrt(DIM)
    for row, (about, part) in enumerate(meanings):
        rows[row, about] += 1.0
        rows[row, 10 + part] += 1.2
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def sources_of(n: int) -> list[str]:
    return [f"account {row}" for row in range(n)]


# Grain


def test_the_dial_begins_at_the_default_options_and_both_thresholds_grow_with_it() -> None:
    assert themes.options_of(Settings().theme_grain) == GroupOptions()
    grains = [themes.options_of(step / 10) for step in range(11)]
    assert [one.threshold for one in grains] == sorted({one.threshold for one in grains})
    assert [one.sure_threshold for one in grains] == sorted({one.sure_threshold for one in grains})


def test_what_is_one_theme_coarsely_is_two_finely() -> None:
    """Two parts of one matter, at a cosine of .41: between the sure thresholds of the two ends of the dial."""
    space = rows_of([(0, 0)] * 3 + [(0, 1)] * 3)
    coarse, fine = (partition(space, sources_of(6), themes.options_of(grain)).tolist() for grain in (0.0, 1.0))
    assert coarse == [0] * 6
    assert fine == [0] * 3 + [1] * 3


def test_a_grain_beyond_the_dial_is_refused() -> None:
    assert load_settings(theme_grain=0.75).theme_grain == 0.75
    with pytest.raises(UsageError, match="theme_grain"):
        load_settings(theme_grain=1.5)


def test_the_grain_reaches_the_grouping_and_another_one_groups_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[GroupOptions] = []
    monkeypatch.setattr(themes, "group", lambda items, vectors, memory, *, options, **tools: seen.append(options))
    tools = SimpleNamespace(nlp=None, embed_themes=lambda texts: np.zeros((len(texts), DIM), np.float32))
    middle, coarse = Settings(), Settings(theme_grain=0.0)
    with Store(tmp_path, write=True) as store:
        for chosen in (middle, coarse):
            group_items("question", Findings(), store, chosen, tools, "")  # type: ignore[arg-type]
        assert seen == [themes.options_of(0.25), themes.options_of(0.0)]
        methods = [method_of_themes("question", options) for options in seen]
        assert methods[0] != methods[1] and methods[0] == method_of_themes("question", themes.options_of(0.25))
        assert findings_key(store, middle) == findings_key(store, Settings(theme_grain=0.25))
        assert findings_key(store, middle) != findings_key(store, coarse)


def test_what_is_grouped_comes_with_its_wording_its_kind_and_what_it_was_said_in() -> None:
    conversation = Conversation("c1", "call", "c1.wav", ())
    said = Utterance("c1", 0, "customer", "customer", 1.0, "The invoices, do those come over?")
    words = ("do those come over?", 14, 33)
    asked = Signal(
        "s1", said.id, "question", "process", *words, 0.9, "questions/5", wording="do the invoices come over?"
    )
    (item,) = items_of("question", Findings((conversation,), (said,), (asked,)))
    assert (item.text, item.wording, item.context, item.label) == (asked.text, asked.wording, said.text, "process")


# Sub-themes

OPTIONS = GroupOptions()


def test_a_theme_falls_into_the_parts_that_recur_the_largest_first() -> None:
    space = rows_of([(0, 0)] * 2 + [(0, 1)] * 4 + [(0, 2)])
    cutter = make_cutter(space, sources_of(7), OPTIONS)
    assert cutter.cut(range(7)) == [[2, 3, 4, 5], [0, 1]]  # what was said once is in no part


def test_a_theme_of_one_piece_and_one_with_a_single_recurring_part_have_none() -> None:
    space = rows_of([(0, 0)] * 6 + [(0, 1)])
    cutter = make_cutter(space, sources_of(7), OPTIONS)
    assert cutter.cut(range(6)) == []
    assert cutter.cut(range(7)) == []


def test_one_talkative_customer_makes_no_part() -> None:
    space = rows_of([(0, 0)] * 3 + [(0, 1)] * 3)
    assert make_cutter(space, sources_of(6), OPTIONS).cut(range(6)) == [[0, 1, 2], [3, 4, 5]]
    assert make_cutter(space, [*sources_of(3), *["one account"] * 3], OPTIONS).cut(range(6)) == []


@given(
    meanings=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=4, max_size=70),
    seed=st.integers(0, 100),
    n_direct=st.sampled_from([10, 5000]),
)
@settings(max_examples=25, deadline=None)
def test_parts_lie_within_their_theme_and_nobody_is_in_two(
    meanings: list[tuple[int, int]], seed: int, n_direct: int
) -> None:
    """Whatever is said: none or two and more, largest first, each of two sources, and the same twice."""
    space = rows_of(meanings, noise=0.8, seed=seed)
    sources = [f"account {row % 9}" for row in range(len(meanings))]
    cutter = make_cutter(space, sources, replace(OPTIONS, n_direct=n_direct, n_micro=8))
    rows = list(range(0, len(meanings), 2))
    parts = cutter.cut(rows)
    placed = [row for part in parts for row in part]
    assert len(parts) != 1
    assert len(placed) == len(set(placed)) and set(placed) <= set(rows)
    assert [len(part) for part in parts] == sorted((len(part) for part in parts), reverse=True)
    assert all(len({sources[row] for row in part}) >= 2 for part in parts)
    assert parts == cutter.cut(rows)


# Other wordings


def nobody(text: str) -> bool:
    return False


def wordings(texts: Sequence[str]) -> list[Item]:
    return [Item(f"s{row}", text) for row, text in enumerate(texts)]


SAID = [
    "Can we export the report?",
    "Could we export the report?",
    "Is there a way to get figures into Excel?",
    "Could Peter send me the numbers every Monday?",
    "no",
]
ANGLES = [0.0, 0.2, 0.7, 1.4, 1.5]  # radians from the first


def fan(angles: Sequence[float]) -> np.ndarray:
    return np.array([[np.cos(angle), np.sin(angle)] for angle in angles], dtype=np.float32)


def test_variants_are_the_most_different_members_but_no_near_copies_no_scraps_and_nobodys_name() -> None:
    items = wordings(SAID)
    chosen = choose_variants(items, fan(ANGLES), items[0], lambda text: "Peter" in text)
    assert chosen == (Wording("s2", SAID[2]),)
    both = choose_variants(items, fan(ANGLES), items[0], nobody)
    assert [one.signal_id for one in both] == ["s3", "s2"]  # the farthest first


def test_the_same_words_again_are_no_variant_and_without_a_title_there_is_none() -> None:
    items = wordings([SAID[0], f"um, {SAID[0]}", SAID[2]])
    assert [one.signal_id for one in choose_variants(items, fan([0.0, 0.8, 0.9]), items[0], nobody)] == ["s2"]
    assert choose_variants(items, fan([0.0, 0.8, 0.9]), None, nobody) == ()


def test_the_outermost_members_of_a_larger_theme_are_no_variants() -> None:
    """Members come most central first; the last quarter may be there by mistake."""
    items = wordings([f"Could we export report number {row}?" for row in range(8)])
    space = fan([0.0] * 5 + [0.8, 1.2, 1.5])
    assert [one.signal_id for one in choose_variants(items, space, items[0], nobody)] == ["s5"]


# Labels


@pytest.mark.model
@pytest.mark.parametrize(
    ("said", "label"),
    [
        (
            ["I want to get a quote for my condo insurance.", "Can I get a quote for pet insurance?"],
            "quote for insurance",
        ),
        (
            ["I want to change my security question.", "Can you change the security question?"],
            "change security question",
        ),
        (["I want to cancel one of my plans.", "Can I cancel one of my plans?"], "cancel plans"),
        (["I need to add a dependent.", "Can I add a dependent to my plan?"], "add dependent"),
        (["I need homeowner's insurance.", "Do you sell homeowner's insurance?"], "homeowner's insurance"),
        (["We have no budget this year.", "There is no budget for that."], "no budget"),
        (["How do you train them?", "I can't pull a shift into a classroom.", "Who teaches them?"], None),
        (["Hello Marcus, are you there?", "Marcus says he is away."], "Marcus"),
        (["Hello Marcus, are you there?", "Who is away?"], None),
        (["For twelve months, really?", "Is it for 12 months?"], None),
    ],
    ids=[
        "what hangs on the noun",
        "a noun that tells nothing alone",
        "one of several",
        "an adjective in a noun's place",
        "a possessive",
        "what there is none of",
        "what one member says, who is not the clearest",
        "a name that two say",
        "a name that one says",
        "how long is no matter",
    ],
)
def test_a_label_is_a_phrase_that_members_share(said: list[str], label: str | None) -> None:
    docs = list(models.load_spacy().pipe(said))
    assert next(iter(rank_labels(docs, ())), None) == label


@pytest.mark.model
def test_what_the_siblings_say_as_well_does_not_name_a_part() -> None:
    nlp = models.load_spacy()
    life = list(nlp.pipe(["I want to file a life insurance claim.", "Can I file a life insurance claim?"]))
    health = list(nlp.pipe(["I want to file a health claim.", "Can I file a health claim?"]))
    assert "life" in rank_labels(life, (), 0, health)[0]
    assert "health" in rank_labels(health, (), 0, life)[0]


@pytest.mark.model
def test_a_theme_is_shown_with_its_parts_in_customers_words() -> None:
    """Every wording is a member's own; parts are members of the theme; the same data give the same theme."""
    texts = [
        "Can I export the monthly report to Excel?",
        "How do we export our monthly report?",
        "Is there a way to export reports?",
        "Do you offer a discount for charities?",
        "Is there any discount for a charity like ours?",
        "Do charities get a discount?",
    ]
    items = [Item(f"s{row}", text, f"account {row}") for row, text in enumerate(texts)]
    vectors = models.load_theme_embedder()([themes.normalise(text) for text in texts])
    all_in_one = GroupOptions(sure_threshold=-1.0, sure_finer=1.35, gate=-1.0)
    first, again = (
        themes.group(
            items, vectors, Memory("question"), nlp=models.load_spacy(), has_personal=nobody, options=all_in_one
        )
        for _ in range(2)
    )
    assert first.themes == again.themes
    (theme,) = first.themes
    export, discount = theme.sub_themes
    assert (sorted(export.signal_ids), sorted(discount.signal_ids)) == (["s0", "s1", "s2"], ["s3", "s4", "s5"])
    assert "export" in export.label and "discount" in discount.label
    for part in theme.sub_themes:
        assert part.canonical == texts[int(part.canonical_signal_id[1:])]
        assert part.canonical_signal_id in part.signal_ids
    assert theme.variants and all(one.text == texts[int(one.signal_id[1:])] for one in theme.variants)
    assert theme.canonical not in {one.text for one in theme.variants}
    assert theme.cohesion is not None and -1 <= theme.cohesion < 1


def test_a_theme_of_which_nothing_may_be_shown_is_called_by_its_type() -> None:
    items = tuple(Item(f"s{number}", "Mrs Lomax likes it as it is.", label=label) for number, label in enumerate("aab"))
    members = Members(items, np.ones((3, 1), dtype=np.float32), {}, None)
    assert (members.wording, members.kind) == ("", "a")
    assert replace(members, items=(replace(items[0], label="status_quo"),)).kind == "status quo"
    assert replace(members, items=(replace(items[0], label=""),)).kind == ""
