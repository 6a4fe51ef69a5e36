"""Signals: customers' questions and objections as exact spans, and little else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insights import models, signals
from insights.signals.personal import passes_luhn
from insights.signals.rules import folded, load_rules
from insights.types import Answer, Role, Signal, Utterance, Word

pytestmark = pytest.mark.model


def call(*turns: tuple[Role, str]) -> tuple[Utterance, ...]:
    """Utterances of a call, three seconds each."""
    return tuple(
        Utterance("c", index, role, role, 0.97, text, 3.0 * index, 3.0 * index + 2)
        for index, (role, text) in enumerate(turns)
    )


def detect(*turns: tuple[Role, str], **options: object) -> tuple[Signal, ...]:
    chosen = signals.DetectOptions(**options)  # type: ignore[arg-type]
    return signals.detect(call(*turns), models.load_spacy(), models.load_embedder(), chosen)


def found(text: str, kind: str, context: str = "That is how it works.") -> list[Signal]:
    return [signal for signal in detect(("rep", context), ("customer", text)) if signal.kind == kind]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("How much is it per user?", id="direct"),
        pytest.param("does it run on a tablet", id="no-punctuation"),
        pytest.param("I was wondering whether you support SAML.", id="indirect"),
        pytest.param("I'd like to know how the backups are kept.", id="would-like-to-know"),
        pytest.param("My question is what happens after the first year.", id="announced"),
        pytest.param("Let me know whether training is included.", id="let-me-know"),
        pytest.param("It works with Outlook, doesn't it?", id="tag"),
        pytest.param("So there's no setup fee?", id="declarative"),
        pytest.param("My boss wants to know how long the rollout takes.", id="on-behalf"),
        pytest.param("Who owns the data if we leave?", id="who"),
    ],
)
def test_a_request_for_information_is_a_question(text: str) -> None:
    assert len(found(text, "question")) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Hi, how are you?", id="greeting"),
        pytest.param("Can you hear me?", id="line-check"),
        pytest.param("You know what I mean?", id="check"),
        pytest.param("Does that make sense?", id="make-sense"),
        pytest.param("Really?", id="back-channel"),
        pytest.param("Sorry, could you say that again?", id="say-again"),
        pytest.param("Who knows?", id="rhetorical"),
        pytest.param("That's what I told him.", id="relative"),
        pytest.param("I know how it works.", id="knows-how"),
        pytest.param("We have about fifty people in two offices.", id="statement"),
    ],
)
def test_what_only_looks_like_a_question_is_none(text: str) -> None:
    assert found(text, "question") == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("How much does it cost per user?", "price", id="price"),
        pytest.param("Does it integrate with our CRM?", "integration", id="integration"),
        pytest.param("Is our data encrypted on your servers?", "security", id="security"),
        pytest.param("How long does it take to go live?", "timeline", id="timeline"),
        pytest.param("How do you compare with your competitors?", "comparison", id="comparison"),
    ],
)
def test_questions_have_a_kind(text: str, kind: str) -> None:
    assert [signal.label for signal in found(text, "question")] == [kind]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        pytest.param("It's just too expensive for us.", "price", id="price"),
        pytest.param("We don't have the budget for that this year.", "budget", id="budget"),
        pytest.param("It's really not a good time, we're too busy until January.", "timing", id="timing"),
        pytest.param("I'd have to run it by my manager first.", "authority", id="authority"),
        pytest.param("Honestly I don't think we need something that big.", "need", id="need"),
        pytest.param("We just signed with another vendor.", "competitor", id="competitor"),
        pytest.param("What we have works fine, there's no reason to change.", "status_quo", id="status-quo"),
        pytest.param("Nobody here has the time to learn a new system.", "complexity", id="complexity"),
        pytest.param("I'm worried about our customers' data being in the cloud.", "security", id="security"),
        pytest.param("I don't want to be locked into a two-year contract.", "contract_terms", id="contract"),
    ],
)
def test_a_reason_against_is_an_objection_with_its_type(text: str, label: str) -> None:
    assert [signal.label for signal in found(text, "objection")] == [label]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("How much is it?", id="price-question"),
        pytest.param("We used to worry about the price, not any more.", id="solved"),
        pytest.param("The price is fine with me.", id="not-a-problem"),
        pytest.param("My boss loved the demo.", id="boss-in-favour"),
        pytest.param("We lose two days a month on this today.", id="pain-point"),
        pytest.param("Okay, thanks, talk to you on Friday.", id="goodbye"),
        pytest.param("Your support team is fantastic.", id="praise"),
        pytest.param("We have three offices and about ninety people.", id="fact"),
    ],
)
def test_what_only_looks_like_an_objection_is_none(text: str) -> None:
    assert found(text, "objection") == []


@pytest.mark.parametrize("role", ["rep", "unknown"])
def test_only_customers_words_are_signals(role: Role) -> None:
    """Neither what the rep asks or quotes, nor what somebody unknown says."""
    assert (
        detect((role, "A lot of people say it's too expensive. How many users are you?"), (role, "Is GDPR a topic?"))
        == ()
    )


def test_several_questions_in_one_utterance_are_several_signals() -> None:
    asked = found("What does it cost? And how long does the setup take?", "question")
    assert [signal.text for signal in asked] == ["What does it cost?", "And how long does the setup take?"]


def test_a_span_is_the_sentence_and_not_the_utterance() -> None:
    (asked,) = found("We have two shops. Okay, um, does it work with Xero? It was cold today.", "question")
    assert asked.text == "does it work with Xero?"


def test_a_long_sentence_is_quoted_from_its_question_on() -> None:
    text = "We run four clinics in the valley and keep our books by hand, what would it cost for all of us?"
    assert [signal.text for signal in found(text, "question")] == ["what would it cost for all of us?"]


def test_a_condition_stays_with_its_question() -> None:
    text = "If we add another ten people in the middle of the year, how much would that be for us then?"
    assert [signal.text for signal in found(text, "question")] == [text]


def test_listed_names_and_regulations_are_mentions() -> None:
    turns = ("customer", "We looked at acme cloud, and GDPR matters to us.")
    mentions = [signal for signal in detect(turns, names=("Acme Cloud",)) if signal.kind == "mention"]
    assert [(signal.text, signal.label) for signal in mentions] == [("acme cloud", "name"), ("GDPR", "regulation:GDPR")]


def test_a_users_own_type_is_found_by_its_examples() -> None:
    own = signals.ObjectionType("noise", "Too loud.", ("The machine is far too loud for an open office.",))
    objections = [
        signal.label
        for signal in detect(("customer", "That machine is far too loud for our open office."), extra_types=(own,))
        if signal.kind == "objection"
    ]
    assert objections == ["noise"]


def test_words_give_a_signal_its_time() -> None:
    words = tuple(
        Word(text, float(second), second + 0.5)
        for second, text in enumerate(["We", " like", " it.", " What", " does", " it", " cost?"])
    )
    text = "".join(word.text for word in words)
    utterance = Utterance("c", 0, "right", "customer", 0.97, text, 0.0, 6.5, words)
    found_signals = signals.detect([utterance], models.load_spacy(), models.load_embedder())
    (asked,) = [signal for signal in found_signals if signal.kind == "question"]
    assert (asked.start_s, asked.end_s) == (3.0, 6.5)


SENTENCES = st.sampled_from(
    [
        "How much is it?",
        "  um",
        "it's too expensive for us",
        "GDPR",
        "Really?",
        "é\n",
        "- what now ",
        "'s",
        "I love it.",
        "🙂",
    ]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(SENTENCES, max_size=4).map(" ".join), max_size=4))
def test_every_signal_quotes_its_utterance(said: list[str]) -> None:
    utterances = call(*(("customer", text) for text in said))
    text_by_id = {utterance.id: utterance.text for utterance in utterances}
    everything = signals.DetectOptions(question_threshold=0, objection_threshold=0, praise_threshold=0)
    first = signals.detect(utterances, models.load_spacy(), models.load_embedder(), everything)
    assert first == signals.detect(utterances, models.load_spacy(), models.load_embedder(), everything)
    assert len({signal.id for signal in first}) == len(first)
    for signal in first:
        assert text_by_id[signal.utterance_id][signal.start : signal.end] == signal.text == signal.text.strip() != ""
        assert 0 <= signal.score <= 1


def test_every_rule_has_its_own_id() -> None:
    names = ("questions", "question_kinds", "objections", "praise", "regulations", "answers")
    rule_ids = [rule.id for name in names for rule in load_rules(name)]
    assert len(rule_ids) == len(set(rule_ids))


def answer(*turns: tuple[Role, str]) -> Answer:
    """The answer to the first question of the call."""
    utterances = call(*turns)
    asked = signals.detect(utterances, models.load_spacy(), models.load_embedder())
    return signals.pair_answers(asked, utterances, embed=models.load_embedder())[0]


ASKED: tuple[Role, str] = ("customer", "Does it work with Xero?")


@pytest.mark.parametrize(
    ("replies", "status", "place"),
    [
        pytest.param([("rep", "Yes, it syncs every hour.")], "answered", 1, id="yes"),
        pytest.param([("rep", "Mhm."), ("rep", "It works with Xero and Sage.")], "answered", 2, id="after-mhm"),
        pytest.param([("rep", "Let me check with our engineers.")], "deferred", 1, id="deferred"),
        pytest.param(
            [("rep", "Anyway, let's talk about the weather in Spain.")], "unanswered", None, id="subject-changed"
        ),
        pytest.param([], "unanswered", None, id="end-of-call"),
        pytest.param([("customer", "Just curious."), ("rep", "Yes, it does.")], "answered", 2, id="customer-goes-on"),
    ],
)
def test_an_answer_is_the_reps_next_substantive_words(
    replies: Sequence[tuple[Role, str]], status: str, place: int | None
) -> None:
    utterances = call(ASKED, *replies)
    paired = answer(ASKED, *replies)
    assert paired.status == status
    assert paired.utterance_id == (None if place is None else f"c:{place:04d}")
    if place is not None:
        assert utterances[place].text[paired.start : paired.end] == paired.text


def test_in_a_thread_the_sentence_that_answers_is_chosen() -> None:
    mail = Utterance("m1", 0, "a@b.com", "customer", 0.9, "Does it work with Xero?")
    replies = [
        Utterance("m2", index, "rep@ours.com", "rep", 0.97, text)
        for index, text in enumerate(
            ["Thanks for your mail.", "Yes, it works with Xero out of the box.", "Best wishes"]
        )
    ]
    asked = signals.detect([mail], models.load_spacy(), models.load_embedder())
    (paired,) = signals.pair_answers(asked, [mail, *replies], embed=models.load_embedder())
    assert (paired.status, paired.utterance_id) == ("answered", "m2:0001")


@pytest.mark.parametrize(
    ("text", "type_", "what"),
    [
        pytest.param("My name is Maria Lopez.", "PERSON", "Maria Lopez", id="name"),
        pytest.param("Write to ann@example.com.", "EMAIL_ADDRESS", "ann@example.com", id="mail"),
        pytest.param("Call (415) 555-2671 today", "PHONE_NUMBER", "(415) 555-2671", id="phone"),
        pytest.param("card 4111 1111 1111 1111", "CREDIT_CARD", "4111 1111 1111 1111", id="card"),
        pytest.param("IBAN DE89 3704 0044 0532 0130 00", "IBAN_CODE", "DE89 3704 0044 0532 0130 00", id="iban"),
        pytest.param("from 192.168.10.12 again", "IP_ADDRESS", "192.168.10.12", id="ip"),
        pytest.param("SSN 123-45-6789", "US_SSN", "123-45-6789", id="ssn"),
        pytest.param("We are at 12 Garden Street.", "STREET_ADDRESS", "12 Garden Street", id="street"),
    ],
)
def test_personal_data_is_found_with_its_type(text: str, type_: str, what: str) -> None:
    spans = signals.find_personal(text, models.load_spacy())
    assert (type_, what) in [(span.type, text[span.start : span.end]) for span in spans]


@pytest.mark.parametrize(
    "text", ["We pay $1,200 for 40 users.", "order 4111 1111 1111 1112", "version 1.2.3", "Hello there"]
)
def test_what_is_no_personal_data_is_left(text: str) -> None:
    assert signals.find_personal(text, models.load_spacy()) == ()


@given(st.integers(min_value=10**11, max_value=10**18))
def test_a_changed_digit_fails_the_card_check(number: int) -> None:
    digits = str(number)
    valid = next(digits + str(check) for check in range(10) if passes_luhn(digits + str(check)))
    changed = valid[:-1] + str((int(valid[-1]) + 1) % 10)
    assert not passes_luhn(changed)


def test_without_customers_there_is_nothing_to_embed() -> None:
    def embed(texts: Sequence[str]) -> np.ndarray:
        raise AssertionError("nothing to embed")

    assert signals.detect(call(("rep", "What is your budget?")), models.load_spacy(), embed) == ()


@pytest.mark.parametrize("text", ["It’s GDPR.", "İstanbul, GDPR", "", "ΣΑΣ"])
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(folded(text)) == len(text)
    assert folded(text).find("gdpr") == text.find("GDPR")
