"""Topics: which belong together, how they came and went, and words that name nobody."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from insights.outputs.weeks import span_of
from insights.store import TOPICS, Following, Frames, Store
from insights.themes import Item, trace_topics
from insights.themes.shown import WordCheck
from insights.types import Theme

WEEKS = ("2026-W44", "2026-W45", "2026-W46")
SAID = {
    "T-0001": ["invoice payment arrived late", "payment of the invoice", "invoice tax and payment"],
    "T-0002": ["refund the invoice charge", "charge or refund this card", "refund of a charge"],
    "T-0003": ["technician drives the repair van", "repair van and technician", "van repair by technician"],
}
AXES = {"T-0001": (1.0, 0.2, 0.0), "T-0002": (0.9, 0.6, 0.0), "T-0003": (0.0, 0.1, 1.0)}
ITEMS = [
    Item(f"{topic_id}{row}", text, source=f"account {row}")
    for topic_id, texts in SAID.items()
    for row, text in enumerate(texts)
]
HEARD = ["2026-W44", "2026-W46", "2026-W46", "2026-W44", "2026-W44", "", "2026-W46", "2026-W46", "2026-W46"]


def embed(texts: Sequence[str]) -> np.ndarray:
    """The first two topics are near to each other, the third is far off."""
    topic_of = {text: topic_id for topic_id, its in SAID.items() for text in its}
    rows = np.array([AXES[topic_of[text]] for text in texts], dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def topic(topic_id: str) -> Theme:
    members = tuple(item.id for item in ITEMS if item.id.startswith(topic_id))
    return Theme(topic_id, "topic", f"label {topic_id}", "", "", (), members, 0.5)


def trace(topic_ids: Sequence[str] = tuple(SAID), weeks: Sequence[str] = HEARD):
    return trace_topics(
        [topic(topic_id) for topic_id in topic_ids],
        ITEMS,
        weeks,
        span=WEEKS,
        embed=embed,
        find_names=lambda text: set(),
    )


def test_topics_that_are_near_are_joined_first() -> None:
    tree, _ = trace()
    assert [(node.id, node.parent_id, node.topic_ids) for node in tree] == [
        ("G-02", "", ("T-0001", "T-0002", "T-0003")),
        ("G-01", "G-02", ("T-0001", "T-0002")),
        ("T-0001", "G-01", ("T-0001",)),
        ("T-0002", "G-01", ("T-0002",)),
        ("T-0003", "G-02", ("T-0003",)),
    ]
    assert tree[0].distance > tree[1].distance > tree[2].distance == 0
    assert [node.n_utterances for node in tree] == [9, 6, 3, 3, 3]
    assert "technician" in tree[4].words and "technician" not in tree[1].words


def test_weeks_count_each_topic_and_zero_weeks_are_zeros() -> None:
    _, weeks = trace()
    counted = {(one.topic_id, one.week): one.n_utterances for one in weeks}
    assert len(weeks) == len(counted) == 9
    assert [counted["T-0001", week] for week in WEEKS] == [1, 0, 2]
    assert [counted["T-0002", week] for week in WEEKS] == [2, 0, 0]  # the third has no date
    assert [counted["T-0003", week] for week in WEEKS] == [0, 0, 3]


def test_the_words_of_a_week_were_said_in_it() -> None:
    _, weeks = trace()
    for one in weeks:
        said = " ".join(
            item.text
            for item, week in zip(ITEMS, HEARD, strict=True)
            if item.id.startswith(one.topic_id) and week == one.week
        )
        assert bool(one.words) == bool(said)
        assert all(word in said for word in one.words)


def test_twice_is_equal_and_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert trace() == trace()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("topic_ids", "n_nodes"), [((), 0), (("T-0001",), 1)], ids=["no topic", "one topic"])
def test_few_topics_have_a_small_tree(topic_ids: Sequence[str], n_nodes: int) -> None:
    tree, weeks = trace(topic_ids)
    assert len(tree) == n_nodes
    assert [node.parent_id for node in tree] == [""] * n_nodes
    assert len(weeks) == 3 * n_nodes


def test_without_dates_there_are_only_zeros() -> None:
    _, weeks = trace(weeks=[""] * len(ITEMS))
    assert {one.n_utterances for one in weeks} == {0}


@pytest.mark.parametrize(
    ("texts", "word", "shown"),
    [
        pytest.param(["Ernie said no", "ask Ernie"], "ernie", True, id="two customers, not known as a name"),
        pytest.param(["Ernie said no", "I said no"], "ernie", False, id="one customer"),
        pytest.param(["ask Dana first", "is Dana in"], "dana", False, id="known as a name"),
        pytest.param(["the price is high", "Price matters"], "price", True, id="mostly small"),
    ],
)
def test_a_word_that_may_be_a_name_is_not_shown(texts: list[str], word: str, shown: bool) -> None:
    check = WordCheck(texts, ["a", "b"], lambda text: {"dana"} if "Dana" in text else set())
    assert check.choose([word]) == ((word,) if shown else ())


def test_a_span_of_weeks_has_no_holes() -> None:
    assert span_of(["2027-W01", "2026-W52"]) == ("2026-W52", "2026-W53", "2027-W01")
    assert span_of([]) == ()


def test_frames_of_topics_have_their_columns_with_and_without_topics(tmp_path: Path) -> None:
    with Store(tmp_path, write=True) as store:
        frames = Frames(store, ZoneInfo("UTC"))
        assert list(frames.topic_tree) == [
            "id", "parent_id", "label", "words", "distance", "n_topics", "topic_ids", "n_utterances",
        ]  # fmt: skip
        assert list(frames.topics_over_time) == [
            "topic_id", "label", "week", "n_utterances", "n_of", "share", "words",
        ]  # fmt: skip
        week = {"topic_id": "T-0001", "week": "2026-W45", "n_utterances": 1, "n_of": 4, "words": ["price", "month"]}
        silent = {**week, "week": "2026-W46", "n_utterances": 0, "n_of": 0, "words": []}
        node = {
            "id": "T-0001",
            "parent_id": "",
            "distance": 0.0,
            "topic_ids": ["T-0001"],
            "words": [],
            "n_utterances": 1,
        }
        kept = {TOPICS: {"tree": [node], "weeks": [week, silent]}}
        store.save_findings(Following((), (), (), ()), [topic("T-0001")], (), kept)
        frames = Frames(store, ZoneInfo("UTC"))
        assert frames.topic_tree.to_dict("records")[0]["n_topics"] == 1
        (first, second) = frames.topics_over_time.to_dict("records")
        assert (first["share"], first["words"], second["n_utterances"]) == (0.25, "price, month", 0)
        assert np.isnan(second["share"])


def test_torch_is_not_needed() -> None:
    trace()
    assert not {"torch", "umap", "hdbscan", "sentence_transformers"} & set(sys.modules)
