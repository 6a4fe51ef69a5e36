"""The exam itself: scores with known answers, rows that cannot be read, and the real detectors behind it."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.config import Settings
from insights.errors import UsageError
from insights.evaluate import TASKS, calls, clustering, detection, evaluate, hearing, mails, personal
from insights.evaluate.diarization import count_speaker_errors
from insights.evaluate.speech import Turn, count_errors_by_speaker, match_words
from insights.types import Utterance, Word

SETTINGS = Settings()
SHARED = Path(__file__).parents[2] / "shared" / "data"


def write_jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


# Questions and objections


def detected(*pairs: tuple[bool | None, bool, float]) -> dict[str, Any]:
    rows = [{"id": str(number), "is_question": gold} for number, (gold, *_) in enumerate(pairs)]
    guesses = [{"id": "x", "is_question": guess, "score": score} for _, guess, score in pairs]
    return detection.score(rows, guesses, kind="question")


def test_precision_recall_f1_and_average_precision_of_four_rows():
    scores = detected((True, True, 0.9), (False, True, 0.8), (True, False, 0.3), (False, False, 0.1))
    assert scores == pytest.approx(
        {"scored": 4, "positive": 2, "predicted": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5, "ap": (1 + 2 / 3) / 2}
    )


def test_a_row_without_a_label_is_not_scored():
    assert detected((True, True, 0.9), (None, True, 0.8))["scored"] == 1


def test_without_a_positive_row_there_is_no_average_precision():
    assert detected((False, False, 0.1))["ap"] is None


def test_objections_are_scored_by_type_where_the_types_are_ours():
    rows = [
        {"is_objection": True, "label": "price"},
        {"is_objection": True, "label": "price"},
        {"is_objection": True, "label": "somebody else's"},
        {"is_objection": False},
    ]
    guesses = [{"is_objection": True, "label": label, "score": 1.0} for label in ("price", "trust", "price", "price")]
    scores = detection.score(rows, guesses, kind="objection")
    assert (scores["price.precision"], scores["price.recall"], scores["price.rows"]) == (0.5, 0.5, 2)
    assert "trust.recall" not in scores


# Themes


def clustered(labels: str, clusters: list[int | None]) -> dict[str, Any]:
    return clustering.score([{"label": label} for label in labels], [{"cluster": cluster} for cluster in clusters])


def test_clusters_that_are_the_labels_score_one():
    scores = clustered("aabbc", [4, 4, 7, 7, None])
    assert {name: scores[name] for name in ("acc", "precision", "recall", "f1", "nmi", "ari")} == pytest.approx(
        dict.fromkeys(("acc", "precision", "recall", "f1", "nmi", "ari"), 1.0)
    )
    assert (scores["clusters"], scores["coverage"]) == (2, 0.8)


def test_everything_in_one_cluster_has_full_recall_and_the_share_of_the_largest_label():
    scores = clustered("aaab", [0, 0, 0, 0])
    assert (scores["acc"], scores["precision"], scores["recall"], scores["ari"]) == (0.75, 0.75, 1.0, 0.0)


def test_a_split_label_loses_recall_and_accuracy_but_no_precision():
    scores = clustered("aaaa", [0, 0, 1, None])
    assert (scores["acc"], scores["precision"], scores["recall"]) == (0.5, 1.0, 0.5)


# Mails and personal data


def test_new_text_is_exact_up_to_white_space_and_words_count_as_often_as_they_stand():
    rows = [{"new_text": "Hi  Tom,\nyes."}, {"new_text": "no no no"}, {"new_text": ""}]
    guesses = [{"new_text": "Hi Tom, yes."}, {"new_text": "no maybe"}, {"new_text": ""}]
    assert mails.score(rows, guesses) == pytest.approx(
        {"scored": 3, "exact": 2 / 3, "token_f1": (1 + 2 * 1 / 5 + 1) / 3}
    )


def test_personal_data_is_found_where_half_of_it_is_covered_whatever_it_is_called():
    gold = {"id": "1", "pii": [{"start": 0, "end": 10, "type": "NAME"}, {"start": 20, "end": 30, "type": "PHONE"}]}
    guess = {"id": "1", "pii": [{"start": 5, "end": 12, "type": "PERSON"}, {"start": 26, "end": 40, "type": "PERSON"}]}
    scores = personal.score([gold], [guess])
    assert (scores["recall"], scores["NAME.recall"], scores["PHONE.recall"]) == (0.5, 1.0, 0.0)
    assert (scores["precision"], scores["PERSON.precision"]) == (0.5, 0.5)


def test_texts_without_personal_data_have_no_recall():
    assert personal.score([{"id": "1", "pii": []}], [{"pii": []}])["recall"] is None


# Speech

GOLD = [Turn("rep", "hello there tom", 0, 2, "rep"), Turn("customer", "we don't need it", 3, 6, "customer")]


def heard(*turns: tuple[str, str, float, float]) -> list[Turn]:
    return [Turn(*turn) for turn in turns]


def predicted(*turns: Turn) -> list[dict[str, Any]]:
    """What a run would write of one call "c"."""
    return [
        {"conversation_id": "c", "start": turn.start_s, "end": turn.end_s, "speaker": turn.speaker, "role": turn.role,
         "text": turn.text}
        for turn in turns
    ]  # fmt: skip


def labelled_call(*turns: Turn) -> dict[str, Any]:
    said = [{"speaker": turn.speaker, "start": turn.start_s, "end": turn.end_s, "text": turn.text} for turn in turns]
    return {"conversation_id": "c", "turns": said}


def test_words_are_compared_after_whispers_normaliser():
    speech = heard(("right", "We do not need it!", 3, 6), ("left", "Hello, Tim.", 0, 2))
    assert count_errors_by_speaker(GOLD, speech) == {"left": (2, 3), "right": (0, 5)}


def test_a_call_of_two_channels_is_scored_by_channel_and_merged():
    speech = heard(("right", "We do not need it!", 3, 6), ("left", "Hello, Tim.", 0, 2))
    scores = calls.score([labelled_call(*GOLD)], predicted(*speech))
    assert (scores["wer"], scores["wer.left"], scores["wer.right"]) == (2 / 8, 2 / 3, 0.0)
    assert (scores["wer.merged"], scores["cpwer"]) == (2 / 8, 2 / 8)


def test_one_heard_speaker_is_compared_in_the_order_of_time():
    speech = heard(("mono", "we don't need it", 3, 6), ("mono", "hello there tom", 0, 2))
    scores = calls.score([labelled_call(*GOLD)], predicted(*speech))
    assert (scores["wer"], scores["wer.mono"], scores["speakers_right"]) == (0.0, 0.0, 0.0)


def test_words_of_two_people_under_one_label_count_as_wrong_in_cpwer_but_not_in_wer():
    speech = heard(("speaker 1", "hello there tom", 0, 2), ("speaker 1", "we don't need it", 3, 6))
    scores = calls.score([labelled_call(*GOLD)], predicted(*speech))
    assert scores["wer"] == 0.0
    assert scores["cpwer"] == pytest.approx(6 / 8)  # three words inserted with the one, and missed with the other
    assert scores["word_speaker_error"] == pytest.approx(3 / 8)


def test_a_person_who_was_not_heard_is_missed():
    assert count_errors_by_speaker(GOLD, heard(("right", "we don't need it", 3, 6))) == {"right": (0, 5), "": (3, 3)}


def test_words_heard_in_silence_are_inserted_and_counted_as_invented():
    assert calls.score([labelled_call()], predicted(*heard(("mono", "thank you", 0, 1))))["words_invented"] == 2
    late = heard(("mono", "hello there tom", 0, 2), ("mono", "thank you", 8, 9))
    assert match_words(GOLD, late).n_invented == 2


def test_turns_without_words_score_speakers_only_and_some_without_are_refused():
    row = labelled_call(*GOLD)
    for turn in row["turns"]:
        del turn["text"]
    scores = calls.score([row], predicted(*heard(("a", "hello", 0, 2), ("b", "need", 3, 6))))
    assert (scores["words"], scores.get("wer"), scores["speakers_right"]) == (0, None, 1.0)
    row["turns"][0]["text"] = "hello"
    with pytest.raises(UsageError, match="1 of 2 turns have no 'text'"):
        calls.score([row], [])


@given(st.lists(st.sampled_from(["yes", "no", "price", "seat"]), max_size=8), st.integers(1, 3))
def test_words_against_themselves_have_no_errors_whatever_the_speakers_are_called(words: list[str], n_speakers: int):
    gold = [Turn(f"p{n % n_speakers}", word, n, n + 0.9) for n, word in enumerate(words)]
    same = [Turn(f"speaker {n % n_speakers + 1}", word, n, n + 0.9) for n, word in enumerate(words)]
    assert sum(errors.n_errors for errors in count_errors_by_speaker(gold, same).values()) == 0
    matched = match_words(gold, same)
    assert (matched.n_paired, matched.n_confused, matched.n_invented) == (len(words), 0, 0)


def test_an_utterance_is_parted_at_its_pauses():
    words = (Word(" Well,", 0, 0.4, 1.0), Word(" fine.", 2.0, 2.4, 1.0))
    said = Utterance("c", 0, "left", "rep", 1.0, "Well, fine.", words=words, start_s=0, end_s=2.4)
    rows = list(hearing.to_rows("c", said))
    assert [(row["start"], row["end"], row["text"]) for row in rows] == [(0, 0.4, "Well,"), (2.0, 2.4, "fine.")]


def test_perfect_speakers_under_other_names_have_no_errors():
    speech = heard(("b", "", 0, 2), ("a", "", 3, 6))
    errors = count_speaker_errors(GOLD, speech)
    assert errors.rate == pytest.approx(0)
    assert errors.speech_s == pytest.approx(1.5 + 2.5)  # a quarter of a second is left out at each end


def test_one_speaker_for_two_confuses_the_shorter():
    errors = count_speaker_errors(GOLD, heard(("a", "", 0, 2), ("a", "", 3, 6)))
    assert (errors.confused_s, errors.missed_s, errors.false_s) == pytest.approx((1.5, 0, 0))


def test_missed_and_false_speech_are_counted_outside_the_collar():
    errors = count_speaker_errors(GOLD, heard(("a", "", 0, 2), ("b", "", 7, 8)))
    assert (errors.missed_s, errors.false_s, errors.confused_s) == pytest.approx((2.5, 1.0, 0))


def test_overlapping_speech_counts_for_each_speaker():
    gold = heard(("a", "", 0, 4), ("b", "", 2, 4))
    errors = count_speaker_errors(gold, heard(("x", "", 0, 4)))
    assert errors.missed_s == pytest.approx(1.5)
    assert errors.speech_s == pytest.approx(1.5 + 1.5 * 2)


turns = st.lists(
    st.builds(
        lambda speaker, start_s, length_s: Turn(speaker, "", start_s, start_s + length_s),
        st.sampled_from("abc"),
        st.floats(0, 30),
        st.floats(0, 9),
    ),
    max_size=8,
)


@given(turns, turns)
def test_no_error_of_speakers_is_negative_and_speech_against_itself_has_none(gold: list[Turn], speech: list[Turn]):
    errors = count_speaker_errors(gold, speech)
    assert min(errors.missed_s, errors.false_s, errors.confused_s) >= 0
    own = count_speaker_errors(gold, gold)
    assert own.missed_s + own.false_s + own.confused_s == 0


def test_roles_are_judged_by_the_words_in_the_gold_turn_they_lie_in():
    row = {"conversation_id": "c", "turns": [
        {"speaker": "agent", "start": 0, "end": 2, "text": "hello there tom"},
        {"speaker": "caller", "start": 3, "end": 6, "text": "we need it"}]}  # fmt: skip
    guesses = [
        {"conversation_id": "c", "start": 0.1, "end": 2, "speaker": "left", "role": "rep", "text": "hello there tom"},
        {"conversation_id": "c", "start": 3, "end": 6, "speaker": "right", "role": "unknown", "text": "need"},
        {"conversation_id": "c", "start": 8, "end": 9, "speaker": "right", "role": "rep", "text": "nobody says this"},
    ]
    scores = calls.score([row, {"conversation_id": "unlabelled"}], guesses)
    assert (scores["role_accuracy"], scores["role_unknown"]) == (0.75, 0.25)
    assert (scores["scored"], scores["wer.left"], scores["words"]) == (1, 0.0, 6)


def test_words_given_to_no_voice_are_no_further_speaker():
    row = {"conversation_id": "c", "turns": [
        {"speaker": "a", "start": 0, "end": 2}, {"speaker": "b", "start": 3, "end": 6}]}  # fmt: skip
    guesses = [
        {"conversation_id": "c", "start": place, "end": place + 1, "speaker": speaker, "role": "unknown", "text": "so"}
        for place, speaker in enumerate(("speaker 1", "mono", "mono", "speaker 2"))
    ]
    assert calls.score([row], guesses)["speakers_right"] == 1.0
    assert calls.score([row], guesses[1:3])["speakers_right"] == 0.0  # nothing told apart is one speaker, not two


# Rows


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"id": "1", "text": "a"}\n{"id": \n', "line 2: no JSON"),
        ('{"id": "1", "text": "a"}\n\n[1]\n', "line 3: expected an object"),
        ('{"id": "1"}\n', "line 1: needs 'text'"),
        ('{"text": "a"}\n', "line 1: needs 'id'"),
        ("[" * 100_000, "line 1: no JSON"),
        ("\n", "holds no rows"),
        (json.dumps({"id": "1", "text": "a" * 100_001}), "more than 100,000 characters"),
    ],
    ids=["torn", "a list", "no text", "no id", "deep", "empty", "long"],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(tmp_path: Path, lines: str, message: str):
    (tmp_path / "rows.jsonl").write_text(lines)
    with pytest.raises(UsageError, match=message):
        evaluate("questions", tmp_path / "rows.jsonl", settings=SETTINGS)


@pytest.mark.parametrize(
    ("task", "row", "message"),
    [
        ("poetry", {}, "There are questions, objections, themes, emails, pii, calls"),
        ("emails", {"id": "1"}, "needs 'eml'"),
        ("emails", {"id": "1", "eml": "no mail"}, "no mail headers"),
    ],
)
def test_what_cannot_be_evaluated_is_said(tmp_path: Path, task: str, row: dict[str, str], message: str):
    with pytest.raises(UsageError, match=message):
        evaluate(task, write_jsonl(tmp_path / "rows.jsonl", row), settings=SETTINGS)


def test_mails_are_predicted_and_scored_from_file_to_file(tmp_path: Path):
    reply = "Yes, Tuesday works.\n\nOn Mon, Oct 5, 2026, Dana wrote:\n> Tuesday?\n"
    rows = write_jsonl(
        tmp_path / "rows.jsonl",
        {"id": "1", "text": reply, "new_text": "Yes, Tuesday works.", "extra": 1},
        {"id": "2", "text": "Half a pair: \ud800"},
    )  # fmt: skip
    scores = evaluate("emails", rows, settings=SETTINGS, predictions=tmp_path / "out" / "predictions.jsonl")
    assert scores == {"rows": 2, "scored": 1, "exact": 1.0, "token_f1": 1.0}
    lines = (tmp_path / "out" / "predictions.jsonl").read_text().splitlines()
    assert json.loads(lines[0]) == {"id": "1", "new_text": "Yes, Tuesday works."}
    assert json.loads(lines[1])["id"] == "2"


# The real detectors

TALK = [
    {"id": "1", "conversation_id": "a", "speaker": "x", "text": "Hi, good morning.", "is_question": False},
    {"id": "2", "conversation_id": "a", "speaker": "y", "text": "How much does it cost per user?", "is_question": True},
    {"id": "3", "conversation_id": "a", "speaker": "x", "text": "It is forty dollars.", "is_question": False},
    {"id": 4, "conversation_id": "b", "speaker": 7, "text": "", "is_question": None},
    {"id": "5", "text": "Does it work offline?", "role": "rep", "is_question": False},
]


@pytest.mark.model
def test_questions_of_any_speaker_are_predicted_for_every_row(tmp_path: Path):
    file = write_jsonl(tmp_path / "rows.jsonl", *TALK)
    scores = evaluate("questions", file, settings=SETTINGS, predictions=tmp_path / "out.jsonl")
    predictions = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(row["id"], row["is_question"]) for row in predictions] == [
        ("1", False),
        ("2", True),
        ("3", False),
        (4, False),
        ("5", False),
    ]
    assert predictions[1]["score"] > predictions[0]["score"]
    assert scores["f1"] == 1.0


@pytest.mark.model
def test_the_threshold_of_the_settings_decides_and_the_scores_stay(tmp_path: Path):
    file = write_jsonl(tmp_path / "rows.jsonl", *TALK[:3])
    strict = Settings(question_threshold=1.0, objection_threshold=1.0)
    guesses, _ = TASKS["questions"].predict(TALK[:3], make_tools(SETTINGS, file))
    strict_guesses, _ = TASKS["questions"].predict(TALK[:3], make_tools(strict, file))
    assert [guess["score"] for guess in guesses] == [guess["score"] for guess in strict_guesses]
    assert sum(guess["is_question"] for guess in strict_guesses) <= sum(guess["is_question"] for guess in guesses)


def make_tools(settings: Settings, file: Path) -> Any:
    from insights.evaluate.tools import Tools

    return Tools(settings, file.parent)


@pytest.mark.model
def test_objections_themes_and_personal_data_run_on_the_real_detectors(tmp_path: Path):
    objection = {
        "id": "1",
        "text": "Honestly, that is far too expensive for us.",
        "is_objection": True,
        "label": "price",
    }
    nothing = {"id": "2", "text": "We met on Tuesday.", "is_objection": False}
    file = write_jsonl(tmp_path / "o.jsonl", objection, nothing)
    scores = evaluate("objections", file, settings=SETTINGS)
    assert (scores["f1"], scores["price.recall"]) == (1.0, 1.0)
    texts = ["How much does it cost?", "What does it cost?", "What is the price?", "Does it work offline?"]
    rows = [{"id": str(n), "text": text, "label": "offline" if n == 3 else "price"} for n, text in enumerate(texts)]
    assert evaluate("themes", write_jsonl(tmp_path / "t.jsonl", *rows), settings=SETTINGS)["scored"] == 4
    mail = {"id": "1", "text": "Write to tom@kestrel.example.", "pii": [{"start": 9, "end": 28, "type": "EMAIL"}]}
    assert evaluate("pii", write_jsonl(tmp_path / "p.jsonl", mail), settings=SETTINGS)["recall"] == 1.0


@pytest.mark.model
def test_a_real_call_is_heard_and_a_silent_one_counts_as_missed(tmp_path: Path):
    spoken = SHARED / "audio" / "dev" / "asterisk-agent-alreadyon.wav"
    if not spoken.exists():
        pytest.skip("needs ../shared/data")
    with wave.open(str(tmp_path / "silent.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 3))
    text = "That agent is already logged on. Please enter your agent number followed by the pound key."
    turns = [{"speaker": "rep", "start": 0, "end": 5.5, "text": text}]
    rows = [
        {"conversation_id": "a", "audio": str(spoken), "turns": turns},
        {"conversation_id": "b", "audio": "silent.wav", "turns": turns[:1]},
    ]
    out = tmp_path / "out.jsonl"
    heard = evaluate("calls", write_jsonl(tmp_path / "c.jsonl", rows[0]), settings=SETTINGS, predictions=out)
    assert heard["wer"] is not None
    assert heard["wer"] <= 0.2
    assert set(json.loads(out.read_text().splitlines()[0])) == {
        "conversation_id", "start", "end", "speaker", "role", "text"}  # fmt: skip
    both = evaluate("calls", write_jsonl(tmp_path / "c.jsonl", *rows), settings=SETTINGS)
    assert both["failed"] == 1
    assert both["wer"] == pytest.approx((1 + heard["wer"]) / 2)


def test_a_call_without_its_audio_is_named(tmp_path: Path):
    file = write_jsonl(tmp_path / "c.jsonl", {"conversation_id": "a", "audio": "nowhere.wav"})
    with pytest.raises(UsageError, match="no audio"):
        hearing.predict([json.loads(file.read_text())], make_tools(SETTINGS, file))
