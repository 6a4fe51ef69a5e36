"""Themes over weeks as rows: the reach of each, as a rate, overall and in each group of conversations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from insights.outputs.findings import Findings, account_of, find_mentions
from insights.outputs.groups import GROUPS, check_columns, group_of
from insights.outputs.rates import measure_rate
from insights.outputs.weeks import span_of, week_of
from insights.types import Conversation, Theme

ALL = "all"  # the column of rows that are of no group

Cell = tuple[str, str]  # a week and a group


@dataclass(frozen=True, slots=True)
class TrendRow:
    """The reach of one theme in one week and group."""

    theme_id: str
    kind: str
    label: str
    week: str
    column: str  # "all", or what the group is of: "segment"
    value: str  # the group: "HVAC"; "" for all
    n_accounts: int  # that said it; 0 is a zero
    n_of: int  # met; 0 is a missing week
    rate: float | None  # 0-1; None where nobody was met
    low: float | None  # 95 % interval
    high: float | None


def follow(findings: Findings, zone: tzinfo, columns: Sequence[str] = GROUPS) -> Iterator[TrendRow]:
    """Give a row for every theme, week from the first to the last, and group; overall first, then by column.

    Only customers count, accounts (else conversations) once a week and group, as in the report.
    """
    check_columns(columns, findings.conversations)
    mentions = find_mentions(findings, zone)
    weeks = span_of({week for one in findings.conversations if (week := week_of(one.started_at, zone))})
    for column in (ALL, *columns):
        met: dict[Cell, set[str]] = defaultdict(set)
        for conversation in findings.conversations:
            met[week_of(conversation.started_at, zone), _group(conversation, column)].add(account_of(conversation))
        values = sorted({value for week, value in met if week and (value or column == ALL)})
        for theme in findings.themes:
            said: dict[Cell, set[str]] = defaultdict(set)
            for one in (mentions[signal_id] for signal_id in theme.signal_ids if signal_id in mentions):
                said[one.week, _group(one.conversation, column)].add(one.account)
            for cell in ((week, value) for value in values for week in weeks):
                yield _make_row(theme, column, cell, (len(said.get(cell, ())), len(met.get(cell, ()))))


def _group(conversation: Conversation, column: str) -> str:
    return "" if column == ALL else group_of(conversation, column)


def _make_row(theme: Theme, column: str, cell: Cell, counts: tuple[int, int]) -> TrendRow:
    rate = measure_rate(*counts)
    interval = (rate.share, rate.low, rate.high) if rate else (None, None, None)
    return TrendRow(theme.id, theme.kind, theme.label, cell[0], column, cell[1], *counts, *interval)
