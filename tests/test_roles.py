"""Which side a speaker is on: what decides it, how sure that is, and that people's corrections stay."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import spacy
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from insights import pipeline, sources, utterances
from insights.cli import app
from insights.config import Settings
from insights.errors import ModelError, StoreError, UsageError
from insights.store import Store, search
from insights.store.database import MIGRATIONS, open_engine
from insights.types import Conversation, Edit, Metadata, Participant, Role, Segment, Utterance
from insights.utterances import Corrections, find_corrections
from insights.utterances.roles import NO_CORRECTIONS
from insights.utterances.talk import SCALE, judge_one, judge_pair, read_talk, talk_features, to_probability

BLANK = spacy.blank("en")
BLANK.add_pipe("sentencizer")
OURS = Settings(our_domains=("larch.example",), our_names=("Nora Field",))
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
PLAIN = ("left", "Good morning to you."), ("right", "Hello there.")


def call(turns: Sequence[tuple[str, str]], **fields: object) -> Conversation:
    segments = tuple(
        Segment(speaker, text, 10.0 * number, 10.0 * number + 8) for number, (speaker, text) in enumerate(turns)
    )
    return Conversation("c1", "call", "calls/c1.wav", segments, **fields)  # type: ignore[arg-type]


def assign(
    conversation: Conversation, settings: Settings = OURS, corrections: Corrections = NO_CORRECTIONS
) -> tuple[Utterance, ...]:
    cut = utterances.split(conversation, BLANK)
    return utterances.assign_roles(conversation, cut, settings, corrections)


def roles(conversation: Conversation, settings: Settings = OURS, **corrected: Role) -> Mapping[str, str]:
    corrections = Corrections(tuple(sorted((name.replace("_", " "), role) for name, role in corrected.items())))
    return {one.speaker: one.role for one in assign(conversation, settings, corrections)}


def edit(number: int, target: tuple[str, ...], value: str, heard: tuple[tuple[float, float], ...] = ()) -> Edit:
    return Edit(f"E-{number:04d}", NOON, "role", target, value, heard)


@pytest.mark.parametrize(
    ("said", "role"),
    [
        pytest.param("Hi, this is Nora from Larch.", "rep", id="our name"),
        pytest.param("Hi, this is Ted from Larch, is it a bad time?", "rep", id="our house"),
        pytest.param("Thanks for calling Larch, what is going on?", "rep", id="callee's greeting"),
        pytest.param("Larch, Ted speaking.", "rep", id="house first"),
        pytest.param("Nora Field speaking.", "rep", id="name first"),
        pytest.param("This is Nora from Elm Motors.", "unknown", id="our first name in another house"),
        pytest.param("I got a letter from Larch.", "unknown", id="house only mentioned"),
        pytest.param("Larch has a good name here.", "unknown", id="house talked about"),
        pytest.param("Is this Nora?", "unknown", id="asked for"),
        pytest.param("Hi, it's Pat at Birch.", "customer", id="the account's house"),
        pytest.param("Hello, this is Olga.", "customer", id="a participant of theirs"),
    ],
)
def test_an_introduction_tells_the_side(said: str, role: str) -> None:
    conversation = call(
        [("speaker 1", said), ("speaker 2", "Okay."), ("speaker 3", "Right.")],
        metadata=Metadata(account="Birch Motors"),
        participants=(Participant("Olga", role="customer"),),
    )
    found = assign(conversation)
    assert found[0].role == role
    assert found[0].role_reason == ("introduction" if role != "unknown" else "")


def test_the_rep_of_the_table_introduces_herself_and_the_other_is_the_customer() -> None:
    conversation = call([("speaker 1", "Yes?"), ("speaker 2", "It's Ines here.")], metadata=Metadata(rep="Ines Ott"))
    assert roles(conversation, Settings()) == {"speaker 1": "customer", "speaker 2": "rep"}


def test_one_name_claimed_by_both_tells_nothing() -> None:
    assert set(roles(call([("speaker 1", "This is Nora."), ("speaker 2", "I'm Nora, too.")])).values()) == {"unknown"}


def test_who_calls_our_people_by_name_is_the_customer() -> None:
    turns = [("speaker 1", "How are you doing?"), ("speaker 2", "Fine, thanks, Nora. And you?")]
    found = assign(call(turns))
    assert [(one.role, one.role_reason) for one in found] == [("rep", "other side"), ("customer", "calls by name")]
    both = [*turns, ("speaker 1", "Good, Nora.")]
    assert set(roles(call(both)).values()) == {"unknown"}


def test_channels_the_wrong_way_round_are_turned_by_an_introduction_alone() -> None:
    turned = assign(call([("left", "Hello?"), ("right", "Hi, this is Nora from Larch.")]))
    assert {one.speaker: (one.role, one.role_reason) for one in turned} == {
        "left": ("customer", "introduction"),
        "right": ("rep", "introduction"),
    }
    assert max(one.role_confidence for one in turned) < 0.9


def test_talk_against_the_channels_lowers_the_confidence_and_turns_nothing() -> None:
    against = assign(
        call(
            [
                ("left", "How much does it cost? Our current vendor is cheap. We're looking for a new tool."),
                ("right", "How can I help? Let me show you our platform. Does that make sense?"),
                ("left", "My boss has to sign. It's too expensive. Can you send me a quote?"),
                ("right", "I'll send you the proposal. A lot of our customers say that. Great question."),
            ]
        ),
        Settings(),
    )
    assert {one.speaker: one.role for one in against} == {"left": "rep", "right": "customer"}
    assert max(one.role_confidence for one in against) < 0.8
    assert {one.role_reason for one in against} == {"channel, against the talk"}


def test_a_third_voice_of_few_words_does_not_keep_two_from_being_told() -> None:
    turns = [
        ("speaker 1", "Thanks for calling, how can I help? Let me show you our platform."),
        ("speaker 2", "How much is it for our team? Our current vendor is slow, and my boss says so."),
        ("speaker 3", "Hm."),
    ]
    assert roles(call(turns), Settings()) == {"speaker 1": "rep", "speaker 2": "customer", "speaker 3": "unknown"}


# Talk


def test_few_words_tell_little_and_more_of_the_same_tells_more() -> None:
    rep = ["So how many people would use it at the moment?", "I'll send you a quote, and we can do a pilot for you."]
    customer = ["About twelve, I guess.", "I don't know, it's a lot of money. I'd have to ask my boss."]
    chances = [to_probability(judge_pair(rep[:n], customer[:n])) for n in (1, 2)]
    assert 0.5 < chances[0] < chances[1] < 1


def test_nothing_said_tells_nothing_and_two_the_same_are_even() -> None:
    assert judge_one([]) == judge_pair([], []) == 0
    assert judge_pair(["How can I help?"], ["How can I help?"]) == 0


@given(st.lists(st.text(max_size=40), max_size=4), st.lists(st.text(max_size=40), max_size=4))
def test_of_two_the_chances_add_up_to_one(first: list[str], second: list[str]) -> None:
    assert judge_pair(first, second) == pytest.approx(-judge_pair(second, first))


def test_who_says_more_is_not_thereby_the_rep() -> None:
    said = ["The weather was nice on Sunday.", "The dog ran into the garden."]
    assert abs(judge_one(said * 40)) < 3
    features = talk_features(said * 40)
    assert sum(value * value for value in features.values()) ** 0.5 == pytest.approx(SCALE, rel=0.06)


def test_a_classifier_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "talk.json").write_text('{"format": 9}')
    with pytest.raises(ModelError, match="format 9"):
        read_talk(tmp_path / "talk.json")


# Corrections


def test_a_correction_overrules_the_channel_and_turns_the_other_one() -> None:
    assert roles(call(PLAIN), left="customer") == {"left": "customer", "right": "rep"}
    assert roles(call(PLAIN), left="unknown") == {"left": "unknown", "right": "customer"}
    assert roles(call(PLAIN), left="customer", right="customer") == {"left": "customer", "right": "customer"}


def test_a_correction_of_a_mixed_channel_holds_for_all_of_it() -> None:
    assert roles(call([("mono", "Thanks for calling, how can I help?")]), mono="customer") == {"mono": "customer"}


def test_a_lines_correction_holds_for_its_calls_only_and_a_calls_own_comes_first() -> None:
    of_line = edit(1, ("line", "+44 20 7946 0018", "right"), "rep")
    on_it = call(PLAIN, metadata=Metadata(extra=(("line", "0442079460018".lstrip("0")),)))
    assert find_corrections(on_it, [of_line]) == Corrections((), "right")
    assert find_corrections(call(PLAIN), [of_line]) == Corrections()
    own = edit(2, ("conversation", "c1", "right"), "customer")
    found = assign(on_it, corrections=find_corrections(on_it, [of_line, own]))
    assert {one.speaker: (one.role, one.role_reason) for one in found} == {
        "right": ("customer", "corrected"),
        "left": ("rep", "beside corrected"),
    }


def test_the_last_correction_counts_and_an_undone_one_does_not() -> None:
    first = edit(1, ("conversation", "c1", "left"), "customer")
    second = edit(2, ("conversation", "c1", "left"), "unknown")
    undo = Edit("E-0003", NOON, "undo", ("edit", "E-0002"))
    assert find_corrections(call(PLAIN), [first, second]).speakers == (("left", "unknown"),)
    assert find_corrections(call(PLAIN), [first, second, undo]).speakers == (("left", "customer"),)


def test_a_correction_follows_the_voice_when_speakers_are_numbered_anew() -> None:
    before = call([("speaker 1", "Hello."), ("speaker 2", "Good morning.")])
    heard = utterances.longest_stretches("speaker 2", before.segments)
    made = edit(1, ("conversation", "c1", "speaker 2"), "rep", heard)
    after = call([("speaker 2", "Hello."), ("speaker 1", "Good morning.")])
    assert find_corrections(before, [made]).speakers == (("speaker 2", "rep"),)
    assert find_corrections(after, [made]).speakers == (("speaker 1", "rep"),)


def test_a_correction_of_one_voice_is_not_laid_over_a_mix_of_voices_nor_the_reverse() -> None:
    one, mix = (
        edit(1, ("conversation", "c1", "speaker 2"), "rep", ((10.0, 18.0),)),
        call([("mono", "Hello."), ("mono", "Hm.")]),
    )
    assert assign(mix, corrections=find_corrections(mix, [one]))[0].role == "unknown"
    of_mix = edit(1, ("conversation", "c1", "mono"), "customer", ((0.0, 8.0),))
    told = call([("speaker 1", "Hello."), ("speaker 2", "Hm.")])
    assert {said.role for said in assign(told, corrections=find_corrections(told, [of_mix]))} == {"unknown"}


SPEAKERS = st.sampled_from(["left", "right", "mono", "speaker 1", "speaker 2", "speaker 3", "Nora Field", "Pat", ""])
TEXTS = st.sampled_from(
    ["How much is it?", "Thanks for calling Larch.", "This is Nora.", "Our current vendor is fine.", "Okay.", "¿Qué?"]
)


@given(
    st.lists(st.tuples(SPEAKERS, TEXTS), min_size=1, max_size=12),
    st.dictionaries(SPEAKERS, st.sampled_from(utterances.ROLES)),
    st.sampled_from(["", "left", "right"]),
)
def test_a_speaker_has_one_role_unless_mixed_and_a_corrected_one_that_role(
    turns: list[tuple[str, str]], corrected: dict[str, Role], rep_channel: str
) -> None:
    found = assign(call(turns), corrections=Corrections(tuple(sorted(corrected.items())), rep_channel))
    sides: dict[str, set[str]] = {}
    for one in found:
        assert 0 <= one.role_confidence <= 1
        assert one.role != "unknown" or one.role_confidence == 0 or one.role_reason == "corrected"
        sides.setdefault(one.speaker, set()).add(one.role)
    for speaker, given_roles in sides.items():
        assert len(given_roles) == 1 or speaker in {"mono", ""}
        assert speaker not in corrected or given_roles == {corrected[speaker]}


# In the store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    chosen = Settings(store=tmp_path / "store")
    with Store(chosen.store, write=True) as store:
        store.save_file("f1", Path("calls/c1.wav"), "k", [call(PLAIN)])
    return chosen


def test_edits_are_numbered_kept_and_never_changed(settings: Settings) -> None:
    with Store(settings.store, write=True) as store:
        made = [store.add_edit(edit(0, ("conversation", "c1", "left"), role, ((0.0, 8.0),))) for role in ("rep", "x")]
        assert [one.id for one in made] == ["E-0001", "E-0002"]
        assert store.edits() == tuple(made)
        store.save_file("f1", Path("calls/c1.wav"), "k2", [call(PLAIN)])  # heard again
        assert store.edits() == tuple(made)
    with sqlite3.connect(settings.store / "insights.db") as plain, pytest.raises(sqlite3.IntegrityError, match="never"):
        plain.execute("UPDATE edits SET value = 'customer'")


def go_back_to_the_first_version(folder: Path) -> None:
    """Take every migration but the first back, as each says how."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = open_engine(folder)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    engine.dispose()


