"""Fixtures shared by the rooms' tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings as budget

budget.register_profile("no deadline", deadline=None)  # a slow machine is no defect
budget.load_profile("no deadline")

SAMPLES = Path(__file__).parents[1] / "sample_calls"


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store made by the real main job over the sample calls and mails, once for all tests that read it."""
    from insights import pipeline
    from insights.config import load_settings

    folder = tmp_path_factory.mktemp("sample") / "store"
    settings = load_settings(SAMPLES / "insights.toml", store=folder)
    pipeline.run([SAMPLES], settings)
    pipeline.write_outputs(settings)
    return folder
