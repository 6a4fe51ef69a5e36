"""What people say of signals: it holds over every run, moves with its words, can be undone, and is learnt from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from insights import pipeline
from insights.cli import app
from insights.config import Settings
from insights.errors import StoreError, UsageError
from insights.pipeline import learned
from insights.signals import Adapter, Examples, adapter_from_json, adapter_to_json, learn, learning
from insights.signals.adapt import Correction, adapt, logit
from insights.signals.corrections import PERSON, find_judgements, lay_over, signal_edits
from insights.signals.detect import signal_id
from insights.store import Store, check_quotes
from insights.types import Edit, Role, Signal, SignalKind, Utterance

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
runner = CliRunner()


def say(*texts: str, role: Role = "customer") -> tuple[Utterance, ...]:
    return tuple(Utterance("c", index, role, role, 1.0, text) for index, text in enumerate(texts))


def signal(utterance: Utterance, text: str, kind: SignalKind = "objection", label: str = "price") -> Signal:
    start = utterance.text.index(text)
    end = start + len(text)
    span = signal_id(utterance.id, kind, start, end)
    return Signal(span, utterance.id, kind, label, text, start, end, 0.7, "test/1", why=("classifier",))


def judge(text: str, context: str, value: str = "", kind: str = "objection", number: int = 1, index: int = 0) -> Edit:
    target = ("signal", "c", str(index), kind, "price" if kind else "", text, context)
    return Edit(f"E-{number:04d}", NOON, "signal", target, value)


def laid(found: Sequence[Signal], said: Sequence[Utterance], *edits: Edit) -> list[tuple[str, str, str]]:
    """What is left after the judgements: kind, label and words."""
    after = lay_over(found, said, find_judgements("c", edits))
    check_quotes(said, after)
    assert all(one.id == signal_id(one.utterance_id, one.kind, one.start, one.end) for one in after)
    return [(one.kind, one.label, one.text) for one in after]


DEAR = "That is too dear for us."

# Judgements laid over what is found


def test_a_rejected_signal_is_gone_and_the_others_stay() -> None:
    said = say(DEAR, "We have no time for it.")
    found = [signal(said[0], DEAR), signal(said[1], said[1].text, label="timing")]
    assert laid(found, said, judge(DEAR, DEAR)) == [("objection", "timing", said[1].text)]


def test_a_rejection_moves_with_its_words_when_the_span_and_the_cut_of_utterances_shift() -> None:
    said = say("Hm.", f"Okay, um, {DEAR} Yes.")
    found = [signal(said[1], f"Okay, um, {DEAR}")]
    assert laid(found, said, judge(DEAR, DEAR)) == []


def test_a_rejection_moves_with_words_that_are_spelled_otherwise_now() -> None:
    said = say("that is too deer for us at Kestralis")
    found = [signal(said[0], said[0].text)]
    text = "That is too dear for us at Kestralis."
    assert laid(found, said, judge(text, text)) == []


def test_a_longer_signal_that_swallows_a_rejected_one_loses_its_words() -> None:
    said = say(f"{DEAR} And nobody here has the time to learn it before the audit in spring.")
    assert laid([signal(said[0], said[0].text)], said, judge(DEAR, DEAR)) == [
        ("objection", "price", "And nobody here has the time to learn it before the audit in spring.")
    ]


def test_an_accepted_signal_stays_when_it_is_found_no_more() -> None:
    said = say(DEAR)
    (kept,) = lay_over([], said, find_judgements("c", [judge(DEAR, DEAR, "objection:price")]))
    assert (kept.kind, kept.label, kept.text, kept.score, kept.detector) == ("objection", "price", DEAR, 1.0, PERSON)
    assert kept.why == ("accepted E-0001",)


def test_an_accepted_signal_keeps_what_spoke_for_it_and_takes_the_place_of_a_shifted_one() -> None:
    said = say(f"Well, {DEAR}")
    (kept,) = lay_over([signal(said[0], said[0].text)], said, find_judgements("c", [judge(DEAR, DEAR, "objection:x")]))
    assert (kept.text, kept.why) == (DEAR, ("accepted E-0001", "classifier"))


def test_a_type_that_was_put_right_stays_right() -> None:
    said = say(DEAR)
    assert laid([signal(said[0], DEAR)], said, judge(DEAR, DEAR, "objection:budget")) == [("objection", "budget", DEAR)]


def test_what_is_of_another_kind_becomes_one_of_that_kind() -> None:
    said = say(DEAR)
    assert laid([signal(said[0], DEAR)], said, judge(DEAR, DEAR, "question:price")) == [("question", "price", DEAR)]


def test_a_signal_that_was_missed_is_added() -> None:
    said = say(DEAR)
    (added,) = lay_over([], said, find_judgements("c", [judge("too dear", DEAR, "objection:price", kind="")]))
    assert (added.text, added.why) == ("too dear", ("added E-0001",))


def test_of_several_judgements_of_the_same_words_the_last_counts() -> None:
    said = say(DEAR)
    yes, no = judge(DEAR, DEAR, "objection:price"), judge(DEAR, DEAR, number=2)
    assert laid([signal(said[0], DEAR)], said, yes, no) == []
    assert laid([signal(said[0], DEAR)], said, no, yes) == [("objection", "price", DEAR)]


def test_a_judgement_that_was_undone_and_one_of_another_conversation_change_nothing() -> None:
    said = say(DEAR)
    undo = Edit("E-0002", NOON, "undo", ("edit", "E-0001"))
    assert laid([signal(said[0], DEAR)], said, judge(DEAR, DEAR), undo) == [("objection", "price", DEAR)]
    assert signal_edits([judge(DEAR, DEAR), undo]) == ()
    assert find_judgements("d", [judge(DEAR, DEAR)]) == ()


def test_the_same_words_said_twice_are_told_apart_by_what_stands_around_them_and_then_by_place() -> None:
    said = say("It is dear.", "It is dear. Then again so is yours.", "It is dear.")
    found = [signal(one, "It is dear.") for one in said]
    after = lay_over(found, said, find_judgements("c", [judge("It is dear.", said[1].text, index=1)]))
    assert [one.utterance_id for one in after] == [said[0].id, said[2].id]
    after = lay_over(found, said, find_judgements("c", [judge("It is dear.", "It is dear.", index=2)]))
    assert [one.utterance_id for one in after] == [said[0].id, said[1].id]


def test_words_that_turn_out_to_be_the_reps_are_no_signal() -> None:
    assert laid([], say(DEAR, role="rep"), judge(DEAR, DEAR, "objection:price")) == []


def test_words_that_are_no_more_there_leave_the_judgement_at_rest() -> None:
    said = say("Something else altogether was heard here.")
    found = [signal(said[0], said[0].text)]
    assert laid(found, said, judge(DEAR, DEAR)) == [("objection", "price", said[0].text)]


WORDS = st.lists(st.sampled_from(["dear", "too", "Time", "no,", "x.", "é"]), min_size=1, max_size=8).map(" ".join)


@given(WORDS, WORDS, st.sampled_from(["", "objection:need", "question:price"]))
def test_whatever_is_judged_every_signal_quotes_its_utterance(text: str, judged: str, value: str) -> None:
    said = say(text)
    found = [signal(said[0], word) for word in sorted(set(text.split()))]
    once = lay_over(found, said, find_judgements("c", [judge(judged, judged, value)]))
    check_quotes(said, once)
    assert len({one.id for one in once}) == len(once)


# Correcting scores


def test_without_a_correction_scores_stay_as_they_are() -> None:
    scores, embeddings = np.array([0.1, 0.9], dtype=np.float32), np.eye(2, dtype=np.float32)
    assert adapt("question", scores, embeddings, None) is scores
    assert adapt("question", scores, embeddings, Adapter(objection=Correction(offset=3.0))) is scores
    same = adapt("question", scores, embeddings, Adapter(question=Correction()))
    assert same == pytest.approx(scores, abs=1e-6)


def test_slope_offset_and_words_move_a_score() -> None:
    scores, embeddings = np.array([0.5, 0.5], dtype=np.float32), np.eye(2, dtype=np.float32)
    moved = adapt("objection", scores, embeddings, Adapter(objection=Correction(2.0, 1.0, (0.0, -1.0))))
    assert moved == pytest.approx([0.7311, 0.5], abs=1e-4)


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=5), st.floats(0, 3), st.floats(-3, 3))
def test_corrected_scores_are_chances_in_the_same_order(scores: list[float], slope: float, offset: float) -> None:
    embeddings = np.zeros((len(scores), 2), dtype=np.float32)
    given_scores = np.array(scores, dtype=np.float32)
    moved = adapt("question", given_scores, embeddings, Adapter(question=Correction(slope, offset)))
    assert ((moved >= 0) & (moved <= 1)).all()
    assert (np.diff(moved[np.argsort(given_scores, kind="stable")]) >= -1e-6).all()


def test_an_adapter_is_the_same_after_json() -> None:
    adapter = Adapter(objection=Correction(1.5, -0.25, (0.5, 0.25)))
    assert adapter_from_json(json.loads(json.dumps(adapter_to_json(adapter)))) == adapter


def examples(n: int, *, wrong_subject: bool, n_groups: int = 12, seed: int = 1) -> Examples:
    """Sentences of middling scores; with `wrong_subject`, those about the first of two subjects are never one."""
    draw = np.random.default_rng(seed)
    subject = draw.integers(0, 2, n)
    scores = draw.uniform(0.5, 0.95, n).astype(np.float32)
    truth = draw.uniform(size=n) < scores
    if wrong_subject:
        truth &= subject == 1
    groups = tuple(f"c{number % n_groups}" for number in range(n))
    return Examples(scores, np.eye(2, 8, dtype=np.float32)[subject], truth, groups)


def anchors(n: int = 100) -> Examples:
    draw = np.random.default_rng(5)
    embeddings = np.eye(8, dtype=np.float32)[draw.integers(2, 8, n)]
    return Examples(draw.uniform(0, 0.4, n).astype(np.float32), embeddings, np.zeros(n, dtype=bool), ("",) * n)


def test_a_subject_that_is_always_rejected_is_learnt_and_measured_on_conversations_held_out() -> None:
    trial = learn(examples(200, wrong_subject=True), anchors(), 0.5)
    assert trial.is_better
    assert trial.before is not None
    assert trial.after is not None
    assert trial.after.log_loss < trial.before.log_loss
    assert trial.after.f1 > trial.before.f1
    assert trial.correction is not None
    assert trial.correction.weights[0] < trial.correction.weights[1]


def test_labels_that_the_scores_already_tell_change_nothing() -> None:
    trial = learn(examples(200, wrong_subject=False), anchors(), 0.5)
    assert (trial.is_better, trial.correction) == (False, None)
    assert trial.note == "no better on conversations held out"


@pytest.mark.parametrize(
    ("n", "n_groups", "said"),
    [
        pytest.param(12, 12, "12 labels of the 20 needed", id="few labels"),
        pytest.param(60, 2, "2 conversations of the 3 needed", id="few conversations"),
        pytest.param(0, 1, "0 labels", id="none"),
    ],
)
def test_few_labels_are_said_to_be_too_few_and_change_nothing(n: int, n_groups: int, said: str) -> None:
    trial = learn(examples(n, wrong_subject=True, n_groups=n_groups), anchors(), 0.5)
    assert trial.correction is None
    assert "too few to say" in trial.note
    assert said in trial.note


def test_labels_of_one_sort_only_say_too_little() -> None:
    some = examples(40, wrong_subject=True)
    trial = learn(Examples(some.scores, some.embeddings, np.zeros(40, dtype=bool), some.groups), anchors(), 0.5)
    assert "0 of the rarer sort" in trial.note


def test_few_labels_move_slope_and_offset_only() -> None:
    some = examples(learning.MIN_FOR_WEIGHTS - 1, wrong_subject=True, seed=3)
    assert learning._choose_penalty(some, anchors()) is None


def test_added_signals_of_low_score_do_not_lift_all_low_scores() -> None:
    """What nobody labelled holds its score, more or less."""
    n = 30
    low = Examples(np.full(n, 0.1, dtype=np.float32), np.zeros((n, 8), "f4"), np.ones(n, dtype=bool), ("c",) * n)
    free = learning.fit(low, low.take(np.arange(0)), None)
    held = learning.fit(low, anchors(400), None)
    rest = np.full(1, 0.05, dtype=np.float32)
    lifted = [learning.corrected(rest, np.zeros((1, 8), "f4"), one)[0] for one in (free, held)]
    assert lifted[0] > 0.9
    assert lifted[1] < 0.5


def test_the_more_caution_the_nearer_to_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    some = examples(60, wrong_subject=True)
    away = []
    for caution in (0.1, 10.0, 1000.0):
        monkeypatch.setattr(learning, "CAUTION", caution)
        correction = learning.fit(some, anchors(), None)
        away.append((correction.slope - 1) ** 2 + correction.offset**2)
    assert away == sorted(away, reverse=True)
    assert away[-1] < 0.01


@given(st.floats(0, 1, width=32))
def test_log_odds_are_finite(score: float) -> None:
    assert np.isfinite(logit(np.array([score], dtype=np.float32))).all()


# Over the whole line

CALL = """Dana: Hi, this is Dana from Acme. We talked about {subject}.
Pat: Hello. So, what does it cost per user?
Dana: It is forty dollars per user a month.
Pat: Hm, that is too expensive for us, we pay twenty today. Our cellar floods every spring.
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A store of three short calls and what was found in them."""
    files = tmp_path / "in"
    files.mkdir()
    for day, subject in ((1, "lamps"), (2, "ladders"), (3, "locks")):
        (files / f"2026-11-0{day}_acme_buyer{day}.txt").write_text(CALL.format(subject=subject))
    made = Settings(store=tmp_path / "store", our_names=("Dana",))
    pipeline.run([files], made)
    return made


def again(settings: Settings) -> None:
    pipeline.run([settings.store.with_name("in")], settings)


def of_kind(settings: Settings, kind: str) -> list[Signal]:
    return [one.signal for one in pipeline.list_signals(settings, pipeline.Wanted(kind=kind))]


@pytest.mark.model
def test_a_rejected_signal_is_in_no_theme_idea_or_report_and_comes_back_with_the_undo(settings: Settings) -> None:
    asked = of_kind(settings, "question")
    assert len(asked) == 3
    pipeline.reject_signals(settings, [asked[0].id[:8]])
    again(settings)
    with Store(settings.store) as store:
        assert asked[0].id not in {one.id for one in store.signals()}
        assert asked[0].id not in {member for theme in store.themes() for member in theme.signal_ids}
        assert asked[0].id not in {quote for idea in store.ideas() for quote in idea.evidence}
    assert pipeline.undo_signal_edit(settings).id == "E-0001"
    again(settings)
    assert of_kind(settings, "question") == asked


@pytest.mark.model
def test_a_second_run_after_a_judgement_changes_nothing(settings: Settings) -> None:
    pipeline.reject_signals(settings, [of_kind(settings, "objection")[0].id], "budget")
    again(settings)
    before = of_kind(settings, "objection")
    summary = pipeline.run([settings.store.with_name("in")], settings)
    assert (summary.n_analysed, of_kind(settings, "objection")) == (0, before)
    assert sorted(one.label for one in before) == ["budget", "price", "price"]


@pytest.mark.model
def test_an_accepted_signal_stays_under_a_threshold_that_would_drop_it(settings: Settings) -> None:
    asked = of_kind(settings, "question")
    pipeline.accept_signals(settings, [asked[1].id])
    strict = settings.model_copy(update={"question_threshold": 1.0})
    again(strict)
    assert [one.id for one in of_kind(strict, "question")] == [asked[1].id]


@pytest.mark.model
def test_a_missed_objection_is_added_with_the_label_that_the_classifiers_give_it(settings: Settings) -> None:
    words = "Our cellar floods every spring."
    edit = pipeline.add_signal(settings, "2026-11-01_acme_buyer1.txt", words, "objection")
    again(settings)
    (added,) = [one for one in of_kind(settings, "objection") if one.text == words]
    assert f"objection:{added.label}" == edit.value
    assert added.label
    assert (added.score, added.why[0]) == (1.0, "added E-0001")


@pytest.mark.model
@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param("cellar floods every autumn", "Found: “cellar floods every", id="nearly"),
        pytest.param("It is forty dollars", r"said by Dana \(rep\)", id="the-rep's"),
        pytest.param("We breed giraffes", "nothing like it", id="never-said"),
        pytest.param("ellar floods", "No customer says", id="half-a-word"),
        pytest.param(" ", "No customer says", id="empty"),
    ],
)
def test_words_that_no_customer_says_are_refused_with_what_was_found(settings: Settings, words: str, message: str):
    with pytest.raises(UsageError, match=message):
        pipeline.add_signal(settings, "2026-11-01_acme_buyer1.txt", words, "objection")


@pytest.mark.model
def test_what_cannot_be_meant_is_refused(settings: Settings) -> None:
    (first, *_) = of_kind(settings, "question")
    for call, message in (
        (lambda: pipeline.accept_signals(settings, ["zzz"]), "No signal 'zzz'"),
        (lambda: pipeline.accept_signals(settings, [""]), "No signal ''"),
        (lambda: pipeline.reject_signals(settings, [first.id], "cheese"), "'cheese' is no kind and no label"),
        (lambda: pipeline.reject_signals(settings, [first.id], "question:budget"), "No label 'budget' of question"),
        (lambda: pipeline.add_signal(settings, first.utterance_id[:8], "cost", "praise"), "No kind 'praise' to add"),
        (lambda: pipeline.undo_signal_edit(settings), "No judgement to withdraw"),
        (lambda: pipeline.undo_retraining(settings), "Nothing was learnt"),
        (lambda: pipeline.retrain(settings), "Nothing to learn from yet"),
    ):
        with pytest.raises(UsageError, match=message):
            call()
    assert pipeline.list_signal_edits(settings) == ()


@pytest.mark.model
def test_the_least_sure_signals_come_first_and_judged_ones_no_more(settings: Settings) -> None:
    unsure = pipeline.list_signals(settings, pipeline.Wanted(unsure=100))
    away = [abs(one.signal.score - 0.5) for one in unsure]
    assert len(unsure) > 1
    assert away == sorted(away)
    pipeline.accept_signals(settings, [unsure[0].signal.id])
    again(settings)
    left = pipeline.list_signals(settings, pipeline.Wanted(unsure=100))
    assert [one.signal.id for one in left] == [one.signal.id for one in unsure[1:]]


@pytest.mark.model
def test_what_all_but_counted_is_shown_likeliest_first_and_what_was_rejected_no_more(settings: Settings) -> None:
    strict = settings.model_copy(update={"objection_threshold": 0.99, "question_threshold": 0.99})
    again(strict)
    assert of_kind(strict, "objection") == []
    shown = [one.signal for one in pipeline.list_almost(strict, 100)]
    assert "objection" in {one.kind for one in shown}
    assert [one.score for one in shown] == sorted((one.score for one in shown), reverse=True)
    assert pipeline.list_almost(strict, 1)[0].signal == shown[0]
    again(settings)
    rejected = of_kind(settings, "objection")[0]
    pipeline.reject_signals(settings, [rejected.id])
    again(strict)
    left = [one.signal.id for one in pipeline.list_almost(strict, 100)]
    assert rejected.id in {one.id for one in shown}
    assert rejected.id not in left


@pytest.mark.model
def test_signals_are_listed_by_kind_label_and_conversation(settings: Settings) -> None:
    everything = pipeline.list_signals(settings)
    first = everything[0].conversation
    of_first = pipeline.list_signals(settings, pipeline.Wanted(conversation=Path(first.source).name))
    assert {one.conversation.id for one in of_first} == {first.id}
    assert 3 * len(of_first) == len(everything)
    dear = pipeline.list_signals(settings, pipeline.Wanted(kind="objection", label="price"))
    assert [(one.signal.kind, one.signal.label) for one in dear] == [("objection", "price")] * 3
    with pytest.raises(UsageError, match="No conversation 'nowhere'"):
        pipeline.list_signals(settings, pipeline.Wanted(conversation="nowhere"))


@pytest.mark.model
def test_corrections_of_roles_and_of_signals_are_undone_apart(settings: Settings) -> None:
    call = "2026-11-01_acme_buyer1.txt"
    role = pipeline.correct_role(settings, call, "Pat", "customer")
    judged = pipeline.accept_signals(settings, [of_kind(settings, "question")[0].id])
    assert pipeline.list_role_edits(settings) == (role,)
    assert pipeline.undo_edit(settings) == role
    assert [edit for edit, _ in pipeline.list_signal_edits(settings)] == list(judged)
    with pytest.raises(UsageError, match="held: E-0002"):
        pipeline.undo_signal_edit(settings, role.id)


@pytest.mark.model
def test_signals_of_an_utterance_that_turns_out_to_be_the_reps_rest_until_it_is_the_customers_again(
    settings: Settings,
) -> None:
    asked = of_kind(settings, "question")[0]
    pipeline.accept_signals(settings, [asked.id])
    call = next(one.conversation for one in pipeline.list_signals(settings) if one.signal.id == asked.id)
    pipeline.correct_role(settings, call.id, "Pat", "rep")
    again(settings)
    assert asked.id not in {one.id for one in of_kind(settings, "question")}
    pipeline.undo_edit(settings)
    again(settings)
    assert asked.id in {one.id for one in of_kind(settings, "question")}


@pytest.mark.model
def test_a_report_says_what_people_corrected(settings: Settings) -> None:
    _, markdown = pipeline.write_report(settings)
    assert "people's corrections" not in markdown.read_text("utf-8")
    pipeline.reject_signals(settings, [of_kind(settings, "question")[0].id])
    again(settings)
    _, markdown = pipeline.write_report(settings)
    assert "0 signals accepted or put right, 1 rejected, 0 added" in markdown.read_text("utf-8")


def labelled_rows(n: int = 80) -> list[dict[str, object]]:
    """Rows of a user for whom every question about parking is none of interest."""
    rows: list[dict[str, object]] = []
    for number in range(n):
        place = ["the north gate", "hall B", "the old yard", "level three"][number % 4]
        if number % 2:
            rows.append({"text": f"So can we park at {place} on day {number}?", "is_question": False})
        else:
            rows.append({"text": f"So what does the seat at {place} cost for {number} people?", "is_question": True})
        rows[-1] |= {"id": str(number), "conversation_id": f"u{number // 4}"}
    return rows


@pytest.mark.model
def test_what_labelled_rows_teach_takes_effect_in_the_next_run_and_can_be_undone(settings: Settings) -> None:
    before = of_kind(settings, "question")
    learnt = pipeline.retrain(settings, labelled_rows())
    assert learnt.trials["question"].is_better
    assert learnt.state is not None
    assert learned.load_adapter(settings.store) == learnt.state.adapter
    assert pipeline.run([settings.store.with_name("in")], settings).n_analysed == 3
    undone, now = pipeline.undo_retraining(settings)
    assert (undone.id, now) == (learnt.state.id, None)
    again(settings)
    assert of_kind(settings, "question") == before
    assert [path.name for path in sorted((settings.store / "learned").iterdir())] == ["R-0001.json", "R-0002.json"]


@pytest.mark.model
def test_what_was_learnt_for_models_that_were_replaced_is_not_in_force(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.retrain(settings, labelled_rows())
    monkeypatch.setattr(learned, "models_key", lambda: "another")
    assert learned.load_adapter(settings.store) is None
    learned.add_state(settings.store, Adapter(objection=Correction(offset=1.0)), {})
    monkeypatch.setattr(learned, "models_key", lambda: "a third one")
    learnt = pipeline.retrain(settings, labelled_rows())
    assert learnt.state is not None
    assert learnt.state.adapter.objection is None


@pytest.mark.model
def test_a_broken_state_is_an_error_that_names_its_file(settings: Settings) -> None:
    folder = settings.store / "learned"
    folder.mkdir()
    for text, message in (("{", "is no JSON"), ('{"format": 9}', "has not the format 1")):
        (folder / "R-0001.json").write_text(text)
        with pytest.raises(StoreError, match=f"R-0001.json {message}"):
            pipeline.retrain(settings, labelled_rows())


@pytest.mark.model
def test_the_commands_do_all_this(settings: Settings, tmp_path: Path) -> None:
    def insights(*arguments: str) -> str:
        done = runner.invoke(app, [*arguments, "--store", str(settings.store)], env={"COLUMNS": "200"})
        assert done.exit_code == 0, done.stderr
        return done.stdout

    asked = of_kind(settings, "question")
    assert asked[0].id[:8] in insights("signals", "list", "--kind", "question")
    assert "was question" in insights("signals", "reject", asked[0].id[:8], "--later")
    assert "is question" in insights("signals", "accept", asked[1].id[:8], "--later")
    assert "was missed" in insights("signals", "add", "2026-11-01_acme_buyer1.txt", "Our cellar floods every spring.",
                                    "--kind", "objection", "--label", "timing", "--later")  # fmt: skip
    assert "E-0003" in insights("signals", "history")
    assert "score" in insights("signals", "missed")
    assert "E-0002 is withdrawn" in insights("signals", "undo", "E-0002")
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in labelled_rows()))
    assert "R-0001 is in force" in insights("retrain", "--labels", str(rows), "--later")
    assert "R-0001 is undone" in insights("retrain", "--undo", "--later")


@pytest.mark.model
def test_an_evaluation_uses_what_a_store_learnt_and_says_so(settings: Settings, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in labelled_rows(12)))
    evaluate = ["evaluate", "questions", str(rows), "--json"]
    given = ["--store", str(settings.store)]
    assert "As shipped" in runner.invoke(app, [*evaluate, *given]).stderr
    pipeline.retrain(settings, labelled_rows())
    before, after = runner.invoke(app, evaluate), runner.invoke(app, [*evaluate, *given])
    assert "With what was learnt" in after.stderr
    assert json.loads(before.stdout)["precision"] < 1
    assert json.loads(after.stdout)["precision"] == 1
