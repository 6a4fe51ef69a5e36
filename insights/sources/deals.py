"""Which deal a conversation belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from insights.sources.tables import Deal

LEGAL_FORMS = frozenset({"ag", "bv", "co", "company", "corp", "gmbh", "inc", "llc", "ltd", "plc", "sa", "sarl", "the"})


@cache
def load_freemail() -> frozenset[str]:
    """Read the mail domains that belong to nobody's company."""
    return frozenset(files("insights.sources").joinpath("freemail.txt").read_text(encoding="utf-8").split())


@cache
def normalise_account(name: str) -> str:
    """Spell an account so that "Kestrel Heating & Air, Inc." and "kestrel-heating-air" are one."""
    words = re.sub(r"[\W_]+", " ", name.casefold().replace("'", "").replace("’", "")).split()
    kept = [word for word in words if word not in LEGAL_FORMS and word != "and"]
    return " ".join(kept or words)


def domain_of(address: str) -> str:
    """Give what stands after the @ of an address, lower case; empty if there is none."""
    return address.rpartition("@")[2].strip(" >").lower() if "@" in address else ""


def find_by_account(deals: Iterable[Deal], account: str) -> tuple[Deal, ...]:
    """Find the deals of an account, also by the first words of its name where only one account begins so."""
    wanted = normalise_account(account)
    named = [(normalise_account(deal.metadata.account or ""), deal) for deal in deals]
    exact = tuple(deal for name, deal in named if wanted and name == wanted)
    if exact or not wanted:
        return exact
    longer = [(name, deal) for name, deal in named if name.startswith(f"{wanted} ")]
    return tuple(deal for _, deal in longer) if len({name for name, _ in longer}) == 1 else ()


def find_by_address(deals: Sequence[Deal], addresses: Iterable[str]) -> tuple[Deal, ...]:
    """Find the deals of one account by a contact's address, else by its mail domain if that is the account's own."""
    wanted = {address.lower() for address in addresses if address}
    exact = _of_one_account(deal for deal in deals if deal.contact_email in wanted)
    if exact:
        return exact
    domains = {domain_of(address) for address in wanted} - load_freemail() - {""}
    return _of_one_account(deal for deal in deals if domain_of(deal.contact_email) in domains)


def _of_one_account(deals: Iterable[Deal]) -> tuple[Deal, ...]:
    found = tuple(deals)
    return found if len({normalise_account(deal.metadata.account or "") for deal in found}) == 1 else ()


def choose_deal(deals: Sequence[Deal], day: date | None) -> Deal | None:
    """Of an account's deals take the one open on the day, the latest opened if several are, or if none is."""
    if not deals:
        return None
    open_then = [deal for deal in deals if day and _is_open(deal, day)]
    return max(open_then or deals, key=lambda deal: deal.opened_on or date.min)


def _is_open(deal: Deal, day: date) -> bool:
    return (deal.opened_on or date.min) <= day <= (deal.closed_on or date.max)
