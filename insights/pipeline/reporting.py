"""From the store to what people read: the weekly report, the backlog, data frames, search."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote as quote_url

from insights import backlog, models, outputs, signals, themes, transcripts
from insights import store as stores
from insights.config import Settings
from insights.errors import SourceError, UsageError
from insights.outputs.findings import find_mentions
from insights.outputs.following import follow
from insights.pipeline.listing import people_said
from insights.pipeline.loading import find_sounds, load_findings, open_existing
from insights.pipeline.reading import transcribe_options
from insights.types import Idea, Quote, Report

if TYPE_CHECKING:
    from insights.store import Frames, Hit

BACKLOG_WRITERS: dict[str, Callable[[outputs.Backlog], bytes]] = {
    ".xlsx": outputs.backlog_to_xlsx,
    ".csv": lambda table: outputs.backlog_to_csv(table).encode("utf-8-sig"),  # Excel takes it for UTF-8 by the mark
    ".md": lambda table: outputs.backlog_to_markdown(table).encode(),
}
N_BRIEFS = 10  # ideas that get a first draft
BACKLOG_LINK = "backlog.xlsx"  # beside the report
CLIP_MARGIN_S = 0.4  # before the first and after the last word of a clip


def write_outputs(settings: Settings, week: str | None = None) -> tuple[Path, ...]:
    """Write the weekly report, the backlog in all its shapes and the first drafts; where they are, the report first."""
    folder = settings.store / "reports"
    backlog_files = [export_backlog(settings, folder / f"backlog{suffix}") for suffix in BACKLOG_WRITERS]
    return (*write_report(settings, week), *backlog_files, write_briefs(settings))


def write_report(settings: Settings, week: str | None = None) -> tuple[Path, ...]:
    """Write the report of a week ("2026-W45"), or of the latest, as HTML with sound and as Markdown.

    Raises UsageError where the week is no ISO week or the store holds no conversation with a date.
    """
    folder = settings.store / "reports"
    with open_existing(settings) as store:
        findings, sounds = load_findings(store), find_sounds(store)
        report = outputs.build_report(findings, week or "", zone=settings.zone, method=method_of(settings))
    folder.mkdir(parents=True, exist_ok=True)
    links = {conversation_id: _link(path, folder) for conversation_id, path in sounds.items()}
    clips = dict(_cut_clips(report, sounds))
    html, markdown = folder / f"report-{report.week}.html", folder / f"report-{report.week}.md"
    html.write_text(outputs.to_html(report, clips=clips, links=links, backlog=BACKLOG_LINK), encoding="utf-8")
    markdown.write_text(outputs.to_markdown(report, links=links, backlog=BACKLOG_LINK), encoding="utf-8")
    return html, markdown


def export_backlog(settings: Settings, path: Path) -> Path:
    """Write the backlog as its suffix says: .csv, .xlsx or .md."""
    if path.suffix not in BACKLOG_WRITERS:
        raise UsageError(f"A backlog is not written as '{path.suffix}'; name a file in {', '.join(BACKLOG_WRITERS)}.")
    with open_existing(settings) as store:
        table = outputs.build_backlog(load_findings(store), zone=settings.zone, method=method_of(settings))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(BACKLOG_WRITERS[path.suffix](table))
    return path


def write_briefs(settings: Settings) -> Path:
    """Write a first draft for each of the first ideas, in place of those of the last run; their folder."""
    folder = settings.store / "reports" / "briefs"
    folder.mkdir(parents=True, exist_ok=True)
    with open_existing(settings) as store:
        findings = load_findings(store)
    mentions = find_mentions(findings, settings.zone)
    answer_to = {answer.question_id: answer for answer in findings.answers}
    outcome_of = {outcome.objection_id: outcome for outcome in findings.outcomes}
    theme_of = {theme.id: theme for theme in findings.themes}
    phrases_by_idea = {row.idea.id: row.phrases for row in outputs.build_backlog(findings, zone=settings.zone).rows}
    for old in folder.glob("*.md"):
        old.unlink()
    for rank, idea in enumerate(findings.ideas[:N_BRIEFS], 1):
        evidence = [
            backlog.AnsweredQuote(mentions[signal_id].quote, answer_to.get(signal_id), outcome_of.get(signal_id))
            for signal_id in idea.evidence
        ]
        draft = backlog.brief(idea, theme_of[idea.theme_id], evidence, phrases_by_idea.get(idea.id, ()))
        (folder / f"{rank:02d}-{idea.theme_id}.md").write_text(draft, encoding="utf-8")
    return folder


def load_frames(settings: Settings) -> Frames:
    """The store as pandas data frames."""
    store = open_existing(settings)
    return stores.Frames(store, settings.zone, lambda columns: follow(load_findings(store), settings.zone, columns))


def load_ideas(settings: Settings) -> tuple[Idea, ...]:
    """The backlog, first idea first."""
    with open_existing(settings) as store:
        return store.ideas()


def search(settings: Settings, words: str, *, limit: int = 20) -> tuple[Hit, ...]:
    """Utterances that hold all the words, best first."""
    with open_existing(settings) as store:
        return stores.search(store, words, limit=limit)


def method_of(settings: Settings) -> tuple[tuple[str, str], ...]:
    """What made the findings, for the report's last section."""
    return (
        ("speech recognition", f"{models.label(settings.speech_model)}{_helped(settings)}, each channel by itself, "
                               "with voice activity detection"),
        ("questions and objections", f"{signals.VERSION}; scores from {settings.question_threshold:g} for questions, "
                                     f"{settings.objection_threshold:g} for objections"),
        *people_said(settings),
        ("themes", themes.VERSION),
        ("backlog", backlog.VERSION),
    )  # fmt: skip


def _helped(settings: Settings) -> str:
    helper = transcripts.helper_of(transcribe_options(settings))
    return f" (doubtful speech again with {helper})" if helper else ""


def _link(path: Path, folder: Path) -> str:
    """The place of a file relative to a folder, as a URL."""
    return quote_url(Path(os.path.relpath(path, folder)).as_posix())


def _cut_clips(report: Report, sounds: Mapping[str, Path]) -> Iterator[tuple[str, bytes]]:
    """The sound of the quotes that a report shows, by signal id; a recording that has become unreadable gives none."""
    for quote in _shown_quotes(report):
        path = sounds.get(quote.conversation_id)
        if path is None or quote.start_s is None or quote.end_s is None:
            continue
        try:
            start_s = max(quote.start_s - CLIP_MARGIN_S, 0.0)
            yield quote.signal_id, transcripts.cut_clip(path, start_s, quote.end_s + CLIP_MARGIN_S)
        except SourceError:
            continue


def _shown_quotes(report: Report) -> Iterator[Quote]:
    for shown in (*report.objections, *report.questions):
        yield from shown.quotes
    yield from report.unanswered
    yield from report.single_objections
    yield from report.listening
