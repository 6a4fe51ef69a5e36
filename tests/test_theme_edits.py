"""What people decide of themes: it holds over every grouping, goes with its words, and can be undone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from theme_history import NOON, History
from typer.testing import CliRunner

import insights
from insights import pipeline, themes
from insights.cli import app
from insights.config import Settings
from insights.errors import UsageError
from insights.outputs.changes import quote_title
from insights.themes.noting import Deed, note, read_decisions, theme_edits
from insights.themes.values import Item
from insights.types import Edit, Theme

runner = CliRunner()

TWO = [0, 0, 0, 0, 1, 1, 2]  # two themes, Q-0001 and Q-0002, and one item alone
Q1, Q2, Q3 = "Q-0001", "Q-0002", "Q-0003"


@pytest.mark.parametrize(
    ("deed", "theme", "other", "rows", "shown"),
    [
        pytest.param("merge", Q1, Q2, (), "222222.", id="two-are-one-under-the-second-id"),
        pytest.param("split", Q1, Q3, (2, 3), "113322.", id="some-are-a-theme-of-their-own"),
        pytest.param("rename", Q1, "", (), "111122.", id="a-name-moves-nothing"),
        pytest.param("pin", Q1, "", (), "111122.", id="a-pin-moves-nothing"),
        pytest.param("move", Q1, Q2, (0,), "211122.", id="an-item-into-another"),
        pytest.param("move", "", Q2, (6,), "1111222", id="an-item-that-was-alone"),
        pytest.param("move", Q1, "", (0, 1), "..1122.", id="items-out-of-all"),
        pytest.param("dismiss", Q1, "", (), "....22.", id="no-theme"),
    ],
)
def test_each_edit_does_what_it_says_and_its_undo_takes_it_back(
    deed: Deed, theme: str, other: str, rows: tuple[int, ...], shown: str
) -> None:
    history = History([*TWO])
    before = history.memory
    edit_id = history.decide(deed, theme, other, rows)
    history.group()
    assert "".join(its or "." for its in history.shown()) == shown
    again = history.memory
    assert history.group().memory == again, "a second run changes nothing"
    history.undo(edit_id)
    history.group()
    assert (history.memory.themes, history.memory.waiting, history.memory.homes) == (before.themes, before.waiting, ())


def test_names_and_pins_are_known_until_they_are_undone() -> None:
    history = History([*TWO])
    history.decide("rename", Q1, label="export")
    last = history.decide("rename", Q1, label="getting data out")
    history.decide("pin", Q2)
    laid = history.group().laid
    assert (laid.labels, laid.pinned) == ({Q1: "getting data out"}, {Q2})
    history.undo(last)
    assert history.group().laid.labels == {Q1: "export"}


def test_what_is_said_next_week_joins_themes_as_people_left_them() -> None:
    """Into the merged theme, into the one split off; not into one that is no more."""
    history = History([*TWO])
    history.decide("merge", Q2, Q1)
    history.add_week(1, 1)
    assert history.shown() == ["1"] * 6 + [""] + ["1"] * 2
    mixed = History([0, 0, 0, 0, 1, 1])
    mixed.decide("merge", Q2, Q1)
    mixed.decide("split", Q1, Q3, (4, 5))
    mixed.add_week(1)
    assert mixed.shown()[6] == "3"


def test_a_dismissed_themes_look_alike_stays_hidden_next_week_and_comes_to_light_with_the_undo() -> None:
    history = History([*TWO])
    edit_id = history.decide("dismiss", Q1)
    history.group()
    history.add_week(0, 0, 3, 3)
    assert history.shown() == ["", "", "", "", "2", "2", "", "", "", "3", "3"]
    assert history.assigned and {"s007", "s008"} <= history.assigned.dismissed
    history.undo(edit_id)
    history.group()
    assert history.shown() == ["1", "1", "1", "1", "2", "2", "", "1", "1", "3", "3"]


def test_what_was_moved_out_of_all_stays_out_when_more_is_said_like_it() -> None:
    history = History([*TWO])
    history.decide("move", Q2, "", (4, 5))
    history.group()
    history.add_week(1, 1)
    assert history.shown() == ["1"] * 4 + ["", "", ""] + ["3", "3"]


def test_of_two_merges_the_first_can_be_undone_alone() -> None:
    history = History([0, 0, 1, 1, 2, 2])
    first = history.decide("merge", Q1, Q2)
    history.group()
    history.decide("merge", Q2, Q3)
    history.group()
    assert history.shown() == ["3"] * 6
    history.undo(first)
    history.group()
    assert history.shown() == ["1", "1", "3", "3", "3", "3"]


def test_what_rests_on_a_split_rests_when_that_is_undone() -> None:
    """Neither the theme that was split off nor the one it came from goes into a third by it."""
    history = History([*TWO])
    split = history.decide("split", Q1, Q3, (2, 3))
    history.group()
    history.add_week(4, 4)
    history.decide("merge", Q3, Q2)
    history.group()
    assert history.shown() == ["1", "1", "2", "2", "2", "2", "", "4", "4"]
    history.undo(split)
    history.group()
    assert history.shown() == ["1", "1", "1", "1", "2", "2", "", "4", "4"]


def test_what_joined_a_theme_that_was_split_off_goes_back_with_the_undo() -> None:
    history = History([0, 0, 1, 1])
    merged = history.decide("merge", Q2, Q1)
    split = history.decide("split", Q1, Q3, (2, 3))
    history.group()
    history.add_week(1)
    assert history.shown() == ["1", "1", "3", "3", "3"]
    history.undo(split)
    history.undo(merged)
    history.group()
    assert history.shown() == ["1", "1", "2", "2", "1"]


def test_an_id_is_not_given_again_after_an_undo() -> None:
    history = History([*TWO])
    history.undo(history.decide("split", Q1, Q3, (2, 3)))
    history.add_week(4, 4)
    assert history.shown()[7:] == ["4", "4"]
    assert history.memory.next_number == 5


def test_the_history_says_what_was_done() -> None:
    history = History([0, 0, 0, 0, 1, 1, 2, 2])
    merged = history.decide("merge", Q2, Q1)
    split = history.decide("split", Q1, "Q-0004", (2, 3))
    gone = history.decide("dismiss", Q3)
    history.group()
    assert history.told() == [
        ("1", "continued", ""),
        ("2", "merged", "1"),
        ("3", "dismissed", ""),
        ("4", "split", "1"),
    ]
    history.group()
    assert history.told() == [("1", "continued", ""), ("4", "continued", "")]
    for edit_id in (merged, split, gone):
        history.undo(edit_id)
    history.group()
    assert history.told() == [
        ("1", "continued", ""),
        ("2", "returned", ""),
        ("3", "returned", ""),
        ("4", "merged", "1"),
    ]


@pytest.mark.parametrize(
    ("deed", "theme", "other", "rows", "known"),
    [
        pytest.param("merge", Q1, Q2, (), {Q1, Q2}, id="merge"),
        pytest.param("split", Q1, "Q-0004", (2, 3), {Q1, "Q-0004"}, id="split"),
        pytest.param("rename", Q1, "", (), {Q1}, id="rename"),
        pytest.param("pin", Q1, "", (), {Q1}, id="pin"),
        pytest.param("move", Q1, Q2, (0,), {Q2}, id="move"),
        pytest.param("dismiss", Q1, "", (), {Q1}, id="dismiss"),
    ],
)
def test_an_edit_survives_grouping_everything_anew(
    deed: Deed, theme: str, other: str, rows: tuple[int, ...], known: set[str]
) -> None:
    """With nothing remembered, the themes that people's edits name have the same ids and items as before."""
    history = History([*TWO, 3, 3])
    history.decide(deed, theme, other, rows, label="a name")
    before = history.group()
    after = history.group(from_scratch=True)
    for was, its in zip(before.theme_ids, after.theme_ids, strict=True):
        assert was == its or not {was, its} & known
        assert bool(was) == bool(its)
    assert (after.laid.labels, after.laid.pinned) == (before.laid.labels, before.laid.pinned)
    again = history.group()
    assert (again.theme_ids, again.memory.homes) == (after.theme_ids, after.memory.homes)


