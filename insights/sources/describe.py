"""What the business knows of a conversation, from the side tables and the file's name."""

from __future__ import annotations

import os
import re
from dataclasses import fields, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from insights.errors import UsageError
from insights.sources.clocks import at_noon, parse_moment, to_utc
from insights.sources.deals import choose_deal, domain_of, find_by_account, find_by_address
from insights.sources.roles import assign_sides
from insights.sources.tables import CallRow, Deal, Tables
from insights.types import Conversation, Metadata

if TYPE_CHECKING:
    from insights.config import Settings

PART = re.compile(r"(.+?\.(?:mbox|csv|eml))#", re.IGNORECASE)


def describe(conversation: Conversation, tables: Tables, settings: Settings) -> Conversation:
    """Fill in metadata, participants' roles and the date, as far as anybody says.

    What the source itself says comes first, then calls.csv, then the deal, then the file's name. A date comes from the
    source, calls.csv or the file's name, never from the file's time stamp: copying or downloading sets that anew, and
    would put last year's calls into this week.
    """
    call = _find_call(conversation, tables) or CallRow(Metadata())
    named = _read_name(conversation, settings)
    account_in_name = _name_account(named, tables)
    started_at = conversation.started_at or parse_moment(call.started_at, settings.zone) or _read_date(named, settings)
    known = _fill(conversation.metadata, call.metadata)
    deal = _find_deal(known, account_in_name, conversation, tables, settings, started_at)
    metadata = _fill(known, deal.metadata if deal else Metadata())
    line = (("line", named["line"]),) if "line" in named else ()
    metadata = _fill(metadata, Metadata(account=account_in_name, rep=named.get("rep"), extra=line))
    return replace(
        conversation,
        started_at=started_at,
        metadata=metadata,
        consent=conversation.consent or call.consent,
        participants=assign_sides(
            conversation.participants,
            settings,
            reps=(metadata.rep, deal.metadata.rep if deal else None),
            customers=(call.customer, deal.contact_email if deal else ""),
        ),
    )


def _find_call(conversation: Conversation, tables: Tables) -> CallRow | None:
    """Find the row of a conversation's file: by its path, else by its name where only one row has it."""
    whole = conversation.source
    for source in dict.fromkeys((whole, _file_of(whole))):  # "box.mbox#3" may have its own row
        row = tables.calls_by_path.get(os.path.realpath(source))
        same_name = tables.calls_by_name.get(Path(source).name.lower(), ())
        if row or len(same_name) == 1:
            return row or same_name[0]
    return None


def _file_of(source: str) -> str:
    """Give the file that a source lies in: "box.mbox" of "box.mbox#3"."""
    part = PART.match(source)
    return part[1] if part else source


def _read_name(conversation: Conversation, settings: Settings) -> dict[str, str]:
    """Read date, time, rep and account from the file's name, by the settings' pattern."""
    stem = Path(_file_of(conversation.source)).stem
    try:
        match = re.search(settings.filename_pattern, stem)
    except re.error as error:
        raise UsageError(f"Setting 'filename_pattern' is no regular expression: {error}.") from error
    return {key: text for key, text in match.groupdict().items() if text} if match else {}


def _name_account(named: dict[str, str], tables: Tables) -> str | None:
    """Give the account in a file's name; a name with one part only may mean the account where the pattern says rep."""
    if "account" in named:
        return named["account"].replace("-", " ").strip()
    if find_by_account(tables.deals, named.get("rep", "")):
        return named.pop("rep").replace("-", " ").strip()
    return None


def _read_date(named: dict[str, str], settings: Settings) -> datetime | None:
    try:
        day = date.fromisoformat(named.get("date", ""))
    except ValueError:  # none, or the 31st of February
        return None
    clock = re.sub(r"\D", "", named.get("time", ""))
    hour, minute = int(clock[:2] or 0), int(clock[2:4] or 0)
    if len(clock) != 4 or hour > 23 or minute > 59:
        return at_noon(day, settings.zone)
    return to_utc(datetime.combine(day, time(hour, minute)), settings.zone)


def _find_deal(
    known: Metadata,
    account_in_name: str | None,
    conversation: Conversation,
    tables: Tables,
    settings: Settings,
    started_at: datetime | None,
) -> Deal | None:
    day = started_at.astimezone(settings.zone).date() if started_at else None
    if known.deal_id:
        return next((deal for deal in tables.deals if deal.metadata.deal_id == known.deal_id), None)
    ours = {domain.lower().lstrip("@") for domain in settings.our_domains}
    addresses = [person.email for person in conversation.participants if domain_of(person.email) not in ours]
    account = known.account or account_in_name
    found = find_by_account(tables.deals, account) if account else ()
    # An account that somebody named and no deal has is left alone: an address in cc must not overrule it.
    if not found and not known.account:
        found = find_by_address(tables.deals, addresses)
    return choose_deal(found, day)


def _fill(first: Metadata, second: Metadata) -> Metadata:
    """Take from `second` what `first` does not say."""
    texts = {
        entry.name: getattr(second, entry.name)
        for entry in fields(Metadata)
        if entry.name != "extra" and getattr(first, entry.name) is None
    }
    names = {name for name, _ in first.extra}
    extra = (*first.extra, *(pair for pair in second.extra if pair[0] not in names))
    return replace(first, **texts, extra=extra)
