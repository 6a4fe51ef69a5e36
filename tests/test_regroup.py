"""Grouping everything anew: themes keep their ids by their members, and nothing moves without being told why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from theme_history import History, items_of, vectors_of
from typer.testing import CliRunner

from insights import outputs, pipeline, themes
from insights.cli import app
from insights.config import Settings
from insights.errors import UsageError
from insights.outputs import Findings
from insights.store import Following, Store
from insights.themes import identity
from insights.themes.edits import Laid
from insights.themes.identity import assign
from insights.themes.regroup import agreement, carry_over, match, tell_method
from insights.themes.values import GroupOptions, Memory, Method
from insights.types import Answer, Change, Conversation, Metadata, Move, Regrouping, Signal, Utterance

Q1, Q2, Q3, Q4 = "Q-0001", "Q-0002", "Q-0003", "Q-0004"
runner = CliRunner()


@pytest.mark.parametrize(
    ("groups", "sizes", "names"),
    [
        pytest.param([["A", "A", ""], ["B"]], {"A": 2, "B": 1}, ["A", "B"], id="the-same-go-on"),
        pytest.param([["A"], ["A", "A"]], {"A": 3}, ["", "A"], id="of-two-parts-the-larger-keeps-the-id"),
        pytest.param([["A", "B", "B"]], {"A": 1, "B": 2}, ["B"], id="of-two-that-join-the-larger-gives-the-id"),
        pytest.param([["A", "A", "A", "B"], ["A", "A"]], {"A": 5, "B": 1}, ["A", ""], id="most-members-keep-theirs"),
        pytest.param([["A"]], {"A": 5}, [""], id="a-fifth-of-a-theme-does-not-continue-it"),
        pytest.param([["A"] + ["B"] * 9], {"A": 1, "B": 90}, [""], id="nor-a-theme-that-was-lost-in-another"),
        pytest.param([["A", "A", "B"], ["A", "B", "B"]], {"A": 3, "B": 3}, ["A", "B"], id="one-to-one"),
        pytest.param([["", ""]], {}, [""], id="what-was-in-none-is-new"),
        pytest.param([], {"A": 2}, [], id="nothing-left"),
    ],
)
def test_groups_are_known_again_by_their_members(groups: list[list[str]], sizes: dict[str, int], names: list[str]):
    assert match(groups, Counter(sizes)) == names


def carried(homes: str, groups: str, laid: Laid) -> str:
    """Homes by the last digits of theme ids, groups by letters; "." is none."""
    ids = [f"Q-000{its}" if its != "." else "" for its in homes]
    labels = np.array([ord(its) - ord("a") if its != "." else -1 for its in groups])
    memory = Memory("question", next_number=7)
    found, number = carry_over(ids, labels, [str(row) for row in range(len(ids))], laid, memory, GroupOptions())
    assert number == 7 + len({its for its in found if its > "Q-0006"})
    return "".join(its[-1:] or "." for its in found)


def laid_of(**known: object) -> Laid:
    return Laid({}, {}, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("homes", "groups", "laid", "now"),
    [
        pytest.param("1111222..", "aaabbbb.c", laid_of(), "1112222..", id="members-follow-their-group"),
        pytest.param("11112222", "aabbccdd", laid_of(), "11772288", id="parts-get-new-numbers"),
        pytest.param("1122..", "......", laid_of(), "......", id="what-no-group-holds-waits"),
        pytest.param("111122", "aabbcc", laid_of(pinned={Q1}), "111122", id="a-pinned-theme-keeps-its-members"),
        pytest.param("111.", "aaaa", laid_of(pinned={Q1}), "1111", id="and-draws-in-what-is-like-them"),
        pytest.param("11133", "aaaaa", laid_of(pinned={Q1}), "11133", id="but-nothing-of-another-theme"),
        pytest.param("3311.", "aaaaa", laid_of(made={Q3: Q1}), "33111", id="the-part-split-off-stays-one"),
        pytest.param("333.11", "aaaabb", laid_of(made={Q3: Q1}), "333311", id="and-draws-in-what-is-like-it"),
        pytest.param("33.111", "aaabbb", laid_of(dismissed={Q3: ""}), "333111", id="a-dismissed-theme-draws-in-news"),
        pytest.param("33311", "aaaaa", laid_of(dismissed={Q3: ""}), "33311", id="and-nothing-that-is-shown"),
        pytest.param("3331", "aaaa", laid_of(dismissed={Q3: ""}), "333.", id="one-left-alone-makes-no-theme"),
    ],
)
def test_each_item_goes_with_its_group_but_for_what_people_hold(homes: str, groups: str, laid: Laid, now: str):
    assert carried(homes, groups, laid) == now


def test_agreement_is_one_for_equal_groupings_and_low_where_items_are_alone():
    assert agreement(["A", "A", "", ""], ["B", "B", "", ""]) == 1.0
    assert agreement(["A", "A", "B", "B"], ["", "", "", ""]) == 0.0


def test_the_history_tells_what_was_split_merged_born_and_retired_and_every_move():
    """Items mean something else by other vectors: two of the first theme part, the second joins the third."""
    history = History([0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 5])
    history.meanings = [0, 0, 0, 6, 6, 2, 2, 2, 2, 2, 8, 9, 7, 7]
    told = history.group(anew="a person asked for it").regrouping
    assert told is not None
    assert (told.kind, told.reason, told.n_items) == ("question", "a person asked for it", 14)
    assert told.changes == (
        Change(Q1, "continued", 5, 3),
        Change(Q2, "merged", 2, 0, Q3),
        Change(Q3, "continued", 3, 5),
        Change(Q4, "retired", 2, 0),
        Change("Q-0005", "split", 0, 2, Q1),
        Change("Q-0006", "born", 0, 2),
    )
    assert told.moves == (
        Move(Q1, "Q-0005", ("s003", "s004")),
        Move(Q2, Q3, ("s005", "s006")),
        Move(Q4, "", ("s010", "s011")),
    )
    again = history.memory
    assert history.group().regrouping is None
    assert history.memory == again, "a run without news changes nothing"


TWO = [0, 0, 0, 0, 1, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("deed", "theme", "other", "rows"),
    [
        pytest.param("merge", Q1, Q2, (), id="merge"),
        pytest.param("split", Q1, Q4, (2, 3), id="split"),
        pytest.param("rename", Q1, "", (), id="rename"),
        pytest.param("pin", Q1, "", (), id="pin"),
        pytest.param("move", Q1, Q2, (0,), id="move"),
        pytest.param("move", Q1, "", (0,), id="move-out"),
        pytest.param("dismiss", Q1, "", (), id="dismiss"),
    ],
)
def test_where_the_grouping_is_the_same_an_edit_holds_and_nothing_moves(deed, theme, other, rows):
    history = History([*TWO])
    history.decide(deed, theme, other, rows, label="a name")
    before = history.group()
    after = history.group(anew="of a test")
    assert after.regrouping is not None and after.regrouping.moves == ()
    assert after.theme_ids == before.theme_ids
    assert (after.laid.labels, after.laid.pinned, after.dismissed) == (
        before.laid.labels,
        before.laid.pinned,
        before.dismissed,
    )
    for edit_id in [edit.id for edit in history.edits]:
        history.undo(edit_id)
    assert "".join(its or "." for its in [*history.group().theme_ids]).replace("Q-000", "") == "111122.33"


def test_a_new_grouping_tears_apart_neither_pinned_nor_split_off_themes_and_brings_no_dismissed_one_back():
    """Items that joined these after the edit are at home there, and stay as well."""
    history = History([0, 0, 0, 0, 0, 0, 1, 1, 2, 2])
    history.decide("split", Q1, Q4, (4, 5))
    history.decide("pin", Q2)
    history.decide("dismiss", Q3)
    history.group()
    history.add_week(1, 2)
    assert history.shown() == [*"111144", "2", "2", "", "", "2", ""]
    history.meanings = [0, 0, 0, 0, 0, 0, 5, 6, 7, 7, 8, 7]
    after = history.group(anew="of a test")
    assert history.shown() == [*"111144", "2", "2", "", "", "2", ""]
    assert after.dismissed == {"s008", "s009", "s011"}


def test_what_was_split_off_is_known_again_as_that_and_goes_back_with_the_undo():
    """Though it is the larger part of the theme, and something that waited is like it."""
    history = History([0, 0, 0, 0, 0, 1, 1, 2])
    split = history.decide("split", Q1, Q3, (2, 3, 4))
    history.group()
    history.meanings = [0, 0, 5, 5, 5, 1, 1, 5]
    history.group(anew="of a test")
    assert history.shown() == ["1", "1", "3", "3", "3", "2", "2", "3"]
    history.undo(split)
    history.group()
    assert history.shown() == ["1", "1", "1", "1", "1", "2", "2", "1"]


def test_a_name_follows_the_id_of_the_larger_part():
    history = History([0, 0, 0, 0, 0, 1, 1])
    history.decide("rename", Q1, label="price")
    history.meanings = [3, 3, 0, 0, 0, 1, 1]
    after = history.group(anew="of a test")
    assert history.shown() == ["3", "3", "1", "1", "1", "2", "2"]
    assert after.laid.labels == {Q1: "price"}


def test_what_was_moved_or_merged_by_hand_is_where_it_was_put_though_the_grouping_sees_it_elsewhere():
    history = History([0, 0, 0, 1, 1, 2, 2, 2])
    history.decide("move", Q1, Q2, (0,))
    history.decide("merge", Q3, Q2)
    history.group()
    history.meanings = [0, 0, 0, 1, 1, 5, 5, 5]
    history.group(anew="of a test")
    assert history.shown() == ["2", "1", "1", "2", "2", "2", "2", "2"]


def test_another_model_version_or_option_has_all_grouped_anew_once_and_says_so():
    history = History([*TWO])
    made = Method("model a", "themes/4", "k")
    history.group(method=made)
    assert history.group(method=made).regrouping is None
    told = history.group(method=replace(made, embedder="model b")).regrouping
    assert told is not None and told.reason == "the model that makes sentence vectors is another"
    assert history.memory.n_centre == len(TWO), "the centre is of the new vectors"
    assert tell_method(made, replace(made, version="themes/5")) == (
        "they are grouped in another way now (themes/4, now themes/5)"
    )
    assert tell_method(made, replace(made, options="l")) == "other options of grouping hold now"
    assert tell_method(Method(), made) == "it is not known with which model they were made"


def test_vectors_of_another_model_are_not_centred_by_the_former_ones():
    """With the old centre the second model's vectors, which share something else, would be grouped as one."""
    history = History([0, 0, 0, 1, 1, 1])
    other = np.roll(vectors_of(history.meanings), 7, axis=1)
    fresh = assign(history.items, other, Memory("question"), GroupOptions())
    changed = assign(history.items, other, history.memory, GroupOptions(), method=Method("another"))
    assert changed.memory.centre == fresh.memory.centre
    assert changed.theme_ids == fresh.theme_ids


