"""The backlog: which idea, in which format, how soon, and on what evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.backlog import AnsweredQuote, Evidence, ThemeFacts, brief, rank
from insights.backlog.priority import load_weights
from insights.backlog.rank import TITLES, load_rules, order_evidence
from insights.types import Answer, Outcome, Phrase, Quote, SubTheme, Theme, Wording

THEME = Theme("Q-0001", "question", "single sign-on", "Do you support Okta?", "s1", ("okta",), ("s1", "s2"), 0.8)
FACTS = ThemeFacts(
    theme=THEME,
    label="capability",
    n_signals=5,
    n_conversations=5,
    n_accounts=4,
    total_accounts=10,
    n_answered=4,
    n_unanswered=1,
    n_undecided=3,
    n_decided=1,
    amount=300.0,
    total_amount=1000.0,
    trend="steady",
    segments=(("clinics", 3), ("schools", 1)),
    evidence=(Evidence("s1", "a", 0.9, 8, has_sound=True), Evidence("s2", "a", 0.8, 8, has_sound=True)),
)
QUOTE = Quote("s1", "Do you support Okta?", "Pat", "customer", "Acme", "c1", "call", "a.wav", "2026-W45", "2026-11-03",
              62.0, 64.0)  # fmt: skip


def objection(label: str) -> ThemeFacts:
    return replace(FACTS, theme=replace(THEME, id="O-0001", kind="objection"), label=label)


@pytest.mark.parametrize(
    ("facts", "format_"),
    [
        pytest.param(FACTS, "faq", id="answered question"),
        pytest.param(replace(FACTS, n_answered=2, n_unanswered=3), "e-mail template", id="mostly unanswered question"),
        pytest.param(replace(FACTS, label="security"), "white paper", id="security question"),
        pytest.param(replace(FACTS, label="comparison"), "battle card", id="comparison"),
        pytest.param(objection("price"), "battle card", id="price objection"),
        pytest.param(objection("complexity"), "case study", id="effort objection"),
        pytest.param(objection("trust"), "testimonial", id="trust objection"),
        pytest.param(objection("timing"), "e-mail template", id="timing objection"),
        pytest.param(replace(FACTS, theme=replace(THEME, kind="topic"), label=""), "blog post", id="topic"),
    ],
)
def test_the_format_follows_from_what_is_asked(facts: ThemeFacts, format_: str):
    assert rank([facts])[0].format == format_


def test_the_reason_names_its_numbers():
    idea = rank([replace(FACTS, n_answered=2, n_unanswered=3)])[0]
    assert idea.format_reason.startswith("3 of 5 askings got no answer")


def test_every_format_of_a_rule_has_a_title():
    assert {rule["format"] for rule in load_rules()} <= set(TITLES)


def test_the_weights_add_up_to_a_hundred():
    assert sum(value for value in load_weights().values() if isinstance(value, int)) == 100


counts = st.integers(0, 50)
facts_of_any_size = st.builds(
    lambda number, reach, others, answered, unanswered, stability, trend: replace(
        FACTS,
        theme=replace(THEME, id=f"Q-{number:04d}", stability=stability),
        n_accounts=reach,
        total_accounts=reach + others,
        n_answered=answered,
        n_unanswered=unanswered,
        trend=trend,
    ),
    st.integers(1, 9999), counts, counts, counts, counts, st.floats(0, 1),
    st.sampled_from(["new", "rising", "steady", "fading", "too few to say"]),
)  # fmt: skip


@given(st.lists(facts_of_any_size, max_size=8, unique_by=lambda facts: facts.theme.id))
def test_priorities_are_the_sum_of_their_factors_and_within_bounds(facts: list[ThemeFacts]):
    for idea in rank(facts):
        assert 0 <= idea.priority <= 100
        assert idea.priority == pytest.approx(sum(factor.points for factor in idea.factors), abs=0.06)


@given(st.lists(facts_of_any_size, max_size=8, unique_by=lambda facts: facts.theme.id), st.randoms())
def test_ranking_does_not_depend_on_the_order_of_themes(facts: list[ThemeFacts], random: object):
    shuffled = list(facts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rank(facts) == rank(shuffled)


def test_more_accounts_rank_higher_all_else_equal():
    wider = replace(FACTS, theme=replace(THEME, id="Q-0002"), n_accounts=8)
    assert [idea.theme_id for idea in rank([FACTS, wider])] == ["Q-0002", "Q-0001"]


def test_one_account_does_not_fill_the_evidence():
    evidence = [Evidence(f"a{n}", "loud", 0.9, 8, has_sound=True) for n in range(3)]
    evidence.append(Evidence("b1", "quiet", 0.5, 8, has_sound=False))
    assert list(order_evidence(evidence)) == ["a0", "b1", "a1", "a2"]


def test_an_audience_of_two_accounts_is_too_few_to_say():
    assert rank([replace(FACTS, n_accounts=2)])[0].audience == "too few to say"
    assert rank([replace(FACTS, segments=(("clinics", 1), ("schools", 1)))])[0].audience == "no segment stands out"
    assert rank([FACTS])[0].audience == "clinics (3 of 4 accounts)"


def test_a_label_is_never_shown_as_somebodys_words():
    """Where every wording holds personal data there is no quotation, and so there are no quotation marks."""
    (idea,) = rank([replace(FACTS, theme=replace(THEME, canonical=""))])
    assert idea.title == "FAQ: single sign-on"


def test_a_brief_holds_customers_and_reps_words_and_where_they_are_from():
    answer = Answer("s1", "answered", "c1:0002", "Yes, on Enterprise.", 0, 19)
    text = brief(rank([FACTS])[0], THEME, [AnsweredQuote(QUOTE, answer)])
    assert "> Do you support Okta?\n>\n> customer, Acme, call of 2026-11-03 at 1:02 (`a.wav`)" in text
    assert "> Yes, on Enterprise." in text
    assert "reach: 4 of 10 accounts" in text


def test_a_brief_lists_the_sub_questions_and_how_differently_it_is_asked():
    parts = (SubTheme("Okta", "Do you support Okta?", "s1", ("s1", "s3")), SubTheme("Azure AD", "", "", ("s2", "s4")))
    theme = replace(THEME, sub_themes=parts, variants=(Wording("s2", "Can we log in with Azure?"),))
    text = brief(rank([FACTS])[0], theme, [AnsweredQuote(QUOTE)])
    assert "## Sub-questions\n- “Do you support Okta?” (said 2 times)\n- Azure AD (said 2 times)\n" in text
    assert "## Said differently\n- “Can we log in with Azure?”\n" in text
    assert "## Sub-questions" not in brief(rank([FACTS])[0], THEME, [AnsweredQuote(QUOTE)])


def test_a_brief_without_answers_says_so():
    text = brief(rank([FACTS])[0], THEME, [AnsweredQuote(QUOTE)])
    assert "Nothing that we heard." in text


def test_a_brief_of_an_objection_says_what_followed_and_quotes_who_accepted():
    accepted = Outcome("s1", "accepted", "c1:0004", "Okay, that I can live with.", 0, 27)
    evidence = [AnsweredQuote(QUOTE, outcome=accepted), AnsweredQuote(QUOTE, outcome=Outcome("s2", "unknown"))]
    phrases = [Phrase("objection", "price", "a lot of money", 3, 7, 2.4)]
    text = brief(rank([FACTS])[0], replace(THEME, kind="objection"), evidence, phrases)
    assert "Of 2 said: 1 accepted, 1 not known." in text
    assert "> Okay, that I can live with." in text
    assert "- “a lot of money” in 3 of 7 conversations with this type of objection" in text
