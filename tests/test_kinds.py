"""Needs, next steps, mentions, quotable praise and customers' phrases: found where they are, and little else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights import models, signals
from insights.config import Settings
from insights.errors import UsageError
from insights.pipeline.analysing import listed_names
from insights.signals.phrases import MIN_CONVERSATIONS, find_grams, log_odds
from insights.types import Quotability, Role, Signal, Utterance

pytestmark = pytest.mark.model


def said(role: Role, text: str, conversation: str = "c", index: int = 0) -> Utterance:
    return Utterance(conversation, index, role, role, 0.97, text, 3.0 * index, 3.0 * index + 2)


def found(role: Role, text: str, kind: str, *names: signals.ListedName) -> list[tuple[str, str]]:
    """The texts and labels of the signals of a kind."""
    options = signals.DetectOptions(listed=names)
    everything = signals.detect([said(role, text)], models.load_spacy(), models.load_embedder(), options)
    return [(signal.text, signal.label) for signal in everything if signal.kind == kind]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "We lose two days every month retyping the timesheets by hand.",
            marks=pytest.mark.xfail(reason="taken for an objection since signals/8; a known failure in the card"),
            id="days lost",
        ),
        pytest.param("At the moment nobody knows where the trucks are, it's a nightmare.", id="pain"),
        pytest.param("last month we missed nine calls because she was on the other line", id="bare speech"),
    ],
)
def test_a_pain_is_a_need(text: str) -> None:
    assert len(found("customer", text, "need")) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("We have three offices and about ninety people.", id="fact"),
        pytest.param("We used to lose two days a month, that's sorted now.", id="solved"),
        pytest.param("Good morning, thanks for calling back.", id="greeting"),
        pytest.param("How much is it per user?", id="question"),
    ],
)
def test_what_only_looks_like_a_need_is_none(text: str) -> None:
    assert found("customer", text, "need") == []


def test_reps_have_no_needs() -> None:
    assert found("rep", "We lose two days every month retyping the timesheets by hand.", "need") == []


@pytest.mark.parametrize(
    ("role", "text"),
    [
        pytest.param("rep", "I'll send you the quote tomorrow and call you on Friday.", id="rep promises"),
        pytest.param("customer", "Put me down for Tuesday the fourteenth at ten.", id="customer books"),
        pytest.param("customer", "send me the contract and i'll show it to my director on monday", id="bare speech"),
        pytest.param("rep", "Shall we meet again on the 22nd to go over the figures?", id="proposal"),
    ],
)
def test_a_next_step_counts_from_either_side(role: Role, text: str) -> None:
    assert len(found(role, text, "next_step")) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The system sends a mail automatically every Monday.", id="how it works"),
        pytest.param("I called your office last Tuesday and nobody answered.", id="past"),
        pytest.param("It's raining here again, as it was last week.", id="small talk"),
    ],
)
def test_what_only_looks_like_a_next_step_is_none(text: str) -> None:
    assert found("customer", text, "next_step") == []


ROUTE = signals.ListedName("RouteHarbor", "competitor", ("R H cloud",))
NOTION = signals.ListedName("Notion", "competitor", is_ordinary=True)
MONDAY = signals.ListedName("Monday", "competitor", is_ordinary=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("We looked at RouteHarbor.", "RouteHarbor", id="as listed"),
        pytest.param("routeharbor quoted us less", "routeharbor", id="lower case"),
        pytest.param("we had route harbor in last week", "route harbor", id="in two words"),
        pytest.param("RouteHarbor's price was lower.", "RouteHarbor", id="possessive"),
        pytest.param("All those RouteHarbors are the same to me.", "RouteHarbors", id="plural"),
        pytest.param("our old r h cloud is slow", "r h cloud", id="other spelling"),
    ],
)
def test_a_listed_name_is_found_however_it_is_written(text: str, words: str) -> None:
    assert found("customer", text, "mention", ROUTE) == [(words, "competitor")]


@pytest.mark.parametrize(
    ("text", "n"),
    [
        pytest.param("Our notes are all in Notion already.", 1, id="capital"),
        pytest.param("I have no notion what that means.", 0, id="the word"),
        pytest.param("i had no notion it was that dear", 0, id="the word in bare speech"),
        pytest.param("we use notion for that", 1, id="bare speech with a cue"),
        pytest.param("Notion does that for us.", 1, id="at the beginning with a cue"),
        pytest.param("Notion or no notion, we stay.", 0, id="at the beginning without one"),
    ],
)
def test_an_ordinary_word_is_a_name_only_where_something_says_so(text: str, n: int) -> None:
    assert len(found("customer", text, "mention", NOTION)) == n


@pytest.mark.parametrize(
    ("text", "n"),
    [
        pytest.param("Call me on Monday.", 0, id="the day"),
        pytest.param("From Monday we are closed.", 0, id="the day after from"),
        pytest.param("We switched to Monday last year.", 1, id="the product"),
        pytest.param("we have a monday board for every client", 1, id="the product in bare speech"),
    ],
)
def test_a_day_is_a_name_only_beside_a_clear_cue(text: str, n: int) -> None:
    assert len(found("customer", text, "mention", MONDAY)) == n


def test_regulations_are_mentions_with_their_name() -> None:
    text = "We need GDPR, HIPAA, SOC 2 Type II, ISO 27001 and PCI DSS."
    labels = [label for _, label in found("customer", text, "mention")]
    assert labels == [f"regulation:{name}" for name in ("GDPR", "HIPAA", "SOC 2", "ISO 27001", "PCI DSS")]


def test_the_settings_say_which_names_are_competitors_products_and_others() -> None:
    settings = Settings(competitors=("Notion: no shun",), products=("RouteHarbor",), names=("Acme Cloud", "notion"))
    assert listed_names(settings) == (
        signals.ListedName("Notion", "competitor", ("no shun",), is_ordinary=True),
        signals.ListedName("RouteHarbor", "product"),
        signals.ListedName("Acme Cloud", "name"),
    )


def test_an_entry_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks a name"):
        Settings(competitors=(": no shun",))
    assert not issubclass(UsageError, ValueError)


def rate(text: str, score: float = 0.9, *, personal: bool = False) -> Quotability:
    praise = Signal("p", "c:0000", "praise", "", text, 0, len(text), score, "praise/1")
    (rated,) = signals.rate_praise([praise], models.load_spacy(), lambda _: personal)
    return rated


def test_praise_that_stands_alone_and_names_a_thing_is_best_to_quote() -> None:
    best = rate("Your support team answered within the hour every single time.")
    assert best.score > 0.9
    assert best.reasons == ()


@pytest.mark.parametrize(
    ("worse", "reason"),
    [
        pytest.param("It answered within the hour every single time.", "refers to what was said before", id="pronoun"),
        pytest.param("And your support team answered within the hour every time.", "middle of a thought", id="and"),
        pytest.param("Very good.", "no whole sentence", id="scrap"),
        pytest.param("Your support team is great, but the app crashes every day.", "taken back", id="but"),
    ],
)
def test_what_speaks_against_quoting_is_said_and_lowers_the_score(worse: str, reason: str) -> None:
    rated = rate(worse)
    assert rated.score < rate("Your support team answered within the hour every single time.").score
    assert reason in "; ".join(rated.reasons)


def test_questions_and_personal_data_are_never_quoted() -> None:
    assert rate("Isn't your support team just wonderful?").score == 0
    assert rate("Your support team answered within the hour every time.", personal=True).score == 0


@given(st.text(min_size=1, max_size=60), st.floats(min_value=0, max_value=1))
def test_quotability_runs_from_0_to_1(text: str, score: float) -> None:
    assert 0 <= rate(text, score).score <= 1


def corpus(n_price: int, n_other: int) -> tuple[list[Signal], list[Utterance], dict[str, str]]:
    """Conversations that object to the price in like words, and others that do not."""
    utterances, found_ = [], []
    for number in range(n_price):
        text = f"Honestly, it is too dear for us, by {number} dollars."
        one = said("customer", text, f"p{number}")
        utterances.append(one)
        found_.append(Signal(f"s{number}", one.id, "objection", "price", text, 0, len(text), 0.9, "objections/1"))
    for number in range(n_other):
        utterances.append(said("customer", f"We have {number} vans and a yard behind the station.", f"o{number}"))
    return found_, utterances, {one.conversation_id: one.conversation_id for one in utterances}


def test_a_phrase_of_one_type_is_found_verbatim_with_its_conversations() -> None:
    phrases = signals.find_phrases(*corpus(5, 40), lambda _: False)
    (first, *_) = phrases
    assert "too dear" in first.text
    assert (first.kind, first.label, first.n_conversations, first.n_all) == ("objection", "price", 5, 5)


def test_two_conversations_are_too_few_for_a_phrase() -> None:
    assert signals.find_phrases(*corpus(MIN_CONVERSATIONS - 1, 40), lambda _: False) == ()


def test_one_who_repeats_himself_counts_once() -> None:
    found_, utterances, thread_of = corpus(5, 40)
    assert signals.find_phrases(found_, utterances, dict.fromkeys(thread_of, "one thread"), lambda _: False) == ()


def test_phrases_with_personal_data_are_left_out() -> None:
    assert signals.find_phrases(*corpus(5, 40), lambda _: True) == ()


def test_what_is_said_everywhere_alike_distinguishes_nothing() -> None:
    scores = log_odds({"our yard": 5, "too dear": 5}, {"our yard": 50, "too dear": 5, "by the way": 45})
    assert scores["too dear"] > scores["our yard"]


@given(st.text(max_size=60))
def test_a_phrase_stands_in_its_text(text: str) -> None:
    for phrase, wording in find_grams(text):
        assert wording in text
        assert phrase == phrase.strip() != ""