def drift(n_more: int) -> History:
    """Two themes of a vague beginning, which later items would part otherwise."""
    history = History([0, 0, 0, 0, 1, 1])
    history.meanings = [0, 0, 2, 2, 1, 1] + [3, 4, 5, 6][:n_more]
    return history


def test_themes_that_drifted_are_grouped_anew_when_there_are_half_as_many_items_again():
    history = drift(4)
    told = history.group().regrouping
    assert told is not None and told.reason.startswith("there are 10 items, 6 when all were last grouped")
    assert [move.item_ids for move in told.moves] == [("s002", "s003")]
    assert history.memory.n_grouped == 10
    assert drift(2).group().regrouping is None


def test_themes_that_a_new_grouping_agrees_with_stay_as_they_are():
    history = History([0, 0, 0, 0, 1, 1])
    after = history.add_week(0, 0, 1, 1)
    assert (after.regrouping, after.memory.n_grouped) == (None, 10)


def test_a_week_that_adds_little_costs_no_full_grouping(monkeypatch: pytest.MonkeyPatch):
    history = History([0] * 8)

    def fail(*_: object) -> None:
        raise AssertionError("all items were grouped")

    monkeypatch.setattr(identity, "partition", fail)
    history.add_week(0, 1, 1)
    with pytest.raises(AssertionError, match="all items were grouped"):
        history.add_week(0, 1)


