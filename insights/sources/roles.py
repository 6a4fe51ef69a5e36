"""Which participants are our side and which the customer's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from insights.sources.deals import domain_of, load_freemail
from insights.types import Participant, Role

if TYPE_CHECKING:
    from insights.config import Settings


def assign_sides(
    participants: Sequence[Participant],
    settings: Settings,
    *,
    reps: Iterable[str | None],
    customers: Iterable[str],
) -> tuple[Participant, ...]:
    """Give each participant a role where something tells it; what the source says already stands.

    Ours are the settings' domains and names and those the tables name as rep. Others are customers by their address
    once a domain of ours is known, and by name where the tables name them, where the settings list our people and some
    are there, or where they are the only one left beside our rep.
    """
    our_names = {_fold(name) for name in (*settings.our_names, *filter(None, reps))}
    their_names = {_fold(name) for name in customers if name}
    our_domains = {domain.lower().lstrip("@") for domain in settings.our_domains}
    our_domains |= (
        {domain_of(person.email) for person in participants if person.role == "rep" or _is_named(person, our_names)}
        - load_freemail()
        - {""}
    )
    sided = [replace(person, role=_tell_side(person, our_names, their_names, our_domains)) for person in participants]
    is_list_complete = any(_is_named(person, {_fold(name) for name in settings.our_names}) for person in participants)
    is_pair = len(sided) == 2 and sum(person.role == "rep" for person in sided) == 1
    if is_list_complete or is_pair:
        sided = [replace(person, role="customer") if person.role == "unknown" else person for person in sided]
    return tuple(sided)


def _tell_side(person: Participant, our_names: set[str], their_names: set[str], our_domains: set[str]) -> Role:
    domain = domain_of(person.email)
    if person.role != "unknown":
        return person.role
    if any(domain == ours or domain.endswith(f".{ours}") for ours in our_domains):
        return "rep"
    if _is_named(person, their_names) or (domain and our_domains):
        return "customer"
    return "rep" if _is_named(person, our_names) else "unknown"


def _is_named(person: Participant, names: set[str]) -> bool:
    """Tell whether a person is among the names: in full, without "(Company)" behind it, or by address."""
    name = _fold(person.name.partition("(")[0])
    return bool(names & {_fold(person.name), name, person.email.lower()} - {""})


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())
