"""What is known of a theme when its idea is ranked."""

from __future__ import annotations

from dataclasses import dataclass

from insights.types import Theme, Trend


@dataclass(frozen=True, slots=True)
class Evidence:
    """A signal that speaks for an idea."""

    signal_id: str
    account: str
    score: float  # 0-1
    n_words: int
    has_sound: bool


@dataclass(frozen=True, slots=True)
class ThemeFacts:
    """Counts over all that the store holds; accounts are reach: accounts, else conversations."""

    theme: Theme
    label: str  # commonest label of its members: kind of question, type of objection; "" for topics
    n_signals: int
    n_conversations: int
    n_accounts: int
    total_accounts: int  # all that were met
    n_answered: int  # askings that were answered, partly or wholly, or deferred; questions only
    n_unanswered: int
    n_undecided: int  # conversations of deals that are open or lost
    n_decided: int  # conversations of deals that were won
    amount: float  # of the open and lost deals in which it came up
    total_amount: float  # of all open and lost deals
    trend: Trend
    segments: tuple[tuple[str, int], ...]  # (segment, accounts of it that say this), most first
    evidence: tuple[Evidence, ...]
