"""ISO weeks as text ("2026-W45"): they begin on Monday 00:00 in the configured time zone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from insights.errors import UsageError
from insights.types import Conversation

WEEK = re.compile(r"(\d{4})-?W(\d{1,2})")
N_WEEKS = 6  # shown in a trend, the report's own week included
N_HISTORY = 26  # half a year, in which a theme is new or not


def week_of(moment: datetime | None, zone: tzinfo) -> str:
    """Name the ISO week of a moment in this time zone; "" where there is no moment."""
    return name_week(moment.astimezone(zone).date()) if moment else ""


def name_week(day: date) -> str:
    """Name the ISO week that a day lies in.

    >>> name_week(date(2027, 1, 1))
    '2026-W53'
    """
    year, number, _ = day.isocalendar()
    return f"{year:04d}-W{number:02d}"


def monday(week: str) -> date:
    """Give the first day of a week; raises UsageError where there is no such week."""
    match = WEEK.fullmatch(week)
    if not match:
        raise UsageError(f"'{week}' is not a week. Write it like 2026-W45.")
    year, number = int(match[1]), int(match[2])
    try:
        return date.fromisocalendar(year, number, 1)
    except ValueError as error:
        raise UsageError(f"There is no week {number} in {year}. Write weeks like 2026-W45.") from error


def span_of(weeks: Iterable[str]) -> tuple[str, ...]:
    """All weeks from the first to the last of these, those between included."""
    days = sorted(map(monday, weeks))
    if not days:
        return ()
    return tuple(name_week(days[0] + timedelta(weeks=n)) for n in range((days[-1] - days[0]).days // 7 + 1))


def weeks_ending(week: str, n: int = N_WEEKS) -> tuple[str, ...]:
    """List the n weeks that end with this one, oldest first."""
    last = monday(week)
    return tuple(name_week(last - timedelta(weeks=back)) for back in reversed(range(n)))


def latest_week(conversations: Iterable[Conversation], zone: tzinfo) -> str:
    """Name the last week with a conversation; raises UsageError where none is dated."""
    started = [conversation.started_at for conversation in conversations if conversation.started_at]
    if not started:
        raise UsageError(
            "No conversation has a date, so there is no week to report on. "
            "Give dates in calls.csv, or in file names like 2026-11-03_1030_rep_account.wav."
        )
    return week_of(max(started), zone)