def test_what_themes_were_made_with_survives_json_and_is_unknown_of_an_old_memory():
    memory = History([*TWO]).group(method=Method("model", "themes/4", "key")).memory
    kept = json.loads(json.dumps(themes.memory_to_json(memory)))
    assert themes.memory_from_json(kept) == memory
    del kept["method"], kept["n_grouped"]
    assert themes.memory_from_json(kept) == replace(memory, method=Method(), n_grouped=0)


weeks = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=10), min_size=2, max_size=5)


@given(weeks=weeks, noise=st.sampled_from([0.35, 0.9]), spaces=st.lists(st.integers(0, 1), min_size=5, max_size=5))
@budget(max_examples=60, deadline=None)
def test_whatever_comes_each_member_that_moves_is_told_and_each_id_is_given_once(
    weeks: list[list[int]], noise: float, spaces: list[int]
):
    """Also when the model changes between weeks; and a second run over the same items changes nothing at all."""
    meanings: list[int] = []
    memory, seen = Memory("question"), set[str]()
    for week, model in zip(weeks, spaces, strict=False):
        meanings += week
        before = {item_id: state.id for state in memory.themes for item_id in state.member_ids}
        vectors = np.roll(vectors_of(meanings, noise), model, axis=1)
        last = memory
        assigned = assign(items_of(len(meanings)), vectors, memory, GroupOptions(), method=Method(str(model)))
        memory = assigned.memory
        now = {item_id: state.id for state in memory.themes for item_id in state.member_ids}
        moved = {(item_id, its, now.get(item_id, "")) for item_id, its in before.items() if now.get(item_id) != its}
        told = assigned.regrouping.moves if assigned.regrouping else ()
        assert moved == {(item_id, move.from_id, move.to_id) for move in told for item_id in move.item_ids}
        born = set(now.values()) - set(before.values())
        assert not born & seen and all(last.next_number <= int(its[2:]) < memory.next_number for its in born)
        seen |= born
        again = assign(items_of(len(meanings)), vectors, memory, GroupOptions(), method=Method(str(model)))
        assert (again.memory, again.regrouping) == (memory, None)


