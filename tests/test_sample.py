"""The demo, whole: what the scripts planted comes out of the real audio and the real mail, and nothing else does."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

import insights
from insights.store import Store, check_quotes

SAMPLES = Path(__file__).parents[1] / "sample_calls"
pytestmark = pytest.mark.model


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9']+", text.lower()))


@pytest.fixture(scope="module")
def said() -> dict[str, set[str]]:
    """By call, every word of its script."""
    rows = (SAMPLES / "gold" / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    calls = [json.loads(row) for row in rows]
    return {call["conversation_id"]: set().union(*(words(turn["text"]) for turn in call["turns"])) for call in calls}


def test_every_stored_quote_equals_its_span_in_its_source(sample_store: Path):
    with Store(sample_store) as store:
        signals, utterances, conversations = store.signals(), store.utterances(), store.conversations()
    check_quotes(utterances, signals)
    sources = {one.id: " ".join(" ".join(segment.text for segment in one.segments).split()) for one in conversations}
    assert len(signals) > 80
    for utterance in utterances:
        assert " ".join(utterance.text.split()) in sources[utterance.conversation_id]


def test_the_transcripts_are_of_the_sample_audio(sample_store: Path, said: dict[str, set[str]]):
    """Nine of ten words that were heard stand in the script of that call."""
    with Store(sample_store) as store:
        calls = {Path(one.source).stem: one for one in store.conversations() if one.kind == "call"}
    assert set(said) <= set(calls)
    for stem, script in said.items():
        heard = [word for segment in calls[stem].segments for word in re.findall(r"[a-z0-9']+", segment.text.lower())]
        assert sum(word in script for word in heard) / len(heard) > 0.9, stem


def test_the_top_objections_are_those_that_were_planted(sample_store: Path):
    """Price is planted most, the season widely; the new one about AI is a theme as well."""
    frames = insights.open(sample_store)
    objections = frames.signals[frames.signals.kind == "objection"]
    reach = frames.themes[frames.themes.kind == "objection"].nlargest(6, "n_accounts")
    top = {theme_id: " ".join(objections[objections.theme_id == theme_id].text).lower() for theme_id in reach.id}
    for planted in (r"\$|dollars", r"heating season|winter|december"):
        assert any(len(re.findall(planted, text)) >= 2 for text in top.values()), planted
    texts = objections.groupby("theme_id").text.apply(" ".join).str.lower()
    assert any(len(re.findall(r"\bai\b|model|training on", text)) >= 2 for text in texts)


def test_the_new_objection_is_not_heard_before_its_week(sample_store: Path):
    frames = insights.open(sample_store)
    about_ai = frames.signals[
        (frames.signals.kind == "objection")
        & frames.signals.text.str.contains(r"\bAI\b|train(?:s|ed|ing) on", regex=True)
    ]
    weeks = frames.conversations.set_index("id").week.loc[about_ai.conversation_id]
    assert len(weeks) >= 2
    assert set(weeks) <= {"2026-W44", "2026-W45"}


def test_a_question_counts_once_in_a_thread(sample_store: Path):
    """What a later mail quotes of an earlier one is not asked again."""
    frames = insights.open(sample_store)
    questions = frames.signals[frames.signals.kind == "question"].merge(
        frames.conversations[["id", "thread_id", "kind"]], left_on="conversation_id", right_on="id", suffixes=("", "_c")
    )
    mailed = questions[questions.kind_c == "email"]
    assert len(mailed) > 20
    assert not mailed.duplicated(["thread_id", "text"]).any()


def test_the_voicemail_in_a_mail_is_heard(sample_store: Path):
    with Store(sample_store) as store:
        (voicemail,) = [one for one in store.conversations() if one.kind == "voicemail"]
    assert voicemail.duration_s == pytest.approx(31, abs=2)
    assert len(voicemail.segments) > 1


def test_meetings_known_by_their_captions_only_cannot_be_played(sample_store: Path):
    from insights.pipeline.loading import load_findings

    with Store(sample_store) as store:
        findings = load_findings(store)
    kinds = {one.kind for one in findings.conversations if one.id in (findings.playable or ())}
    assert kinds == {"call", "voicemail"}


def test_the_report_shows_only_words_that_were_said(sample_store: Path):
    """Each quote on the page is a stored signal, to the letter."""
    with Store(sample_store) as store:
        known = {" ".join(signal.text.split()) for signal in store.signals()}
    (page,) = (sample_store / "reports").glob("report-*.html")
    text = page.read_text(encoding="utf-8")
    quotes = re.findall(r"<blockquote>(.*?)</blockquote>", text, re.DOTALL)
    assert len(quotes) > 10
    for quote in quotes:
        plain = " ".join(html.unescape(re.sub(r"<[^>]+>", "", quote)).split())
        shown = plain.removeprefix("“").split("”")[0]
        assert any(text.startswith(shown) for text in known), plain
    assert 'src="data:audio/mpeg;base64,' in text


def test_the_first_ideas_have_drafts_of_customers_and_reps_words(sample_store: Path):
    with Store(sample_store) as store:
        known = {" ".join(one.text.split()) for one in (*store.signals(), *store.answers(), *store.outcomes())}
    drafts = sorted((sample_store / "reports" / "briefs").glob("*.md"))
    assert len(drafts) == 10
    for draft in drafts:
        quoted = re.findall(r"^> (.+)\n>\n", draft.read_text(encoding="utf-8"), re.MULTILINE)
        assert quoted
        assert set(quoted) <= known


def test_customers_words_are_told_from_reps_words_on_stereo_calls(sample_store: Path):
    frames = insights.open(sample_store)
    spoken = frames.utterances[frames.utterances.speaker.isin(["left", "right"])]
    assert set(spoken[spoken.speaker == "left"].role) == {"rep"}
    assert set(spoken[spoken.speaker == "right"].role) == {"customer"}
