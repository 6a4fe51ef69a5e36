"""Every signal says why it is one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from insights import models, pipeline, signals
from insights.cli import app
from insights.config import Settings
from insights.errors import UsageError
from insights.signals.linear import read_linear
from insights.signals.why import nearest_examples
from insights.types import Utterance

pytestmark = pytest.mark.model

ASKED = "Does it talk to our booking system both ways?"
DEAR = "Honestly it's too expensive for a shop of our size."
SAID = (
    Utterance("c", 0, "rep", "rep", 1.0, "That is how it works."),
    Utterance("c", 1, "customer", "customer", 1.0, f"{ASKED} {DEAR}"),
)
MAIL = f"""From: Ana <ana@client.example>
To: sales@acme.example
Date: Mon, 2 Nov 2026 10:00:00 +0000
Subject: Offer
Message-ID: <one@client.example>

Hello,

{ASKED} {DEAR}
"""
runner = CliRunner()


def explain(kind: str, **options: float) -> signals.Explanation:
    nlp, embed, chosen = models.load_spacy(), models.load_embedder(), signals.DetectOptions(**options)
    [found] = [one for one in signals.detect(SAID, nlp, embed, chosen) if one.kind == kind]
    return signals.explain(found, SAID, nlp, embed, chosen)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "offer.eml").write_text(MAIL)
    chosen = Settings(store=tmp_path / "store", our_domains=("acme.example",))
    pipeline.run([tmp_path / "offer.eml"], chosen)
    return chosen


@pytest.mark.parametrize("kind", ["question", "objection"])
def test_the_score_that_is_explained_is_the_score_that_was_found(kind: str) -> None:
    explained = explain(kind)
    assert explained.score == pytest.approx(explained.signal.score, abs=1e-4)
    assert explained.threshold is not None and explained.score >= explained.threshold


def test_the_threshold_shown_is_the_one_that_was_chosen() -> None:
    assert explain("objection", objection_threshold=0.2).threshold == 0.2


def test_rules_are_named_with_the_words_they_match() -> None:
    [rule, *_] = explain("objection").rules
    assert rule.use in ("sure", "find")
    assert rule.words in DEAR


def test_grounds_for_come_before_grounds_against_each_the_weightiest_first() -> None:
    weights = [ground.weight for ground in explain("objection").grounds]
    speaking_for = [weight for weight in weights if weight > 0]
    assert weights[: len(speaking_for)] == sorted(speaking_for, reverse=True)
    assert weights[len(speaking_for) :] == sorted(weights[len(speaking_for) :])


def test_what_the_features_add_makes_the_score() -> None:
    """The sum over all features, with intercept and offset, is the score's log odds."""
    from insights.signals.features import question_features
    from insights.signals.units import find_units
    from insights.signals.why import _contributions

    linear = read_linear(models.path("signals") / "question.json")
    unit = find_units(SAID, models.load_spacy())[0]
    named = question_features(unit)
    log_odds = sum(_contributions(linear, named, None).values()) + linear.slope * linear.intercept[0] + linear.offset
    assert 1 / (1 + np.exp(-log_odds)) == pytest.approx(float(linear.score([named])[0]), abs=1e-5)


def test_the_examples_are_labelled_sentences_most_alike_first() -> None:
    examples = nearest_examples("That is far too expensive for us.", models.load_embedder())
    assert [one.likeness for one in examples] == sorted((one.likeness for one in examples), reverse=True)
    assert examples[0].kind == "objection"
    assert examples[0].label in ("price", "budget")


def test_a_labelled_sentence_is_its_own_nearest_example() -> None:
    rows = json.loads((models.path("signals") / "examples.json").read_text("utf-8"))
    text, kind, label = rows[100]
    nearest = nearest_examples(text, models.load_embedder())[0]
    assert (nearest.text, nearest.kind, nearest.label) == (text, kind, label)
    assert nearest.likeness == pytest.approx(1, abs=0.01)


def test_the_test_part_is_not_among_the_examples() -> None:
    shown = {text for text, *_ in json.loads((models.path("signals") / "examples.json").read_text("utf-8"))}
    training = Path(__file__).parents[1] / "models" / "training"
    rows = [json.loads(line) for line in (training / "conversations_1.jsonl").read_text("utf-8").splitlines()]
    assert not shown & {one["span"] for row in rows for one in (*row["questions"], *row["objections"])}


def test_the_command_says_why_in_words(settings: Settings) -> None:
    [found] = [one.signal for one in pipeline.list_signals(settings) if one.signal.kind == "objection"]
    result = runner.invoke(app, ["signals", "why", found.id[:8], "--store", str(settings.store)])
    assert result.exit_code == 0
    for part in (f"“{found.text}”"[:20], "counts", "Rules:", "Labelled examples most like it"):
        assert part in result.output


def test_the_command_gives_json(settings: Settings) -> None:
    [found] = [one.signal for one in pipeline.list_signals(settings) if one.signal.kind == "question"]
    result = runner.invoke(app, ["signals", "why", found.id, "--json", "--store", str(settings.store)])
    assert json.loads(result.output)["explanation"]["signal"]["id"] == found.id


def test_what_a_person_said_is_told(settings: Settings) -> None:
    [found] = [one.signal for one in pipeline.list_signals(settings) if one.signal.kind == "objection"]
    [edit] = pipeline.accept_signals(settings, [found.id])
    pipeline.refresh(settings)
    reasons = pipeline.explain_signal(settings, found.id)
    assert reasons.edit is not None and reasons.edit.id == edit.id
    assert not reasons.is_stale


def test_an_id_of_no_signal_is_refused(settings: Settings) -> None:
    with pytest.raises(UsageError, match="No signal 'zzz'"):
        pipeline.explain_signal(settings, "zzz")
