"""The weeks that are looked at, whom we met in them, what customers said, and how themes move over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import get_args

from insights.outputs.findings import Findings, Mention, account_of, find_mentions, thread_of
from insights.outputs.rates import measure_rate
from insights.outputs.trends import Series, name_trends
from insights.outputs.weeks import N_HISTORY, monday, name_week, week_of, weeks_ending
from insights.types import Answer, Conversation, Outcome, OutcomeStatus, Phrase, Rate, Theme, ThemeKind, Trend


@dataclass(frozen=True, slots=True)
class Scene:
    """The weeks of a report, whom we met in them, and what customers said (in these weeks and all others)."""

    weeks: tuple[str, ...]
    conversations: tuple[int, ...]  # threads in each week
    met: Mapping[str, frozenset[str]]  # accounts of each week, the weeks before these included
    mentions: Mapping[str, Mention]  # by signal id
    answers: Mapping[str, Answer]  # by question id
    outcomes: Mapping[str, Outcome]  # by objection id
    phrases: Mapping[tuple[str, str], tuple[Phrase, ...]]  # by kind and label

    @property
    def week(self) -> str:
        """The report's own week."""
        return self.weeks[-1]

    @property
    def accounts(self) -> tuple[int, ...]:
        """How many accounts were met in each week."""
        return tuple(len(self.met.get(week, ())) for week in self.weeks)

    @property
    def history(self) -> tuple[str, ...]:
        """The weeks against which a theme is new, oldest first, up to the report's own."""
        return weeks_ending(self.week, N_HISTORY)

    def members(self, theme: Theme) -> list[Mention]:
        """A theme's signals by customers, best first."""
        return [self.mentions[signal_id] for signal_id in theme.signal_ids if signal_id in self.mentions]


@dataclass(frozen=True, slots=True)
class Movement:
    """How far a theme reached in each week, and the word for it."""

    reach: tuple[int, ...]
    trend: Trend
    rates: tuple[Rate | None, ...]  # None: nobody was met


def set_scene(findings: Findings, week: str, zone: tzinfo) -> Scene:
    """Join everything that is counted, for the weeks that end with this one."""
    weeks = weeks_ending(name_week(monday(week)))
    met: dict[str, list[Conversation]] = defaultdict(list)
    for conversation in findings.conversations:
        met[week_of(conversation.started_at, zone)].append(conversation)
    return Scene(
        weeks=weeks,
        conversations=tuple(len({thread_of(conversation) for conversation in met[one]}) for one in weeks),
        met={one: frozenset(map(account_of, conversations)) for one, conversations in met.items()},
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
    series = {theme.id: _count_reach(scene.members(theme), scene) for theme in themes if theme.kind == kind}
    heard = {theme_id: one for theme_id, one in series.items() if any(one.last(len(scene.weeks)))}
    trends = name_trends(heard, [scene.met.get(week, frozenset()) for week in scene.history])
    return {theme_id: _move(one, trends[theme_id], scene) for theme_id, one in heard.items()}


def _move(series: Series, trend: Trend, scene: Scene) -> Movement:
    reach = series.reach[-len(scene.weeks) :]
    return Movement(reach, trend, tuple(map(measure_rate, reach, scene.accounts)))


def _count_reach(mentions: Iterable[Mention], scene: Scene) -> Series:
    said: dict[str, set[str]] = defaultdict(set)
    for mention in mentions:
        said[mention.week].add(mention.account)
    weeks = scene.history
    heard_before = any("" < week < weeks[0] for week in said)
    return Series(tuple(frozenset(said[week]) for week in weeks), heard_before)