# What is told of it

TOLD = Regrouping(
    "question",
    "a person asked for it",
    12,
    (Change(Q1, "continued", 6, 4), Change(Q2, "merged", 2, 0, Q1), Change(Q3, "split", 0, 3, Q1)),
    (Move(Q1, "", ("a",)), Move(Q1, Q3, ("b", "c", "d")), Move(Q2, Q1, ("e", "f"))),
    datetime(2026, 11, 5, 12, tzinfo=UTC),
)
CALL = Conversation(
    "c1", "call", "a.wav", (), started_at=datetime(2026, 11, 3, 9, tzinfo=UTC), metadata=Metadata(account="Acme")
)


def told_in(*regroupings: Regrouping, week: str = "2026-W45") -> tuple[list[str], list[str]]:
    """Sentences about regroupings among a report's changes, and in its last section."""
    report = outputs.build_report(Findings(conversations=(CALL,), regroupings=regroupings), week)
    return [one for one in report.changes if "anew" in one], [how for what, how in report.method if "anew" in what]


def test_the_report_says_when_and_why_themes_were_grouped_anew_and_what_moved():
    changed, listed = told_in(TOLD)
    sentence = (
        "2 question themes were grouped anew on 5 November 2026, because a person asked for it: 1 continued, "
        "1 split off, 1 merged into another; 5 of 12 items moved to another theme, 1 to none."
    )
    assert changed == [sentence]
    assert listed == [sentence + " 3 from Q-0001 to Q-0003; 2 from Q-0002 to Q-0001; 1 from Q-0001 to none."]
    assert told_in() == ([], [])


def test_what_was_grouped_anew_before_the_week_or_without_a_move_is_no_news():
    assert told_in(TOLD, week="2026-W46")[0] == []
    changed, listed = told_in(replace(TOLD, moves=()))
    assert changed == []
    assert listed[0].endswith("; no item moved.")


