"""The command line: thin, helpful, one line for each thing that is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from insights.cli import app

README = Path(__file__).parents[1] / "README.md"
runner = CliRunner()


def commands(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for part, inner in command.commands.items():
        yield from commands(inner, f"{name} {part}".strip())


ALL = dict(commands(typer.main.get_command(app)))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ALL)
def test_each_command_has_help_and_an_example(name: str):
    shown = runner.invoke(app, [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert ALL[name].help
    assert f"insights {name}" in (ALL[name].epilog or "")


@pytest.mark.parametrize("name", ALL)
def test_each_command_is_in_the_readme(name: str):
    assert f"insights {name}" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["run", "nowhere"], "No file or folder 'nowhere'", id="no such path"),
        pytest.param(["report"], "insights run", id="no store yet"),
        pytest.param(["search", "price"], "insights run", id="no store to search"),
        pytest.param(["backlog", "list"], "insights run", id="no store to list"),
        pytest.param(["backlog", "export", "backlog.pdf"], ".xlsx", id="no such format"),
        pytest.param(["models", "get", "whisper-enormous"], "whisper-enormous", id="no such model"),
        pytest.param(["report", "--config", "none.toml"], "none.toml", id="no such settings"),
        pytest.param(["evaluate", "poetry", "x.jsonl"], "poetry", id="no such task"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments: list[str], message: str):
    done = runner.invoke(app, arguments)
    assert done.exit_code == 1
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1
    assert message in lines[0]


def test_a_setting_that_does_not_exist_is_said(tmp_path: Path):
    (tmp_path / "insights.toml").write_text('timezone = "Mars/Olympus"\n')
    done = runner.invoke(app, ["report"])
    assert done.exit_code == 1
    assert "Mars/Olympus" in done.stderr


def test_settings_come_from_the_file_and_the_environment_overrides_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from insights.config import load_settings

    (tmp_path / "insights.toml").write_text('timezone = "Europe/Berlin"\nworkers = 3\n')
    monkeypatch.setenv("INSIGHTS_WORKERS", "5")
    settings = load_settings()
    assert (settings.timezone, settings.workers) == ("Europe/Berlin", 5)


def test_python_dash_m_insights_is_the_command_line():
    done = subprocess.run([sys.executable, "-m", "insights", "--help"], capture_output=True, text=True, check=True)
    assert re.search(r"Usage: insights", done.stdout)


@pytest.mark.model
def test_a_run_with_a_broken_file_lists_it_and_says_so_by_its_exit_code(tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "2026-11-03_call.txt").write_text("Dana: Hello.\nPat: What does it cost per user?\n")
    (tmp_path / "in" / "broken.wav").write_bytes(b"RIFF")
    done = runner.invoke(app, ["run", "in", "--store", "out"])
    assert done.exit_code == 3
    assert "broken.wav" in done.stderr
    assert (tmp_path / "out" / "reports" / "backlog.xlsx").is_file()
