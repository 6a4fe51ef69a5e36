"""Utterances: cut and joined without losing a word, and given a role where something tells it."""

from __future__ import annotations

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from insights import models, utterances
from insights.config import Settings
from insights.types import FORWARDED, QUOTED, Conversation, Metadata, Participant, Segment, Utterance, Word
from insights.utterances.ours import FREE_MAIL

BLANK = spacy.blank("en")
SETTINGS = Settings()


def talk(*segments: Segment, kind: str = "call", **fields: object) -> Conversation:
    return Conversation("c", kind, "call.wav", segments, **fields)  # type: ignore[arg-type]


def said(speaker: str, text: str, start_s: float | None = None, end_s: float | None = None) -> Segment:
    return Segment(speaker, text, start_s, end_s)


def texts(conversation: Conversation, nlp: Language = BLANK) -> list[tuple[str, str]]:
    return [(one.speaker, one.text) for one in utterances.split(conversation, nlp)]


def roles(conversation: Conversation, settings: Settings = SETTINGS) -> dict[str, str]:
    given_roles = utterances.assign_roles(conversation, utterances.split(conversation, BLANK), settings)
    return {utterance.speaker: utterance.role for utterance in given_roles}


SEGMENT_TEXTS = st.lists(
    st.sampled_from(["so what", "mhm", "it works.", "Why? Because.", "yeah  no", "a b c d"]), max_size=3
)


@given(st.lists(st.tuples(st.sampled_from(["left", "right"]), SEGMENT_TEXTS, st.floats(0, 3)), max_size=12))
def test_joined_utterances_are_each_speakers_words_in_order(rows: list[tuple[str, list[str], float]]) -> None:
    clock, segments = 0.0, []
    for speaker, parts, pause_s in rows:
        segments.append(said(speaker, " ".join(parts), clock + pause_s, clock + pause_s + 1))
        clock += pause_s + 1
    cut = utterances.split(talk(*segments), BLANK)
    for speaker in ("left", "right"):
        whole = " ".join(segment.text for segment in segments if segment.speaker == speaker)
        assert " ".join(one.text for one in cut if one.speaker == speaker).split() == whole.split()
    assert [one.index for one in cut] == list(range(len(cut)))
    assert all(one.start_s is not None and one.end_s is not None and one.start_s <= one.end_s for one in cut)


@given(st.text(max_size=300))
def test_a_mail_body_loses_no_word(body: str) -> None:
    cut = utterances.split(talk(said("a@b.com", body), kind="email"), BLANK)
    assert "".join("".join(one.text.split()) for one in cut) == "".join(body.split())


def test_a_sentence_broken_by_the_recogniser_is_joined() -> None:
    conversation = talk(said("right", "does it work", 0, 1), said("right", "in a basement?", 1.2, 2))
    assert texts(conversation) == [("right", "does it work in a basement?")]


def test_a_long_pause_ends_the_turn() -> None:
    conversation = talk(said("right", "does it work", 0, 1), said("right", "in a basement?", 4, 5))
    assert len(texts(conversation)) == 2


def test_the_others_mhm_does_not_break_a_sentence() -> None:
    conversation = talk(
        said("right", "and what does that", 0, 1),
        said("left", "Mhm.", 1, 1.2),
        said("right", "cost us a year?", 1.4, 2),
    )
    assert texts(conversation) == [("right", "and what does that cost us a year?"), ("left", "Mhm.")]


def test_an_answer_between_two_sentences_stays_between_them() -> None:
    conversation = talk(
        said("right", "Is it live?", 0, 1), said("left", "Yes.", 1, 1.2), said("right", "Good to hear.", 1.4, 2)
    )
    assert [speaker for speaker, _ in texts(conversation)] == ["right", "left", "right"]


def test_a_long_turn_is_cut_at_sentence_ends() -> None:
    turn = " ".join(f"This is sentence number {number}." for number in range(7))
    cut = texts(talk(said("right", turn, 0, 20)))
    assert [text.count(".") for _, text in cut] == [3, 3, 1]


def test_words_give_the_times_and_stay_with_their_utterance() -> None:
    spoken = [
        ("Sure.", 0.0, 0.5),
        (" It", 5.0, 5.1),
        (" works.", 5.1, 5.6),
        (" Really.", 6.0, 6.2),
        (" Yes.", 7.0, 7.5),
    ]
    words = tuple(Word(text, start_s, end_s) for text, start_s, end_s in spoken)
    text = "".join(word.text for word in words)
    first, second = utterances.split(talk(Segment("left", text, 0.0, 9.0, words=words)), BLANK)
    assert (first.start_s, first.end_s, second.start_s, second.end_s) == (0.0, 6.2, 7.0, 7.5)
    assert "".join(word.text for word in first.words) == first.text


def test_flagged_segments_are_not_read_but_forwarded_ones_are() -> None:
    conversation = talk(
        Segment("a@b.com", "See below.", flags=()),
        Segment("a@b.com", "Old words.", flags=(QUOTED,)),
        Segment("c@d.com", "How much is it?", flags=(FORWARDED,)),
        kind="email",
    )
    assert texts(conversation) == [("a@b.com", "See below."), ("c@d.com", "How much is it?")]


