"""The weeks that are looked at, whom we met in them, what customers said, and how themes move over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import get_args

from insights.outputs.findings import Findings, Mention, account_of, find_mentions, thread_of
from insights.outputs.trends import Series, name_trends
from insights.outputs.weeks import monday, name_week, week_of, weeks_ending
from insights.types import Answer, Conversation, Outcome, OutcomeStatus, Phrase, Theme, ThemeKind, Trend


@dataclass(frozen=True, slots=True)
class Scene:
    """The weeks of a report, whom we met in them, and what customers said (in these weeks and all others)."""

    weeks: tuple[str, ...]
    conversations: tuple[int, ...]  # threads in each week
    accounts: tuple[int, ...]  # reach of each week
    mentions: Mapping[str, Mention]  # by signal id
    answers: Mapping[str, Answer]  # by question id
    outcomes: Mapping[str, Outcome]  # by objection id
    phrases: Mapping[tuple[str, str], tuple[Phrase, ...]]  # by kind and label

    @property
    def week(self) -> str:
        """The report's own week."""
        return self.weeks[-1]

    def members(self, theme: Theme) -> list[Mention]:
        """A theme's signals by customers, best first."""
        return [self.mentions[signal_id] for signal_id in theme.signal_ids if signal_id in self.mentions]


@dataclass(frozen=True, slots=True)
class Movement:
    """How far a theme reached in each week, and the word for it."""

    reach: tuple[int, ...]
    trend: Trend


def set_scene(findings: Findings, week: str, zone: tzinfo) -> Scene:
    """Join everything that is counted, for the weeks that end with this one."""
    weeks = weeks_ending(name_week(monday(week)))
    met: dict[str, list[Conversation]] = defaultdict(list)
    for conversation in findings.conversations:
        met[week_of(conversation.started_at, zone)].append(conversation)
    return Scene(
        weeks=weeks,
        conversations=tuple(len({thread_of(conversation) for conversation in met[one]}) for one in weeks),
        accounts=tuple(len({account_of(conversation) for conversation in met[one]}) for one in weeks),
        mentions=find_mentions(findings, zone),
        answers={answer.question_id: answer for answer in findings.answers},
        outcomes={outcome.objection_id: outcome for outcome in findings.outcomes},
        phrases=_by_label(findings.phrases),
    )


def _by_label(phrases: Iterable[Phrase]) -> dict[tuple[str, str], tuple[Phrase, ...]]:
    by_label: dict[tuple[str, str], list[Phrase]] = defaultdict(list)
    for phrase in phrases:
        by_label[phrase.kind, phrase.label].append(phrase)
    return {key: tuple(found) for key, found in by_label.items()}


def count_outcomes(mentions: Iterable[Mention], scene: Scene) -> tuple[tuple[OutcomeStatus, int], ...]:
    """What followed these objections: each status with how often, those that did not come up left out."""
    found = [scene.outcomes[one.signal.id].status for one in mentions if one.signal.id in scene.outcomes]
    return tuple((status, n) for status in get_args(OutcomeStatus) if (n := found.count(status)))


def follow_themes(themes: Iterable[Theme], kind: ThemeKind, scene: Scene) -> dict[str, Movement]:
    """Give the movement of each theme of a kind that was heard in these weeks, by theme id."""
    series = {theme.id: _count_reach(scene.members(theme), scene.weeks) for theme in themes if theme.kind == kind}
    heard = {theme_id: one for theme_id, one in series.items() if sum(one.reach)}
    trends = name_trends(heard, scene.accounts)
    return {theme_id: Movement(one.reach, trends[theme_id]) for theme_id, one in heard.items()}


def _count_reach(mentions: Iterable[Mention], weeks: Sequence[str]) -> Series:
    accounts: dict[str, set[str]] = defaultdict(set)
    for mention in mentions:
        accounts[mention.week].add(mention.account)
    heard_before = any("" < week < weeks[0] for week in accounts)
    return Series(tuple(len(accounts[week]) for week in weeks), heard_before)
