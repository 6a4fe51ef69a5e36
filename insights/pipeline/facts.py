"""What the backlog ranks themes by, counted with the same functions as the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo

from insights.backlog import Evidence, ThemeFacts
from insights.outputs.backlog import KINDS
from insights.outputs.findings import Findings, Mention, account_of, find_mentions
from insights.outputs.scene import follow_themes, set_scene
from insights.outputs.weeks import latest_week
from insights.types import Conversation, Theme, Trend

UNDECIDED = frozenset({"open", "lost"})  # outcomes of a deal that was not won


def facts_of(findings: Findings, zone: tzinfo) -> Iterator[ThemeFacts]:
    """The facts of every theme of questions and objections, over all that the store holds."""
    mentions = find_mentions(findings, zone)
    trends = _name_trends(findings, zone)
    for theme in findings.themes:
        heard = [mentions[signal_id] for signal_id in theme.signal_ids if signal_id in mentions]
        if heard:
            yield _count(theme, heard, findings, trends.get(theme.id, "too few to say"))


def _count(theme: Theme, heard: Sequence[Mention], findings: Findings, trend: Trend) -> ThemeFacts:
    labels = Counter(mention.signal.label for mention in heard if mention.signal.label)
    status_of = {answer.question_id: answer.status for answer in findings.answers}
    statuses = Counter(status_of.get(mention.signal.id, "") for mention in heard)
    threads = {mention.thread: mention.conversation for mention in heard}
    outcomes = Counter(conversation.metadata.outcome for conversation in threads.values())
    return ThemeFacts(
        theme=theme,
        label=min(labels, key=lambda label: (-labels[label], label), default=""),
        n_signals=len(heard),
        n_conversations=len(threads),
        n_accounts=len({mention.account for mention in heard}),
        total_accounts=len({account_of(conversation) for conversation in findings.conversations}),
        n_answered=statuses["answered"] + statuses["partly"] + statuses["deferred"],
        n_unanswered=statuses["unanswered"],
        n_undecided=sum(outcomes[outcome] for outcome in UNDECIDED),
        n_decided=outcomes["won"],
        amount=_undecided_amount(threads.values()),
        total_amount=_undecided_amount(findings.conversations),
        trend=trend,
        segments=_segments(heard),
        evidence=tuple(_evidence(mention, findings) for mention in heard),
    )


def _undecided_amount(conversations: Iterable[Conversation]) -> float:
    """The sum over deals that are open or lost, each once."""
    amounts = {
        one.metadata.deal_id: one.metadata.amount or 0.0
        for one in conversations
        if one.metadata.deal_id and one.metadata.outcome in UNDECIDED
    }
    return sum(amounts.values())


def _segments(heard: Iterable[Mention]) -> tuple[tuple[str, int], ...]:
    accounts = {(mention.conversation.metadata.segment, mention.account) for mention in heard}
    counts = Counter(segment for segment, _ in accounts if segment)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _evidence(mention: Mention, findings: Findings) -> Evidence:
    signal = mention.signal
    playable = findings.playable is None or mention.conversation.id in findings.playable
    return Evidence(signal.id, mention.account, signal.score, len(signal.text.split()), has_sound=playable)


def _name_trends(findings: Findings, zone: tzinfo) -> dict[str, Trend]:
    """The trend word of each theme as the report of the latest week says it; none where nothing is dated."""
    if all(conversation.started_at is None for conversation in findings.conversations):
        return {}
    scene = set_scene(findings, latest_week(findings.conversations, zone), zone)
    return {
        theme_id: movement.trend
        for kind in KINDS
        for theme_id, movement in follow_themes(findings.themes, kind, scene).items()
    }