def test_greeting_and_list_items_of_a_mail_stand_alone() -> None:
    body = "Hi Dana,\n\nTwo things we wondered\nabout:\n- what is the price?\n- who trains us?"
    assert [text for _, text in texts(talk(said("a@b.com", body), kind="email"))] == [
        "Hi Dana,",
        "Two things we wondered about:",
        "- what is the price?",
        "- who trains us?",
    ]


@pytest.mark.model
def test_a_long_turn_without_full_stops_is_cut_by_the_parser() -> None:
    turn = (
        "so we run four clinics in the valley and each of them keeps its own books the accountant drives from one to "
        "the other every month and he really hates it I told him that I would find something before the summer my "
        "sister has a clinic too and she showed me hers last week it looked very good to me I would like to know what "
        "it costs for four places we would need it by the end of the year"
    )
    cut = utterances.split(talk(said("right", turn, 0, 30)), models.load_spacy())
    assert len(cut) > 1
    assert " ".join(one.text for one in cut) == turn


def test_a_hostile_length_without_any_full_stop_is_cut_in_linear_time() -> None:
    cut = utterances.split(talk(said("left", "word " * 20_000, 0, 10)), BLANK)
    assert sum(len(one.text.split()) for one in cut) == 20_000


CHANNELS = (said("left", "Good morning.", 0, 1), said("right", "Hello there.", 2, 3))


@pytest.mark.parametrize(("rep_channel", "left"), [("left", "rep"), ("right", "customer")])
def test_the_channel_convention_decides_first(rep_channel: str, left: str) -> None:
    settings = Settings(rep_channel=rep_channel)  # type: ignore[arg-type]
    assert roles(talk(*CHANNELS), settings)["left"] == left
    assigned = utterances.assign_roles(talk(*CHANNELS), utterances.split(talk(*CHANNELS), BLANK), settings)
    assert min(utterance.role_confidence for utterance in assigned) >= 0.9


def test_who_leaves_a_voicemail_is_a_customer() -> None:
    assert roles(talk(said("mono", "Please call me back.", 0, 2), kind="voicemail")) == {"mono": "customer"}


NAMED = (said("Ana Ruiz", "Good morning.", 0, 1), said("Bob Lee", "Hello.", 2, 3))


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        pytest.param(Settings(our_names=("Ana Ruiz",)), {}, id="our-names"),
        pytest.param(Settings(our_names=("Ana",)), {}, id="first-name"),
        pytest.param(SETTINGS, {"metadata": Metadata(rep="Ana Ruiz")}, id="metadata"),
        pytest.param(SETTINGS, {"participants": (Participant("Ana Ruiz", role="rep"),)}, id="participant"),
        pytest.param(
            Settings(our_domains=("ours.com",)),
            {"participants": (Participant("Ana Ruiz", "ana@ours.com"),)},
            id="domain",
        ),
    ],
)
def test_names_and_addresses_tell_the_rep_and_so_the_customer(settings: Settings, fields: dict[str, object]) -> None:
    assert roles(talk(*NAMED, **fields), settings) == {"Ana Ruiz": "rep", "Bob Lee": "customer"}


def test_nothing_told_is_unknown() -> None:
    assert roles(talk(*NAMED)) == {"Ana Ruiz": "unknown", "Bob Lee": "unknown"}


def test_mails_are_told_by_our_domains_only() -> None:
    mail = talk(said("ana@ours.com", "Fine."), said("bob@theirs.com", "Fine."), kind="email")
    assert roles(mail, Settings(our_domains=("ours.com",))) == {"ana@ours.com": "rep", "bob@theirs.com": "customer"}
    assert set(roles(mail).values()) == {"unknown"}


def test_the_reps_address_in_the_metadata_tells_our_domain() -> None:
    mail = talk(
        said("ana.ruiz@ours.com", "Fine."),
        said("bob@theirs.com", "Fine."),
        kind="email",
        metadata=Metadata(rep="Ana Ruiz"),
    )
    assert roles(mail) == {"ana.ruiz@ours.com": "rep", "bob@theirs.com": "customer"}


def test_a_reps_private_address_makes_no_customer_ours() -> None:
    domain = sorted(FREE_MAIL)[0]
    mail = talk(said(f"bob@{domain}", "Fine."), kind="email")
    assert roles(mail, Settings(our_domains=(domain, "ours.com"))) == {f"bob@{domain}": "customer"}


def test_two_unnamed_speakers_are_told_by_what_they_say() -> None:
    call = talk(
        said("SPEAKER_00", "Thanks for calling, how can I help?", 0, 2),
        said("SPEAKER_01", "How much is it for our team? Our current vendor is slow.", 3, 6),
        said("SPEAKER_00", "Let me show you our platform. Does that make sense?", 7, 9),
    )
    assert roles(call) == {"SPEAKER_00": "rep", "SPEAKER_01": "customer"}


def test_on_a_mixed_channel_only_telling_utterances_get_a_role() -> None:
    call = talk(
        said("mono", "Thanks for calling, how can I help?", 0, 2),
        said("mono", "The weather is nice.", 5, 6),
        said("mono", "We are a dental practice and our current provider is slow, how much is it?", 9, 12),
    )
    assigned: tuple[Utterance, ...] = utterances.assign_roles(call, utterances.split(call, BLANK), SETTINGS)
    assert [utterance.role for utterance in assigned] == ["rep", "unknown", "customer"]
