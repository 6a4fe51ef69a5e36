"""Times and moments as sources write them."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?")
MIN_EPOCH_S = 10**8  # 1973: smaller numbers are no moments
MIN_EPOCH_MS = 10**11  # from here on the number counts milliseconds
MAX_EPOCH_MS = 10**13  # the year 2286
NOON = time(12)  # for a date without a time: the same date in nearly every zone


def parse_time(value: object, unit_s: float = 1.0) -> float | None:
    """Read seconds from a number in units of `unit_s` or from "1:02:03.5"; None where it is neither."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _finite(value, unit_s)
    text = str(value).strip().removesuffix("s")
    clock = CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds, fraction = clock.groups(default="0")
        return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")
    if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,15})?", text):
        return _finite(float(text), unit_s)
    return None


def _finite(number: float, unit_s: float) -> float | None:
    # An int of hundreds of digits has no float; comparing it is safe.
    if not -1e15 < number < 1e15 or math.isnan(number):
        return None
    return float(number) * unit_s


def parse_moment(value: object, zone: ZoneInfo) -> datetime | None:
    """Read a moment in UTC from ISO 8601 text or seconds or milliseconds since 1970; None where it is neither.

    Text without an offset is local to `zone`; a date alone means its noon.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_epoch(value)
    text = str(value).strip()
    if not 8 <= len(text) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) <= len("2026-10-06"):
        return at_noon(moment.date(), zone)
    return to_utc(moment, zone)


def at_noon(day: date, zone: ZoneInfo) -> datetime | None:
    """Give noon of a day in `zone`, as UTC."""
    return to_utc(datetime.combine(day, NOON), zone)


def to_utc(moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Turn a moment to UTC, a naive one being local to `zone`; None at the edges of the calendar."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        return aware.astimezone(UTC)
    except OverflowError:  # the years 1 and 9999
        return None


def _from_epoch(number: float) -> datetime | None:
    if not MIN_EPOCH_S <= number < MAX_EPOCH_MS:
        return None
    return datetime.fromtimestamp(number / 1000 if number >= MIN_EPOCH_MS else number, UTC)
