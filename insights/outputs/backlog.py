"""The content backlog as rows: each idea with its counts over all weeks and its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from insights.outputs.findings import Findings, Mention
from insights.outputs.report import COUNTING_METHOD
from insights.outputs.scene import Scene, follow_themes, set_scene
from insights.outputs.weeks import latest_week
from insights.types import Idea, Quote, Theme, ThemeKind, Trend

KINDS: tuple[ThemeKind, ...] = ("objection", "question")
NO_WEEK = "0001-W10"  # where nothing is dated: a window that holds no conversation


@dataclass(frozen=True, slots=True)
class BacklogRow:
    """An idea with what it rests on, counted over all weeks."""

    rank: int
    idea: Idea
    theme_label: str  # "" where the theme is no more
    canonical: str
    n_accounts: int
    n_conversations: int
    n_asked: int
    n_unanswered: int
    trend: Trend
    evidence: tuple[Quote, ...]  # best first


@dataclass(frozen=True, slots=True)
class Backlog:
    """All ideas by priority, and how they were counted."""

    rows: tuple[BacklogRow, ...]
    method: tuple[tuple[str, str], ...]


def build_backlog(
    findings: Findings, week: str = "", *, zone: tzinfo = UTC, method: Sequence[tuple[str, str]] = ()
) -> Backlog:
    """Put the ideas in order with their counts; trend words are those of the report of this week (default: latest)."""
    dated = any(conversation.started_at for conversation in findings.conversations)
    scene = set_scene(findings, week or (latest_week(findings.conversations, zone) if dated else NO_WEEK), zone)
    trends: dict[str, Trend] = {
        theme_id: movement.trend
        for kind in KINDS
        for theme_id, movement in follow_themes(findings.themes, kind, scene).items()
    }
    themes = {theme.id: theme for theme in findings.themes}
    ideas = sorted(findings.ideas, key=lambda idea: (-idea.priority, idea.id))
    rows = tuple(
        _make_row(rank, idea, themes.get(idea.theme_id), trends.get(idea.theme_id, "too few to say"), scene)
        for rank, idea in enumerate(ideas, start=1)
    )
    return Backlog(rows, (*method, ("weeks", "Counts are over all weeks."), *COUNTING_METHOD))


def _make_row(rank: int, idea: Idea, theme: Theme | None, trend: Trend, scene: Scene) -> BacklogRow:
    mentions = scene.members(theme) if theme else []
    return BacklogRow(
        rank=rank,
        idea=idea,
        theme_label=theme.label if theme else "",
        canonical=theme.canonical if theme else "",
        n_accounts=len({mention.account for mention in mentions}),
        n_conversations=len({mention.thread for mention in mentions}),
        n_asked=len(mentions),
        n_unanswered=sum(_is_unanswered(mention, scene) for mention in mentions),
        trend=trend,
        evidence=_gather_evidence(idea, mentions, scene),
    )


def _is_unanswered(mention: Mention, scene: Scene) -> bool:
    answer = scene.answers.get(mention.signal.id)
    return answer is not None and answer.status == "unanswered"


def _gather_evidence(idea: Idea, mentions: Sequence[Mention], scene: Scene) -> tuple[Quote, ...]:
    """List the idea's own evidence, then the rest of its theme."""
    chosen = [scene.mentions[signal_id] for signal_id in idea.evidence if signal_id in scene.mentions]
    by_id = {mention.signal.id: mention.quote for mention in (*chosen, *mentions)}
    return tuple(by_id.values())
