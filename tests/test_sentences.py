"""Sentences read in context: a small transformer's opinion, and how it is weighed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights import models
from insights.models import Sentence
from insights.signals import QUESTION_KINDS, load_types
from insights.signals.blend import Blend

DEAR = Sentence("that's more than we ever paid for all of it", "It's forty a seat.", "I see.")
OTHERS = [Sentence("Hm.", "", ""), Sentence("and we have " + "many " * 200 + "sites", "So how big are you?", "")]
odds = st.floats(-8, 8, allow_nan=False)


@pytest.fixture(scope="module", params=[0, 1], ids=["questions", "objections"])
def classify(request: pytest.FixtureRequest) -> models.SentenceClassifier:
    """Either of the classifiers."""
    return models.load_sentence_classifiers()[request.param]


@pytest.mark.model
def test_a_sentence_has_the_same_logits_whatever_stands_beside_it(classify: models.SentenceClassifier) -> None:
    assert np.allclose(classify([DEAR])[0], classify([*OTHERS, DEAR])[2], atol=1e-4)


@pytest.mark.model
def test_no_sentences_have_no_logits(classify: models.SentenceClassifier) -> None:
    assert classify([]).shape == (0, classify.n_logits)


@pytest.mark.model
def test_the_choices_are_the_types_and_kinds_that_there_are() -> None:
    questions, objections = models.load_sentence_classifiers()
    kinds = questions.choice("question_kind", questions([DEAR]))
    types = objections.choice("objection_type", objections([DEAR]))
    assert set(types) == {one.id for one in load_types()} and set(kinds) == set(QUESTION_KINDS)
    assert max(types, key=lambda name: types[name][0]) == "price"
    assert (questions.heads, objections.heads) == (("question",), ("objection", "praise"))


@pytest.mark.model
def test_what_resists_is_more_of_an_objection_than_what_agrees() -> None:
    agreed = Sentence("that's less than we ever paid, send me the contract", "It's forty a seat.", "I will.")
    _, objections = models.load_sentence_classifiers()
    resists, agrees = objections([DEAR, agreed])[:, objections.heads.index("objection")]
    assert resists > agrees


@pytest.mark.model
def test_what_is_answered_is_more_of_a_question_than_what_is_acknowledged() -> None:
    said = Sentence("so that's three of you in the office", "we're small", "yeah three and a part timer")
    questions, _ = models.load_sentence_classifiers()
    answered, acknowledged = questions([said, said._replace(after="uh-huh")])[:, 0]
    assert answered > acknowledged


@pytest.mark.model
def test_of_what_comes_next_nothing_is_read_inside_an_utterance(classify: models.SentenceClassifier) -> None:
    inside = [DEAR._replace(is_last=False, after=after) for after in ("Yes.", "That is true.")]
    first, second = classify(inside)
    assert np.allclose(first, second, atol=1e-4)


@given(odds, odds, st.floats(0, 1))
def test_a_blend_rises_with_either_opinion_and_stays_a_chance(one: float, other: float, score: float) -> None:
    low, high = sorted((one, other))
    scores = np.array([score, score], np.float32)
    first, second = Blend(0.6, 0.5, -0.2).score(np.array([low, high], np.float32), scores)
    assert 0 <= first <= second <= 1


@given(odds, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_linear_score_never_lowers_the_blend(value: float, one: float, other: float) -> None:
    logits = np.array([value, value], np.float32)
    first, second = Blend(0.6, 0.5, -0.2).score(logits, np.array(sorted((one, other)), np.float32))
    assert first <= second