def test_a_pinned_theme_keeps_its_members_together_where_a_new_grouping_would_part_them() -> None:
    history = History([0, 0, 0, 0, 1, 1])
    history.decide("pin", Q1)
    history.meanings = [0, 0, 5, 6, 1, 1]  # as other vectors would have it
    history.group(from_scratch=True)
    assert history.shown()[:4] == ["1"] * 4


def test_an_item_whose_id_changed_is_known_by_its_words_in_its_conversation() -> None:
    asked = Item("s1", "Can we export the report to Excel?", "a", conversation_id="c1")
    edit = Edit("E-0001", NOON, "theme", note("move", Q1, [asked]))
    now = [
        Item("n1", "um, can we export the report to excel", "a", conversation_id="c1"),
        Item("n2", "Is it dear?", "a", conversation_id="c1"),
        Item("n3", asked.text, "b", conversation_id="c2"),
    ]
    (decision,) = read_decisions([edit], now, "question").held
    assert decision.item_ids == ("n1",)
    assert read_decisions([edit], now[1:], "question").held[0].item_ids == ()
    assert read_decisions([edit], now, "objection").held == ()


def test_what_people_decided_survives_json_and_an_old_memory_is_read() -> None:
    history = History([*TWO])
    history.decide("dismiss", Q1)
    history.decide("move", "", Q2, (6,))
    memory = history.group().memory
    kept = json.loads(json.dumps(themes.memory_to_json(memory)))
    assert themes.memory_from_json(kept) == memory
    assert (memory.homes, memory.dismissed) == ((("s006", ""),), (Q1,))
    del kept["homes"], kept["dismissed"]
    assert themes.memory_from_json(kept) == replace(memory, homes=(), dismissed=())