def test_the_store_adds_regroupings_and_keeps_the_earlier_ones(tmp_path: Path):
    with Store(tmp_path, write=True) as store:
        store.save_findings(Following(), (), (), {}, (TOLD,))
        store.save_findings(Following(), (), (), {}, (replace(TOLD, kind="topic"),))
        store.save_findings(Following(), (), (), {})
        assert store.regroupings() == (TOLD, replace(TOLD, kind="topic"))


def test_a_dismissed_question_is_not_among_the_unanswered_ones():
    said = Utterance("c1", 0, "right", "customer", 0.9, "Are you there? What does it cost?", 1.0, 2.0)
    asked = [
        Signal("s1", said.id, "question", "other", "Are you there?", 0, 14, 0.9, "questions/1"),
        Signal("s2", said.id, "question", "price", "What does it cost?", 15, 33, 0.9, "questions/1"),
    ]
    answers = tuple(Answer(signal.id, "unanswered") for signal in asked)
    findings = Findings(conversations=(CALL,), utterances=(said,), signals=tuple(asked), answers=answers)
    assert len(outputs.build_report(findings).unanswered) == 2
    hidden = outputs.build_report(replace(findings, dismissed=frozenset({"s1"})))
    assert [quote.signal_id for quote in hidden.unanswered] == ["s2"]


# Over the whole line


def write_calls(folder: Path, days: Sequence[int]) -> None:
    folder.mkdir(exist_ok=True)
    for day in days:
        text = (
            f"Dana: Hi, this is Dana from Acme. We talked about {20 + day} lamps.\n"
            "Pat: Hello. So, what does it cost per user?\n"
            "Dana: Forty dollars.\n"
            "Pat: Can I export the monthly report to Excel?\n"
        )
        (folder / f"2026-11-{day:02d}_acme_buyer{day}.txt").write_text(text)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_calls(tmp_path / "in", (1, 2, 3))
    made = Settings(store=tmp_path / "store", our_names=("Dana",))
    pipeline.run([tmp_path / "in"], made)
    return made


@pytest.mark.model
def test_the_command_shows_what_would_change_or_does_it_and_the_history_keeps_it(settings: Settings):
    def insights(*arguments: str) -> str:
        done = runner.invoke(app, ["themes", *arguments, "--store", str(settings.store)], env={"COLUMNS": "200"})
        assert done.exit_code == 0, done.stderr
        return done.stdout

    pipeline.pin_theme(settings, Q1)
    before = [(one.id, one.n_items) for one in pipeline.list_themes(settings)]
    tried = insights("regroup", "--dry-run")
    assert "2 question themes would be grouped anew" in tried and "Nothing was changed." in tried
    assert pipeline.list_regroupings(settings) == ()
    shown = insights("regroup", "--kind", "question")
    assert "2 question themes were grouped anew on" in shown and "no item moved" in shown
    assert [(one.id, one.n_items) for one in pipeline.list_themes(settings)] == before
    assert "because a person asked for it: 2 continued" in insights("history")
    _, markdown = pipeline.write_report(settings)
    assert "2 question themes were grouped anew on" in markdown.read_text("utf-8")
    with pytest.raises(UsageError, match="No kind of theme 'cheese'"):
        pipeline.regroup_themes(settings, "cheese")


@pytest.mark.model
def test_a_store_of_a_former_model_is_grouped_anew_by_the_next_run_which_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    key = pipeline.concluding.models.key
    monkeypatch.setattr(
        pipeline.concluding.models, "key", lambda name: "other" if name == "minilm-themes" else key(name)
    )
    before = [(theme.id, theme.n_items) for theme in pipeline.list_themes(settings)]
    pipeline.refresh(settings)
    (told,) = pipeline.list_regroupings(settings)
    assert told.reason == "the model that makes sentence vectors is another"
    assert [(theme.id, theme.n_items) for theme in pipeline.list_themes(settings)] == before != []
    pipeline.refresh(settings)
    assert pipeline.list_regroupings(settings) == (told,)
