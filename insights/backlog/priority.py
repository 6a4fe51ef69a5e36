"""How soon an idea should be made, with its reasons.

    priority = reach + deals + momentum + open + sureness                      (0 to 100)

    reach     40 · ln(1 + accounts) / ln(1 + all accounts)     the first accounts count most
    deals     20 · amount of open and lost deals it came up in / amount of all open and lost deals
    momentum  15 · by trend: new and rising 1, steady 0.5, too few to say 0.25, fading 0
    open      15 · (u + 1) / (n + 2)      u of n askings unanswered; objections: u of n conversations in deals not won
    sureness  10 · stability of the theme

(u + 1) / (n + 2) is Laplace's rule of succession: one unanswered question of one is no certainty. The weights are ours,
in weights.toml: a starting point to be argued with, not a measurement.
"""

from __future__ import annotations

import math
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from insights.backlog.facts import ThemeFacts
from insights.types import Factor


@cache
def load_weights() -> dict[str, Any]:
    """The weights by factor."""
    return tomllib.loads(files("insights.backlog").joinpath("weights.toml").read_text("utf-8"))


def weigh(facts: ThemeFacts) -> tuple[Factor, ...]:
    """The factors of a theme's priority, by the formulas above."""
    return (_reach(facts), _deals(facts), _momentum(facts), _open(facts), _sureness(facts))


def _factor(name: str, value: float, share: float, note: str) -> Factor:
    return Factor(name, value, round(load_weights()[name] * share, 2), note)


def _reach(facts: ThemeFacts) -> Factor:
    share = math.log1p(facts.n_accounts) / math.log1p(facts.total_accounts) if facts.total_accounts else 0.0
    return _factor("reach", facts.n_accounts, share, f"{facts.n_accounts} of {facts.total_accounts} accounts")


def _deals(facts: ThemeFacts) -> Factor:
    share = facts.amount / facts.total_amount if facts.total_amount else 0.0
    note = f"{facts.amount:,.0f} of {facts.total_amount:,.0f} in open and lost deals" if share else "no deal known"
    return _factor("deals", facts.amount, share, note)


def _momentum(facts: ThemeFacts) -> Factor:
    share = load_weights()["momentum_of_trend"][facts.trend]
    return _factor("momentum", share, share, f"trend: {facts.trend}")


def _open(facts: ThemeFacts) -> Factor:
    if facts.theme.kind == "question":
        n_open, n = facts.n_unanswered, facts.n_answered + facts.n_unanswered
        note = f"{n_open} of {n} askings unanswered"
    else:
        n_open, n = facts.n_undecided, facts.n_undecided + facts.n_decided
        note = f"{n_open} of {n} conversations in deals not won"
    return _factor("open", n_open, (n_open + 1) / (n + 2), note)


def _sureness(facts: ThemeFacts) -> Factor:
    stability = facts.theme.stability
    return _factor("sureness", stability, stability, f"{stability:.0%} stable as a group")
