"""The content backlog as rows: each idea with its counts over all weeks and its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from insights.outputs.findings import Findings, Mention, account_of
from insights.outputs.rates import measure_rate
from insights.outputs.report import COUNTING_METHOD
from insights.outputs.scene import Movement, Scene, count_outcomes, follow_themes, set_scene
from insights.outputs.weeks import latest_week
from insights.types import Idea, OutcomeStatus, Phrase, Quote, Rate, SubTheme, Theme, ThemeKind, Trend

KINDS: tuple[ThemeKind, ...] = ("objection", "question")
N_PHRASES = 5
N_PRAISE = 3  # shown with an idea for a testimonial
MIN_QUOTABILITY = 0.5
FOLLOWING_METHOD = (
    ("what followed", "Found by rules and a small classifier; where it is not sure, it says not known."),
    ("as customers say it", "Words of a type of objection or kind of question, said in three conversations or more, "
                            "and there more than elsewhere (weighted log-odds ratio, z of 1.96 or more)."),
    ("quotability", "0 to 1: length, whether the words stand alone and name what is praised, the detector's "
                    "confidence. Ask before you quote anybody."),
)  # fmt: skip
NO_WEEK = "0002-W10"  # where nothing is dated: a window that holds no conversation


@dataclass(frozen=True, slots=True)
class RatedQuote:
    """A customer's praise, and how well it could be quoted."""

    quote: Quote
    quotability: float  # 0-1
    reasons: tuple[str, ...]  # what speaks against quoting it


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
    outcomes: tuple[tuple[OutcomeStatus, int], ...] = ()  # what followed, objections only
    phrases: tuple[Phrase, ...] = ()  # of its commonest label, the most distinctive first
    praise: tuple[RatedQuote, ...] = ()  # for testimonials, the best to quote first, each account once
    reach: Rate | None = None  # of all accounts ever met
    rates: tuple[Rate | None, ...] = ()  # of each of the last weeks, as in the report; empty if not heard in them
    parts: tuple[SubTheme, ...] = ()  # of its theme, largest first


@dataclass(frozen=True, slots=True)
class Backlog:
    """All ideas by priority, and how they were counted."""

    rows: tuple[BacklogRow, ...]
    weeks: tuple[str, ...]  # of the rates, oldest first
    method: tuple[tuple[str, str], ...]
    praise: tuple[RatedQuote, ...] = ()  # all of it, the best to quote first
    followed: Mapping[str, str] = field(default_factory=dict)  # by signal id, what followed it in its conversation


def build_backlog(
    findings: Findings, week: str = "", *, zone: tzinfo = UTC, method: Sequence[tuple[str, str]] = ()
) -> Backlog:
    """Put the ideas in order with their counts; trend words are those of the report of this week (default: latest)."""
    dated = any(conversation.started_at for conversation in findings.conversations)
    scene = set_scene(findings, week or (latest_week(findings.conversations, zone) if dated else NO_WEEK), zone)
    movements = {
        theme_id: movement
        for kind in KINDS
        for theme_id, movement in follow_themes(findings.themes, kind, scene).items()
    }
    n_met = len({account_of(conversation) for conversation in findings.conversations})
    themes = {theme.id: theme for theme in findings.themes}
    ideas = sorted(findings.ideas, key=lambda idea: (-idea.priority, idea.id))
    praise = tuple(_rate_quotes(findings, scene))
    rows = tuple(
        _add_rates(_make_row(rank, idea, themes.get(idea.theme_id), scene), movements.get(idea.theme_id), n_met)
        for rank, idea in enumerate(ideas, start=1)
    )
    return Backlog(
        tuple(replace(row, praise=_best_praise(praise)) if row.idea.format == "testimonial" else row for row in rows),
        scene.weeks if dated else (),
        (*method, ("weeks", "Counts are over all weeks."), *COUNTING_METHOD, *FOLLOWING_METHOD),
        praise,
        {
            **{answer.question_id: answer.status for answer in findings.answers},
            **{outcome.objection_id: outcome.status for outcome in findings.outcomes},
        },
    )


def _rate_quotes(findings: Findings, scene: Scene) -> Iterator[RatedQuote]:
    """Customers' praise, the best to quote first; what cannot be quoted at all is left out."""
    for one in findings.quotabilities:
        if one.score > 0 and one.praise_id in scene.mentions:
            yield RatedQuote(scene.mentions[one.praise_id].quote, one.score, one.reasons)


def _best_praise(praise: Iterable[RatedQuote]) -> tuple[RatedQuote, ...]:
    """The first few that are good enough, each account once."""
    chosen: dict[str, RatedQuote] = {}
    for one in praise:
        if one.quotability >= MIN_QUOTABILITY:
            chosen.setdefault(one.quote.account or one.quote.conversation_id, one)
    return tuple(chosen.values())[:N_PRAISE]


def _make_row(rank: int, idea: Idea, theme: Theme | None, scene: Scene) -> BacklogRow:
    mentions = scene.members(theme) if theme else []
    labels = Counter(mention.signal.label for mention in mentions if mention.signal.label)
    label = min(labels, key=lambda name: (-labels[name], name), default="")
    return BacklogRow(
        rank=rank,
        idea=idea,
        theme_label=theme.label if theme else "",
        canonical=theme.canonical if theme else "",
        n_accounts=len({mention.account for mention in mentions}),
        n_conversations=len({mention.thread for mention in mentions}),
        n_asked=len(mentions),
        n_unanswered=sum(_is_unanswered(mention, scene) for mention in mentions),
        trend="too few to say",
        evidence=_gather_evidence(idea, mentions, scene),
        outcomes=count_outcomes(mentions, scene),
        phrases=scene.phrases.get((theme.kind, label), ())[:N_PHRASES] if theme else (),
        parts=theme.sub_themes if theme else (),
    )


def _add_rates(row: BacklogRow, movement: Movement | None, n_met: int) -> BacklogRow:
    """Say how far the theme reaches over all weeks, and how it moves in the last ones, if it was heard there."""
    row = replace(row, reach=measure_rate(row.n_accounts, n_met))
    return replace(row, trend=movement.trend, rates=movement.rates) if movement else row


def _is_unanswered(mention: Mention, scene: Scene) -> bool:
    answer = scene.answers.get(mention.signal.id)
    return answer is not None and answer.status == "unanswered"


def _gather_evidence(idea: Idea, mentions: Sequence[Mention], scene: Scene) -> tuple[Quote, ...]:
    """List the idea's own evidence, then the rest of its theme."""
    chosen = [scene.mentions[signal_id] for signal_id in idea.evidence if signal_id in scene.mentions]
    by_id = {mention.signal.id: mention.quote for mention in (*chosen, *mentions)}
    return tuple(by_id.values())