def test_edits_of_other_things_are_none_of_themes() -> None:
    history = History([*TWO])
    role = Edit("E-0001", NOON, "role", ("conversation", "c1", "left"), "rep")
    assert theme_edits([role]) == ()
    history.edits.append(role)
    assert history.group().laid.theme_by_item == history.group().laid.homes


steps = st.lists(
    st.tuples(
        st.sampled_from(["merge", "split", "rename", "pin", "move", "out", "dismiss", "undo", "week"]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=8,
)


def take_step(history: History, what: str, one: int, other: int) -> None:
    """Decide something of the themes that are shown, chosen by number; where nothing can be meant, nothing."""
    placed = history.placed()
    shown = sorted({its for its in placed.laid.theme_by_item.values() if placed.laid.is_shown(its)})
    held = theme_edits(history.edits)
    if what == "undo" and held:
        history.undo(held[one % len(held)].id)
    elif what == "week":
        history.meanings += [one % 5, other % 5]
    elif shown and what in ("merge", "split", "rename", "pin", "dismiss"):
        theme, into = shown[one % len(shown)], shown[other % len(shown)]
        rows = [int(item.id[1:]) for item in placed.members(theme)][: 1 + other]
        if what == "split":
            history.decide("split", theme, f"Q-{placed.next_number:04d}", rows)
        elif what != "merge" or theme != into:
            history.decide(what, theme, into if what == "merge" else "", label="a name")  # type: ignore[arg-type]
    elif shown and what in ("move", "out"):
        row = one % len(history.items)
        history.decide("move", shown[0], shown[other % len(shown)] if what == "move" else "", [row])


@given(steps=steps)
@budget(max_examples=40, deadline=None)
def test_whatever_is_decided_an_item_is_in_one_theme_at_most_and_ids_are_given_once(
    steps: list[tuple[str, int, int]],
) -> None:
    history = History([0, 0, 0, 1, 1, 2, 2, 3])
    seen = {state.id for state in history.memory.themes}
    for step in steps:
        before = history.memory
        take_step(history, *step)
        history.group()
        members = [member for state in history.memory.themes for member in state.member_ids]
        assert len(members) == len(set(members))
        now = {state.id for state in history.memory.themes}
        assert all(int(theme_id[2:]) >= before.next_number for theme_id in now - seen)
        assert history.memory.next_number >= before.next_number
        seen |= now
        after = history.memory
        assert history.group().memory == after, "replay is the same each time"


@given(steps=steps)
@budget(max_examples=40, deadline=None)
def test_all_edits_undone_give_the_grouping_without_edits(steps: list[tuple[str, int, int]]) -> None:
    history = History([0, 0, 0, 1, 1, 2, 2, 3])
    plain = history.memory
    for step in steps:
        if step[0] != "week":
            take_step(history, *step)
            history.group()
    for edit in theme_edits(history.edits):
        history.undo(edit.id)
    undone = history.group().memory
    assert replace(undone, next_number=plain.next_number) == plain


def test_a_theme_is_called_as_a_person_calls_it() -> None:
    theme = Theme(Q1, "question", "SSO", "Do you have SSO?", "s1", (), ("s1",), 0.5)
    shown = object.__new__(insights.types.ThemeWeek)
    object.__setattr__(shown, "theme", theme)
    assert quote_title(shown) == "“Do you have SSO?”"
    object.__setattr__(shown, "theme", replace(theme, renamed=True))
    assert quote_title(shown) == "SSO"


# Over the whole line

CALL = """Dana: Hi, this is Dana from Acme. We talked about {subject}.
Pat: Hello. So, what does it cost per user?
Dana: It is forty dollars per user a month.
Pat: Hm, that is too expensive for us, we pay twenty today. {more}
"""


def write_calls(folder: Path, days: Sequence[int], more: str = "Can I export the monthly report to Excel?") -> None:
    folder.mkdir(exist_ok=True)
    for day in days:
        text = CALL.format(subject=f"{20 + day} lamps", more=more)
        (folder / f"2026-11-{day:02d}_acme_buyer{day}.txt").write_text(text)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A store of three short calls and what comes back in them."""
    write_calls(tmp_path / "in", (1, 2, 3))
    made = Settings(store=tmp_path / "store", our_names=("Dana",))
    pipeline.run([tmp_path / "in"], made)
    return made


def again(settings: Settings) -> None:
    pipeline.run([settings.store.with_name("in")], settings)


def listed(settings: Settings, kind: str = "question", *, dismissed: bool = False) -> dict[str, tuple[int, str]]:
    found = pipeline.list_themes(settings, kind, dismissed=dismissed)
    return {one.id: (one.n_items, ", ".join(one.marks)) for one in found}


@pytest.mark.model
def test_a_dismissed_theme_is_shown_nowhere_and_what_is_asked_like_it_next_week_neither(settings: Settings) -> None:
    before = listed(settings)
    assert set(before) == {Q1, Q2}
    pipeline.dismiss_theme(settings, "q-0001")
    pipeline.catch_up(settings)
    assert listed(settings) == {Q2: before[Q2]}
    write_calls(settings.store.with_name("in"), (8, 9))
    again(settings)
    assert listed(settings, dismissed=True) == {Q2: (5, ""), Q1: (5, "dismissed")}
    frames = insights.open(settings.store)
    assert Q1 not in set(frames.themes.id) | set(frames.ideas.theme_id) | set(frames.signals.theme_id)
    hidden = {item.id for item in pipeline.show_theme(settings, Q1).items}
    _, markdown = pipeline.write_report(settings)
    assert "themes: 1 dismissed" in markdown.read_text("utf-8")
    assert "1 questions or objections said once" not in markdown.read_text("utf-8")
    pipeline.undo_theme_edit(settings)
    again(settings)
    assert hidden <= set(insights.open(settings.store).signals.dropna(subset="theme_id").id)


@pytest.mark.model
def test_edits_take_effect_with_the_next_report_without_anything_read_again(settings: Settings) -> None:
    pipeline.rename_theme(settings, Q1, "  price  per head ")
    pipeline.pin_theme(settings, Q1)
    pipeline.merge_themes(settings, Q2, Q1)
    assert listed(settings) == {Q1: (6, "pinned, renamed")}
    assert pipeline.catch_up(settings) == 0
    (row,) = [one for one in insights.open(settings.store).themes.itertuples() if one.kind == "question"]
    assert (row.label, row.renamed, row.pinned, row.n_signals) == ("price per head", True, True, 6)
    html, markdown = pipeline.write_report(settings)
    for text in (html.read_text("utf-8"), markdown.read_text("utf-8")):
        assert "price per head" in text
        assert "named by a person" in text
    assert any("price per head" in idea.title for idea in pipeline.load_ideas(settings))
    for _ in range(3):
        pipeline.undo_theme_edit(settings)
    pipeline.catch_up(settings)
    assert listed(settings) == {Q1: (3, ""), Q2: (3, "")}


@pytest.mark.model
def test_what_cannot_be_meant_is_refused(settings: Settings) -> None:
    (objection, *_) = pipeline.list_themes(settings, "objection")
    items = [item.id for item in pipeline.show_theme(settings, Q1).items]
    other = pipeline.show_theme(settings, objection.id).items[0].id
    refused = (
        (lambda: pipeline.merge_themes(settings, "Q-0099", Q1), "No theme 'Q-0099'"),
        (lambda: pipeline.merge_themes(settings, Q1, Q1), "into itself"),
        (lambda: pipeline.merge_themes(settings, Q1, objection.id), "only themes of one kind"),
        (lambda: pipeline.split_theme(settings, Q1, items), "all items of Q-0001"),
        (lambda: pipeline.split_theme(settings, Q2, items[:1]), "Not in Q-0002"),
        (lambda: pipeline.split_theme(settings, Q1, ["zzz"]), "No item 'zzz'"),
        (lambda: pipeline.split_theme(settings, Q1, []), "none named"),
        (lambda: pipeline.rename_theme(settings, Q1, " "), "1 to 120 letters"),
        (lambda: pipeline.move_items(settings, [items[0], other], Q2), "Name items of one kind"),
        (lambda: pipeline.move_items(settings, [other], Q2), "holds questions"),
        (lambda: pipeline.move_items(settings, items[:1], Q1), "is in Q-0001 already"),
        (lambda: pipeline.list_themes(settings, "cheese"), "No kind of theme 'cheese'"),
        (lambda: pipeline.undo_theme_edit(settings), "No edit of a theme to withdraw"),
    )
    for call, message in refused:
        with pytest.raises(UsageError, match=message):
            call()
    assert pipeline.list_theme_edits(settings) == ()
    pipeline.merge_themes(settings, Q1, Q2)
    with pytest.raises(UsageError, match="Q-0001 is part of Q-0002"):
        pipeline.pin_theme(settings, Q1)
    pipeline.dismiss_theme(settings, Q2)
    with pytest.raises(UsageError, match="Q-0002 was dismissed"):
        pipeline.pin_theme(settings, Q2)
    pipeline.move_items(settings, [other])
    with pytest.raises(UsageError, match="is in no theme already"):
        pipeline.move_items(settings, [other])


@pytest.mark.model
def test_a_signal_that_is_rejected_and_accepted_again_is_where_a_person_put_it(settings: Settings) -> None:
    moved = pipeline.show_theme(settings, Q1).items[0].id
    pipeline.move_items(settings, [moved[:8]], Q2)
    pipeline.reject_signals(settings, [moved])
    again(settings)
    pipeline.undo_signal_edit(settings)
    again(settings)
    assert moved in {item.id for item in pipeline.show_theme(settings, Q2).items}


@pytest.mark.model
def test_the_commands_do_all_this(settings: Settings) -> None:
    def insights(*arguments: str) -> str:
        done = runner.invoke(app, ["themes", *arguments, "--store", str(settings.store)], env={"COLUMNS": "200"})
        assert done.exit_code == 0, done.stderr
        return done.stdout

    items = [pipeline.short_id(item.id) for item in pipeline.show_theme(settings, Q1).items]
    assert Q1 in insights("list", "--kind", "question")
    assert items[0] in insights("show", Q1)
    assert "1 item of Q-0001" in insights("split", Q1, items[0], "--later")
    assert "belong to Q-0002" in insights("move", items[1], "--to", Q2, "--later")
    assert "belong to no theme" in insights("move", items[2], "--out", "--later")
    assert "is called “who pays”" in insights("rename", Q2, "who pays", "--later")
    assert "stays" in insights("pin", Q2, "--later")
    assert "goes into Q-0002" in insights("merge", Q3, Q2, "--later")
    assert "is no theme" in insights("dismiss", Q2, "--later")
    assert "E-0007" in insights("history")
    assert "dismissed" in insights("list", "--dismissed")
    assert "E-0007 is withdrawn" in insights("undo", "--later")
    assert "pinned, renamed" in insights("list")
    assert "Written" in insights("undo", "E-0006")
    wrong = runner.invoke(app, ["themes", "move", items[0], "--store", str(settings.store)])
    assert "either --to THEME, or --out" in wrong.stderr
