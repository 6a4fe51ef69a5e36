"""Questions that can be read by themselves."""

from __future__ import annotations

import pytest

from insights import models
from insights.signals import detect
from insights.signals.plain import tidy
from insights.types import Utterance


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("um do you, do you support the uh single sign-on", "do you support the single sign-on"),
        ("and what about the the old invoices?", "what about the old invoices?"),
        ("So, how mu- how long does it take?", "how long does it take?"),
        ("uh", "uh"),
    ],
    ids=["stutter of two words", "leading and", "cut-off word", "nothing but a filler"],
)
def test_fillers_stutters_and_links_are_left_out(said, plain):
    assert tidy(said) == plain


def _wordings(*lines: tuple[str, str]) -> dict[str, str]:
    said = [
        Utterance("c", index, role, role, 1.0, text)  # type: ignore[arg-type]
        for index, (role, text) in enumerate(lines)
    ]
    found = detect(said, models.load_spacy(), models.load_embedder())
    return {one.text: one.wording for one in found if one.kind == "question"}


@pytest.mark.model
def test_a_question_that_points_back_is_led_by_what_the_customer_named():
    wordings = _wordings(("customer", "We are on the starter plan. Does that include phone support?"))
    assert (
        wordings["Does that include phone support?"] == "We are on the starter plan … Does that include phone support?"
    )
    wordings = _wordings(("customer", "We are on the starter plan."), ("rep", "Mhm."), ("customer", "Can we keep it?"))
    assert wordings["Can we keep it?"] == "We are on the starter plan … Can we keep it?"


@pytest.mark.model
def test_what_only_the_rep_named_is_not_put_into_the_customers_mouth():
    wordings = _wordings(
        ("customer", "We are on the starter plan."),
        ("rep", "There is also an audit log now, with an export."),
        ("customer", "And is that extra?"),
    )
    assert list(wordings.values()) == ["is that extra?"]


@pytest.mark.model
def test_every_piece_of_a_wording_is_the_customers():
    text = "Well, um, we have three clinics in Leeds. And, uh, how long would it take for, for them?"
    for question, wording in _wordings(("customer", text)).items():
        assert question in text
        said = text.lower().split()
        assert all(word in said or word == "…" for word in wording.lower().replace("leeds", "leeds.").split())