def test_a_store_of_the_first_version_gets_edits_and_loses_nothing(tmp_path: Path) -> None:
    with Store(tmp_path, write=True) as store:
        store.save_file("f1", Path("calls/c1.wav"), "k", [call(PLAIN)])
        store.save_analysis("c1", "a", assign(call(PLAIN)), [])
    go_back_to_the_first_version(tmp_path)
    with Store(tmp_path, write=True) as store:
        assert [one.role_reason for one in store.utterances()] == ["", ""]
        assert [one.text for one in store.utterances()] == ["Good morning to you.", "Hello there."]
        assert store.add_edit(edit(0, ("conversation", "c1", "left"), "rep")).id == "E-0001"
        store.save_analysis("c1", "b", assign(call([("left", "Marzipan.")])), [])
        assert len(search(store, "marzipan")) == 1  # the full-text triggers are still there
        assert search(store, "morning") == ()


def test_a_correction_is_noted_by_file_name_or_id(settings: Settings) -> None:
    for name in ("c1.wav", "calls/c1.wav", "c1"):
        made = pipeline.correct_role(settings, name, "LEFT", "customer")
        assert (made.target, made.value) == (("conversation", "c1", "left"), "customer")
        assert made.heard == ((0.0, 8.0),)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("c9", "left", "rep"), "No conversation 'c9'", id="no such call"),
        pytest.param(("c1", "middle", "rep"), "called 'middle' (there: 'left', 'right')", id="no such speaker"),
        pytest.param(("c1", "left", "boss"), "No role 'boss'", id="no such role"),
        pytest.param(("", "left", "rep"), "No conversation ''", id="nothing named"),
    ],
)
def test_what_cannot_be_corrected_is_said(settings: Settings, arguments: tuple[str, str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        pipeline.correct_role(settings, *arguments)
    assert message in str(caught.value)
    assert pipeline.list_role_edits(settings) == ()


def test_an_ambiguous_name_is_refused_with_the_choices(settings: Settings) -> None:
    with Store(settings.store, write=True) as store:
        other = Conversation("c2", "call", "older/c1.wav", call(PLAIN).segments)
        store.save_file("f2", Path("older/c1.wav"), "k", [other])
    with pytest.raises(UsageError, match=r"may be 2 conversations: c1 .*c2"):
        pipeline.correct_role(settings, "c1.wav", "left", "rep")
    assert pipeline.correct_role(settings, "older/c1.wav", "left", "rep").target[1] == "c2"


def test_a_line_has_two_channels_and_two_sides(settings: Settings) -> None:
    with pytest.raises(UsageError, match="left and right"):
        pipeline.correct_line(settings, "+44", "mono", "rep")
    with pytest.raises(UsageError, match="rep or the customer"):
        pipeline.correct_line(settings, "+44", "left", "unknown")
    with pytest.raises(UsageError, match="letter or a digit"):
        pipeline.correct_line(settings, "+", "left", "rep")


def test_undo_withdraws_the_last_that_holds_and_then_nothing_is_left(settings: Settings) -> None:
    for role in ("rep", "customer"):
        pipeline.correct_role(settings, "c1", "left", role)
    assert pipeline.undo_edit(settings).id == "E-0002"
    assert pipeline.undo_edit(settings, "e-0001").id == "E-0001"
    with pytest.raises(UsageError, match="held: none"):
        pipeline.undo_edit(settings)


def test_without_a_store_nothing_is_made(tmp_path: Path) -> None:
    nowhere = Settings(store=tmp_path / "none")
    with pytest.raises(StoreError):
        pipeline.correct_role(nowhere, "c1", "left", "rep")
    assert not nowhere.store.exists()


CALL = """Dana: Good morning, it is me.
Pat: Hello. So, what does it cost per user?
Dana: It is forty dollars per user a month.
"""


@pytest.mark.model
def test_a_correction_stays_over_every_run_until_it_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(store=tmp_path / "store", our_names=("Dana",))
    files = tmp_path / "in"
    files.mkdir()
    for day in (1, 2):
        (files / f"2026-11-0{day}_dana_buyer{day}.txt").write_text(CALL.replace("forty", f"forty {day}"))

    def found() -> dict[str, str]:
        roles_found = pipeline.list_roles(settings, "2026-11-01_dana_buyer1.txt")
        return {one.speaker: f"{one.role} {one.reason}" for one in roles_found}

    def questions() -> int:
        with Store(settings.store) as store:
            return sum(one.kind == "question" for one in store.signals())

    pipeline.run([files], settings)
    before, asked = found(), questions()
    assert before == {"Dana": "rep participant", "Pat": "customer participant"}
    pipeline.correct_role(settings, "2026-11-01_dana_buyer1.txt", "Pat", "rep")
    assert pipeline.refresh(settings) == 1  # only what the correction touches
    assert found()["Pat"] == "rep corrected"
    assert questions() == asked - 1  # a rep's questions are no signals
    pipeline.run([files], settings)
    monkeypatch.setattr(utterances, "VERSION", "utterances/999")
    assert pipeline.refresh(settings) == 2
    shutil.rmtree(files)
    files.mkdir()
    pipeline.run([files], settings)
    assert found()["Pat"] == "rep corrected"
    pipeline.undo_edit(settings)
    assert pipeline.refresh(settings) == 1
    assert (found(), questions()) == (before, asked)


def test_the_command_notes_lists_and_withdraws(settings: Settings) -> None:
    def tell(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["roles", *arguments, "--store", str(settings.store)])
        return done.exit_code, done.stdout + done.stderr

    assert tell("set", "c1.wav", "left", "customer", "--later")[0] == 0
    assert tell("set", "--line", "+44 20", "left", "customer", "--later")[0] == 0
    code, shown = tell("history")
    assert (code, "E-0001" in shown, "+44 20" in shown) == (0, True, True)
    assert "E-0002 is withdrawn" in tell("undo", "--later")[1]
    assert "+44 20" not in tell("history")[1]
    with Store(settings.store, write=True) as store:
        corrections = find_corrections(store.conversations()[0], store.edits())
        store.save_analysis("c1", "k", assign(store.conversations()[0], corrections=corrections), [])
    assert "corrected" in tell("list", "c1.wav")[1]
    assert tell("set", "c1.wav", "left") == (
        1,
        "error: Give CONVERSATION SPEAKER ROLE, or --line LINE and CHANNEL ROLE.\n",
    )


def test_the_line_comes_from_the_files_name_where_the_pattern_says() -> None:
    pattern = Settings(filename_pattern=r"(?P<line>\d{6,})_")
    named = replace(call(PLAIN), source="calls/442079460018_0001.wav")
    assert utterances.line_of(sources.describe(named, sources.Tables(), pattern)) == "442079460018"
    in_table = replace(named, metadata=Metadata(extra=(("line", "+1 555 0100"),)))
    assert utterances.line_of(sources.describe(in_table, sources.Tables(), pattern)) == "15550100"
