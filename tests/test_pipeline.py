"""The main job: nothing lost, nothing doubled, nothing invented, whatever comes between."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from insights import pipeline, transcripts
from insights.config import Settings
from insights.errors import StoreError, UsageError
from insights.pipeline import Progress
from insights.store import Store, check_quotes

pytestmark = pytest.mark.model

CALL = """Dana: Hi, this is Dana from Acme.
Pat: Hello. So, what does it cost per user?
Dana: It is forty dollars per user a month.
Pat: Hm, that is too expensive for us, we pay twenty today.
"""
MAIL = """From: Pat Lee <pat@buyer.example>
To: sales@acme.example
Date: Tue, 3 Nov 2026 10:00:00 +0000
Message-ID: <1@buyer.example>
Subject: Single sign-on

Hello,

Do you support single sign-on with Okta?

On Mon, 2 Nov 2026 at 09:00, Dana <dana@acme.example> wrote:
> Can you tell me what it costs?
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "in"
    files.mkdir()
    for day in (1, 2, 3):
        (files / f"2026-11-0{day}_acme_buyer{day}.txt").write_text(CALL.replace("forty", f"forty {day}"))
    (files / "sso.eml").write_text(MAIL)
    return files


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=tmp_path / "store", our_domains=("acme.example",), our_names=("Dana",))


def dump(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the store."""
    from sqlalchemy import select

    from insights.store.schema import metadata

    with Store(settings.store) as store, store.engine.connect() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
        }


def test_every_quote_equals_its_span_in_its_source(folder: Path, settings: Settings):
    pipeline.run([folder], settings)
    with Store(settings.store) as store:
        found = store.signals()
        check_quotes(store.utterances(), found)
        text_of = {u.id: u.text for u in store.utterances()}
        sources = {c.id: " ".join(s.text for s in c.segments) for c in store.conversations()}
    assert found
    for signal in found:
        source = sources[signal.utterance_id.split(":")[0]]
        assert " ".join(text_of[signal.utterance_id].split()) in " ".join(source.split())


def test_only_the_customers_new_words_become_signals(folder: Path, settings: Settings):
    """The question in the quoted part of the mail is the rep's, and asked before."""
    pipeline.run([folder], settings)
    with Store(settings.store) as store:
        texts = {signal.text for signal in store.signals() if signal.kind == "question"}
    assert "Do you support single sign-on with Okta?" in texts
    assert not any("tell me" in text for text in texts)


def test_running_twice_changes_nothing(folder: Path, settings: Settings):
    pipeline.run([folder], settings)
    before = dump(settings)
    summary = pipeline.run([folder], settings)
    assert dump(settings) == before
    assert (summary.n_read, summary.n_analysed) == (0, 0)


@pytest.mark.parametrize("step", ["reading", "analysing"])
def test_a_run_that_was_stopped_goes_on_without_losing_or_doubling(folder: Path, settings: Settings, step: str):
    def stop_at_second(progress: Progress) -> None:
        if progress.step == step and progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.run([folder], settings, notify=stop_at_second)
    pipeline.run([folder], settings)
    whole = settings.model_copy(update={"store": settings.store.with_name("whole")})
    pipeline.run([folder], whole)
    assert dump(settings) == dump(whole)


def test_a_broken_file_is_listed_and_tried_again_and_the_rest_is_read(folder: Path, settings: Settings):
    (folder / "broken.vtt").write_bytes(b"")
    first = pipeline.run([folder], settings)
    assert [Path(failure.source.split(":")[0]).name for failure in first.failures] == ["broken.vtt"]
    assert first.n_conversations == 4
    (folder / "broken.vtt").write_text("WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nPat: Is there an API?\n")
    second = pipeline.run([folder], settings)
    assert (second.failures, second.n_read, second.n_conversations) == ((), 1, 5)


def test_the_same_bytes_are_one_conversation_wherever_they_lie(folder: Path, settings: Settings):
    shutil.copy(folder / "sso.eml", folder / "copy of sso.eml")
    pipeline.run([folder], settings)
    (folder / "sso.eml").rename(folder / "moved.eml")
    (folder / "copy of sso.eml").unlink()
    assert pipeline.run([folder], settings).n_read == 0
    with Store(settings.store) as store:
        assert [Path(c.source).name for c in store.conversations() if c.kind == "email"] == ["moved.eml"]


def test_another_run_without_the_tables_keeps_what_they_said(folder: Path, settings: Settings, tmp_path: Path):
    (folder / "calls.csv").write_text("file,account,outcome\n2026-11-01_acme_buyer1.txt,Buyer One,won\n")
    pipeline.run([folder], settings)
    other = tmp_path / "other"
    other.mkdir()
    (other / "new.txt").write_text(CALL.replace("twenty", "thirty"))
    pipeline.run([other], settings)
    with Store(settings.store) as store:
        accounts = {conversation.metadata.account for conversation in store.conversations()}
    assert "Buyer One" in accounts


def test_a_report_of_an_empty_store_says_what_to_run(settings: Settings):
    with pytest.raises(StoreError, match="insights run"):
        pipeline.write_report(settings)


def test_a_path_that_is_not_there_is_an_error(settings: Settings, tmp_path: Path):
    with pytest.raises(UsageError, match="nowhere"):
        pipeline.run([tmp_path / "nowhere"], settings)


def test_a_run_killed_while_it_hears_calls_goes_on_from_the_last_one_heard(settings: Settings, tmp_path: Path):
    """SIGKILL, after one of three recordings: what was heard is kept, the rest is heard by the next run."""
    calls = sorted((Path(__file__).parents[1] / "sample_calls" / "calls").glob("*.wav"))[:3]
    folder = tmp_path / "calls"
    folder.mkdir()
    for number, call in enumerate(calls):
        (folder / f"{number}.mp3").write_bytes(transcripts.cut_clip(call, 0.0, 12.0))
    command = [sys.executable, "-m", "insights", "run", str(folder), "--store", str(settings.store)]
    with subprocess.Popen([*command], env={**os.environ, "INSIGHTS_WORKERS": "1"}) as running:
        while not heard(settings.store) and running.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(0.05)
        running.kill()
    before = heard(settings.store)
    assert 1 <= len(before) < 3
    assert pipeline.run([folder], settings).n_read == 3 - len(before)
    after = heard(settings.store)
    assert len(after) == 3
    assert before <= after


def heard(folder: Path) -> set[tuple[str, str]]:
    """The recordings in a store, with their transcripts."""
    if not (folder / "insights.db").is_file():
        return set()
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'insights.db'}?mode=ro", uri=True)) as connection:
        try:
            return set(connection.execute("SELECT id, body FROM conversations"))
        except sqlite3.OperationalError:  # the tables are not there yet
            return set()
