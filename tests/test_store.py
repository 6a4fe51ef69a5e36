"""What is written to the store is what is read from it, and nothing that is not true gets in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.errors import StoreError
from insights.store import Following, Frames, Store, search
from insights.store.frames import TREND_COLUMNS
from insights.store.rows import conversation_row, described_conversation
from insights.types import (
    Answer,
    Conversation,
    Factor,
    Failure,
    Idea,
    Metadata,
    Outcome,
    Participant,
    Phrase,
    Quotability,
    Segment,
    Signal,
    SubTheme,
    Theme,
    Utterance,
    Word,
    Wording,
)

CALL = Conversation(
    id="c1",
    kind="call",
    source="calls/a.wav",
    segments=(Segment("right", "What does it cost?", 1.0, 2.5, 0.9, (), (Word(" What", 1.0, 1.2, 0.8),)),),
    started_at=datetime(2026, 11, 1, 23, 30, tzinfo=UTC),
    participants=(Participant("Ann", "ann@a.example", "customer"),),
    duration_s=90.0,
)
ASKED = Utterance("c1", 0, "right", "customer", 0.95, "What does it cost?", 1.0, 2.5)
QUESTION = Signal(
    "s1", ASKED.id, "question", "price", "What does it cost?", 0, 18, 0.9, "questions/1", 1.0, 2.5, ("wh",)
)
THEME = Theme(
    "Q-0001", "question", "cost", "What does it cost?", "s1", ("cost",), ("s1",), 0.8, cohesion=0.625,
    variants=(Wording("s1", "What’s the “price”?"),), sub_themes=(SubTheme("price", ASKED.text, "s1", ("s1",)),),
)  # fmt: skip
IDEA = Idea("I-1", "Q-0001", "faq", "asked", "What does it cost?", 71.5, (Factor("reach", 3, 40.0, "3 of 4"),), ("s1",))


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "store", write=True) as opened:
        opened.save_file("f1", Path("calls/a.wav"), "k1", [CALL])
        opened.save_analysis("c1", "a1", [ASKED], [QUESTION])
        yield opened


def test_what_is_saved_is_what_is_read(store: Store):
    described = replace(CALL, metadata=Metadata(account="Acme", amount=100.0, extra=(("region", "north"),)))
    answer = Answer("s1", "answered", ASKED.id, "cost", 13, 17)
    outcome = Outcome("s1", "accepted", ASKED.id, "cost", 13, 17)
    rated = Quotability("s1", 0.5, ("too short",))
    phrase = Phrase("objection", "price", "a lot of money", 3, 7, 2.4)
    store.save_description(CALL, described)
    store.save_findings(Following((answer,), (outcome,), (rated,), (phrase,)), [THEME], [IDEA], {"next": 2})
    store.save_failures([Failure("b.wav", "empty")])
    assert store.conversations() == (replace(described, thread_id="c1"),)
    assert list(store.read_conversations()) == [("f1", CALL, replace(described, thread_id="c1"), "a1")]
    assert store.utterances() == (ASKED,)
    assert store.signals() == (QUESTION,)
    assert store.answers() == (answer,)
    assert store.outcomes() == (outcome,)
    assert store.quotabilities() == (rated,)
    assert store.phrases() == (phrase,)
    assert store.themes() == (THEME,)
    assert store.ideas() == (IDEA,)
    assert store.failures() == (Failure("b.wav", "empty"),)
    assert store.state() == {"next": 2}


def test_a_quote_that_its_utterance_does_not_say_never_enters(store: Store):
    with pytest.raises(ValueError, match="does not say"):
        store.save_analysis("c1", "a2", [ASKED], [replace(QUESTION, text="What does it COST?")])
    assert store.signals() == (QUESTION,)


def test_reading_a_file_again_replaces_what_was_read_from_it(store: Store):
    store.save_file("f1", Path("calls/a.wav"), "k2", [replace(CALL, language="de")])
    assert [conversation.language for conversation in store.conversations()] == ["de"]
    assert store.utterances() == ()
    assert store.file_keys() == {"f1": "k2"}


def test_a_moved_file_keeps_its_conversations(store: Store):
    store.move_file("f1", Path("archive/a.wav"))
    assert store.conversations()[0].source == "archive/a.wav"
    assert store.signals() == (QUESTION,)


def test_the_same_mail_in_two_mailboxes_is_kept_once(store: Store):
    store.save_file("f2", Path("copy.mbox"), "k1", [CALL])
    assert len(store.conversations()) == 1


def test_a_second_writer_is_refused_and_a_reader_is_not(store: Store):
    with pytest.raises(StoreError, match="Another run"):
        Store(store.folder, write=True)
    with Store(store.folder) as reader:
        assert reader.signals() == (QUESTION,)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / "insights.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path)


def test_migrations_build_the_tables_that_the_code_uses(store: Store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from insights.store.schema import metadata

    def no_search_tables(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or not str(name).startswith(("utterances_fts", "alembic"))

    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": no_search_tables})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("words", ["cost", "does COST", 'what "does'])
def test_search_finds_what_was_said(store: Store, words: str):
    assert [hit.text for hit in search(store, words)] == ["What does it cost?"]


@given(words=st.text(max_size=30))
def test_search_takes_any_text_for_words(words: str, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.getbasetemp() / "search"
    with Store(folder) as opened:
        assert search(opened, words) == ()


def test_vectors_come_back_by_text_and_model(store: Store):
    vector = np.array([0.6, 0.8], np.float32)
    store.save_vectors({"hello": vector}, "model-1")
    assert np.array_equal(store.vectors(["hello", "bye"], "model-1")["hello"], vector)
    assert store.vectors(["hello"], "model-2") == {}


def test_the_frames_carry_weeks_of_the_zone_that_was_asked_for(store: Store):
    """23:30 UTC on Sunday is Monday, and so the next week, in Berlin."""
    store.save_findings(Following(), [THEME], [], {})
    assert Frames(store, ZoneInfo("UTC")).conversations["week"].tolist() == ["2026-W44"]
    berlin = Frames(store, ZoneInfo("Europe/Berlin"))
    assert berlin.conversations["week"].tolist() == ["2026-W45"]
    assert berlin.themes["first_week"].tolist() == ["2026-W45"]
    assert berlin.signals[["theme_id", "conversation_id"]].values.tolist() == [["Q-0001", "c1"]]


def test_the_frames_hold_how_sure_a_theme_is_and_its_parts(store: Store):
    store.save_findings(Following(), [THEME, replace(THEME, id="Q-0002", cohesion=None, sub_themes=())], [], {})
    frames = Frames(store, ZoneInfo("UTC"))
    assert frames.themes["n_sub_themes"].tolist() == [1, 0]
    assert frames.themes["cohesion"].dropna().tolist() == [0.625]
    assert frames.sub_themes.to_dict("records") == [
        {
            "theme_id": "Q-0001",
            "kind": "question",
            "rank": 0,
            "label": "price",
            "canonical": "What does it cost?",
            "canonical_signal_id": "s1",
            "n_signals": 1,
        }
    ]


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(text=texts, account=st.none() | texts, confidence=st.floats(0, 1), flag=st.sampled_from(["quoted", "suspect"]))
def test_any_conversation_survives_its_row(text: str, account: str | None, confidence: float, flag: str):
    segment = Segment("left", text, 0.25, 3.5, confidence, (flag,), (Word(text, 0.25, 1.0, confidence),))
    described = replace(CALL, segments=(segment,), metadata=Metadata(account=account), thread_id="t")
    assert described_conversation(conversation_row(described, described, "f")) == described


def test_search_says_what_was_found_in_an_utterance_and_what_followed(store: Store):
    answer = Answer("s1", "partly", ASKED.id, "cost", 13, 17)
    store.save_findings(Following((answer,)), [THEME], [IDEA], {})
    assert [hit.found for hit in search(store, "cost")] == ["question (price): partly"]


def test_the_frames_hold_what_followed_and_customers_phrases(store: Store):
    phrase = Phrase("objection", "price", "a lot of money", 3, 7, 2.4)
    outcome = Outcome("s1", "accepted", ASKED.id, "cost", 13, 17)
    store.save_findings(Following((), (outcome,), (Quotability("s1", 0.5),), (phrase,)), [THEME], [IDEA], {})
    frames = Frames(store, ZoneInfo("UTC"))
    row = frames.signals.iloc[0]
    assert (row["outcome_status"], row["outcome_text"], row["quotability"]) == ("accepted", "cost", 0.5)
    assert frames.phrases.to_dict("records") == [
        {
            "kind": "objection",
            "label": "price",
            "text": "a lot of money",
            "n_conversations": 3,
            "n_all": 7,
            "score": 2.4,
        }
    ]


def test_the_trends_are_those_counted_for_the_columns_asked_and_have_no_rate_where_nobody_was_met(store: Store):
    asked: list[tuple[str, ...]] = []

    def follow(columns: tuple[str, ...]) -> list[SimpleNamespace]:
        asked.append(columns)
        cell = {"theme_id": "O-0001", "kind": "objection", "label": "price", "column": "all", "value": ""}
        counts = {"n_accounts": 0, "n_of": 0, "rate": None, "low": None, "high": None}
        return [SimpleNamespace(**cell, **counts, week="2026-W45")]

    frames = Frames(store, ZoneInfo("UTC"), follow)
    assert frames.trends["rate"].isna().all() and frames.trends["rate"].dtype == float
    assert frames.trends_by("region").columns.tolist() == list(TREND_COLUMNS)
    assert asked == [("segment", "stage", "channel", "outcome"), ("region",)]
    assert Frames(store, ZoneInfo("UTC")).trends.empty
