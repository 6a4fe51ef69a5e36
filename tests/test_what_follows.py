"""What follows a customer's words: the sentences that answer a question, what became of an objection."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insights import models, signals
from insights.signals.following import is_backchannel, sentences
from insights.signals.rules import load_rules
from insights.types import Answer, Outcome, Role, Signal, SignalKind, Utterance

pytestmark = pytest.mark.model

Turn = tuple[Role, str]


def call(*turns: Turn) -> tuple[Utterance, ...]:
    """Utterances of a call, three seconds each."""
    return tuple(
        Utterance("c", index, role, role, 0.97, text, 3.0 * index, 3.0 * index + 2)
        for index, (role, text) in enumerate(turns)
    )


def thread(*mails: tuple[Role, Sequence[str]]) -> tuple[Utterance, ...]:
    """Utterances of a thread of mail, one mail each."""
    return tuple(
        Utterance(f"m{number}", index, role, role, 0.97, text)
        for number, (role, texts) in enumerate(mails)
        for index, text in enumerate(texts)
    )


def signal(utterance: Utterance, kind: SignalKind, label: str = "price") -> Signal:
    text = utterance.text
    return Signal(f"s{utterance.id}", utterance.id, kind, label, text, 0, len(text), 0.9, "by hand/1")


def answer_in(said: Sequence[Utterance], place: int = 0) -> Answer:
    (paired,) = signals.pair_answers([signal(said[place], "question")], said, embed=models.load_embedder())
    return paired


def outcome_in(said: Sequence[Utterance], place: int = 0, others: Sequence[int] = ()) -> Outcome:
    raised = [signal(said[one], "objection") for one in (place, *others)]
    return signals.follow_objections(raised, said, embed=models.load_embedder())[0]


ASKED: Turn = ("customer", "How long does the set-up take for a firm of our size?")


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        pytest.param("Two weeks from the day you sign.", "answered", id="number"),
        pytest.param("yes about two weeks for your size", "answered", id="bare speech"),
        pytest.param("Usually two weeks, though it depends on your data.", "partly", id="it depends"),
        pytest.param("I think about two weeks, but I'd want to see your data first.", "partly", id="hedged"),
        pytest.param("I'll have to ask our engineers and come back to you.", "deferred", id="put off"),
        pytest.param("let me find out and i'll ring you on friday", "deferred", id="put off in bare speech"),
        pytest.param("And how many people would be using it?", "unanswered", id="asked back"),
        pytest.param("Before we get to that, let me show you the map.", "unanswered", id="subject changed"),
    ],
)
def test_a_reply_answers_wholly_partly_later_or_not(reply: str, status: str) -> None:
    assert answer_in(call(ASKED, ("rep", reply))).status == status


def test_the_answer_is_the_sentences_that_answer_and_no_courtesies() -> None:
    said = call(ASKED, ("rep", "Great question. Two weeks, and nobody has to stop working. How many are you?"))
    assert answer_in(said).text == "Two weeks, and nobody has to stop working."


def test_a_customer_who_goes_on_is_waited_for() -> None:
    said = call(ASKED, ("rep", "Mhm."), ("customer", "We're about forty."), ("rep", "Forty takes two weeks."))
    assert answer_in(said).text == "Forty takes two weeks."


def test_what_the_rep_says_after_the_customer_spoke_of_something_else_is_no_answer() -> None:
    turns: tuple[Turn, ...] = (
        ASKED,
        ("customer", "Anyway, the weather is dreadful here."),
        ("customer", "And my son has the flu."),
        ("customer", "He was up all night."),
        ("rep", "Two weeks is a long time for the flu."),
    )
    assert answer_in(call(*turns)).status == "unanswered"


def test_of_a_mail_each_question_gets_its_own_sentence() -> None:
    said = thread(
        ("customer", ["Does it work with Xero?", "Where are the servers?"]),
        ("rep", ["Dear Ann, thanks for writing. It works with Xero out of the box. The servers are in Dublin."]),
    )
    assert answer_in(said, 0).text == "It works with Xero out of the box."
    assert answer_in(said, 1).text == "The servers are in Dublin."


def test_a_thread_without_a_reply_leaves_questions_unanswered() -> None:
    said = thread(("customer", ["Does it work with Xero?"]), ("customer", ["Did you get my mail?"]))
    assert answer_in(said) == Answer("sm0:0000", "unanswered")


RAISED: Turn = ("customer", "It's more than we wanted to spend, honestly.")


def test_a_customer_who_takes_the_reply_accepts() -> None:
    said = call(
        RAISED,
        ("rep", "We can do it without the set-up fee, it's included this quarter."),
        ("customer", "Oh, okay, that's better. I can live with that."),
        ("rep", "Lovely."),
        ("customer", "And the training, when would that be?"),
    )
    followed = outcome_in(said)
    assert (followed.status, followed.text) == ("accepted", "Oh, okay, that's better.")


def test_a_customer_who_puts_it_off_defers() -> None:
    said = call(
        ("customer", "My director has to agree first, I can't sign that alone."),
        ("rep", "Of course. Shall I ring you after the board meeting?"),
        ("customer", "Yes, ring me in January, I'll ask him until then."),
        ("rep", "I'll call you on the tenth of January."),
    )
    followed = outcome_in(said)
    assert (followed.status, followed.utterance_id) == ("deferred", "c:0002")


def test_a_mere_alright_accepts_nothing() -> None:
    said = call(RAISED, ("rep", "We can do it without the set-up fee."), ("customer", "Alright."))
    options = signals.OutcomeOptions(min_chance=0.0)
    (followed,) = signals.follow_objections([signal(said[0], "objection")], said, options)
    assert followed.status != "accepted"


def test_where_nothing_tells_what_followed_it_is_unknown() -> None:
    assert outcome_in(call(RAISED)) == Outcome("sc:0000", "unknown")


def test_what_is_asked_to_be_sure_is_never_said() -> None:
    said = call(RAISED, ("rep", "We could start smaller."), ("customer", "Ask me again in March, then."))
    options = signals.OutcomeOptions(min_chance=1.0)
    raised = [signal(said[0], "objection")]
    (followed,) = signals.follow_objections(raised, said, options, embed=models.load_embedder())
    assert followed.status == "unknown"


def test_questions_have_no_outcome_and_objections_no_answer() -> None:
    said = call(ASKED, ("rep", "Two weeks."))
    assert signals.follow_objections([signal(said[0], "question")], said) == ()
    assert signals.pair_answers([signal(said[0], "objection")], said) == ()


LINES = st.sampled_from(
    [
        "",
        "Yes.",
        "mhm",
        "I'll ask.",
        "okay fine then",
        "next year? no!",
        "- ",
        "é… à",
        "Too dear, still.",
        "🙂 send it.",
    ]
)
TURNS = st.lists(st.tuples(st.sampled_from(["customer", "rep", "unknown"]), LINES), max_size=7)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TURNS)
def test_what_follows_is_quoted_word_for_word(turns: list[tuple[Role, str]]) -> None:
    said = call(ASKED, RAISED, *turns)
    text_of = {utterance.id: utterance for utterance in said}
    options = signals.OutcomeOptions(min_chance=0.0)
    raised = [signal(said[1], "objection")]
    for followed in signals.follow_objections(raised, said, options, embed=models.load_embedder()):
        if followed.utterance_id is not None:
            quoted = text_of[followed.utterance_id]
            assert quoted.role == "customer"
            assert quoted.text[followed.start : followed.end] == followed.text != ""
    for paired in signals.pair_answers([signal(said[0], "question")], said, embed=models.load_embedder()):
        if paired.utterance_id is not None:
            assert text_of[paired.utterance_id].role != "customer"
            assert text_of[paired.utterance_id].text[paired.start : paired.end] == paired.text


@given(st.text(max_size=80))
def test_sentences_stand_in_order_and_leave_out_only_white_space(text: str) -> None:
    places = sentences(text)
    assert "".join("".join(text[start:end].split()) for start, end in places) == "".join(text.split())
    assert all(first[1] <= second[0] for first, second in zip(places, places[1:], strict=False))


@pytest.mark.parametrize(("text", "is_one"), [("mhm", True), ("Okay, great.", True), ("Right, two.", False)])
def test_a_backchannel_says_nothing(text: str, is_one: bool) -> None:
    assert is_backchannel(text) == is_one


def test_every_rule_of_what_follows_has_its_own_id() -> None:
    names = ("answers", "outcomes", "needs", "steps", "name_cues")
    rule_ids = [rule.id for name in names for rule in load_rules(name)]
    assert len(rule_ids) == len(set(rule_ids))
