"""Types of objection of the user's own: told by ten examples or more, found at once and in all that was read before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from insights import models, pipeline, signals
from insights.cli import app
from insights.config import Settings, load_settings
from insights.errors import UsageError
from insights.signals.own_types import claim, load_background
from insights.store import Store
from insights.types import Utterance

runner = CliRunner()

EXAMPLES = (
    "The machine is far too loud for an open office.",
    "With that noise nobody on the floor could make a phone call.",
    "It hums so loudly that we had to shut the door.",
    "Sixty decibels next to the desks is out of the question.",
    "Our neighbours already complain about the noise of the old one.",
    "I could hear it two rooms away, that would drive people mad.",
    "The fan is a racket, honestly.",
    "It has to be a lot quieter before we put one in the ward.",
    "My only problem is the sound it makes all day long.",
    "It rattles, and our guests would hear it at breakfast.",
)
CALL = """Dana: Hi, this is Dana from Acme.
Pat: Hello. We tried the machine for a week, and it is much too loud for our open office.
Dana: I see.
Pat: And it is too expensive for us.
"""


def settings_text(examples: tuple[str, ...] = EXAMPLES, name: str = "Noise level") -> str:
    quoted = ", ".join(f'"{example}"' for example in examples)
    return (
        f'our_names = ["Dana"]\n[[objection_types]]\nname = "{name}"\ndefinition = "Too loud."\nexamples = [{quoted}]\n'
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one call and settings that know no type of one's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "2026-11-03_acme_buyer.txt").write_text(CALL)
    (tmp_path / "insights.toml").write_text('our_names = ["Dana"]\n')
    return tmp_path


def labels(folder: Path) -> set[str]:
    with Store(folder / "insights-data") as store:
        return {signal.label for signal in store.signals() if signal.kind == "objection"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(settings_text(EXAMPLES[:9]), "needs 10 different examples or more, here are 9", id="too-few"),
        pytest.param(settings_text((*EXAMPLES[:9], EXAMPLES[0].upper(), " ")), "here are 9", id="the-same-twice"),
        pytest.param(settings_text(name="no/ise"), "'no/ise' is no name", id="no-name"),
        pytest.param(settings_text() + settings_text().partition("\n")[2], "the same name", id="two-of-a-name"),
        pytest.param(settings_text() + 'exmples = ["x"]\n', "exmples", id="misspelt"),
    ],
)
def test_a_type_that_cannot_be_used_is_refused(folder: Path, text: str, message: str) -> None:
    (folder / "insights.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        load_settings()


def test_a_type_called_as_a_built_in_one_is_refused() -> None:
    own = {"name": "Status quo", "examples": EXAMPLES}
    with pytest.raises(UsageError, match="'status_quo' already"):
        pipeline.own_types(Settings.model_validate({"objection_types": [own]}))


def test_the_background_has_each_sentence_once() -> None:
    background = load_background()
    assert len(set(background)) == len(background) == 300
    assert all(sentence.strip() == sentence != "" for sentence in background)


@pytest.mark.model
def test_a_new_type_is_found_in_all_history_by_a_run_without_new_files(folder: Path) -> None:
    pipeline.run([folder / "in"], load_settings())
    assert "noise_level" not in labels(folder)
    (folder / "insights.toml").write_text(settings_text())
    summary = pipeline.run([folder / "in"], load_settings())
    assert (summary.n_read, summary.n_analysed) == (0, 1)
    assert {"noise_level", "price"} <= labels(folder)


@pytest.mark.model
def test_a_report_finds_a_new_type_too_and_one_without_the_settings_changes_nothing(folder: Path) -> None:
    pipeline.run([folder / "in"], load_settings())
    (folder / "insights.toml").write_text(settings_text())
    done = runner.invoke(app, ["report"])
    assert done.exit_code == 0, done.stderr
    assert "noise_level" in labels(folder)
    (folder / "insights.toml").unlink()
    assert runner.invoke(app, ["report"]).exit_code == 0
    assert "noise_level" in labels(folder)


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        pytest.param("That thing is way too noisy for our reading room.", True, id="too-noisy"),
        pytest.param("The noise would bother the patients next door.", True, id="bothers"),
        pytest.param("How loud is it?", False, id="a-question"),
        pytest.param("We have an open office with forty desks.", False, id="same-subject"),
        pytest.param("It is too expensive for us.", False, id="another-objection"),
        pytest.param("Okay, talk to you on Friday.", False, id="goodbye"),
    ],
)
def test_only_clear_cases_are_claimed(text: str, is_one: bool) -> None:
    own = signals.ObjectionType("noise", "Too loud.", EXAMPLES, ("How loud is the small one?",))
    options = signals.DetectOptions(extra_types=(own,))
    said = [Utterance("c", 0, "Pat", "customer", 1.0, text)]
    found = signals.detect(said, models.load_spacy(), models.load_embedder(), options)
    assert ("noise" in {signal.label for signal in found}) == is_one


@pytest.mark.model
def test_a_claim_names_the_nearest_example_and_without_types_there_is_none() -> None:
    embed = models.load_embedder()
    own = signals.ObjectionType("noise", "Too loud.", EXAMPLES)
    sentence = embed([EXAMPLES[3]])[0]
    claimed = claim(sentence, 0.5, [own], embed)
    assert claimed is not None
    assert (claimed.type, claimed.example) == (own, EXAMPLES[3])
    assert claim(sentence, 0.5, [], embed) is None
    assert np.isfinite(claimed.chance)
