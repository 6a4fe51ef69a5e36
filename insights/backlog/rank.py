"""One idea a theme: which format and why, how soon, for whom, on what evidence."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from insights.backlog.facts import Evidence, ThemeFacts
from insights.backlog.priority import weigh
from insights.types import Idea, IdeaFormat, Theme

MIN_ACCOUNTS_FOR_AUDIENCE = 3
GOOD_LENGTH = range(6, 36)  # words of a quote that stands by itself and is soon read
TITLES: dict[IdeaFormat, str] = {
    "faq": "FAQ: {words}",
    "e-mail template": "E-mail template in reply to {words}",
    "white paper": "White paper on {words}",
    "battle card": "Battle card for {words}",
    "case study": "Case study of a customer who got past {words}",
    "testimonial": "Testimonial against {words}",
    "blog post": "Blog post around {words}",
}


def rank(facts: Iterable[ThemeFacts]) -> tuple[Idea, ...]:
    """One idea for each theme, highest priority first; ties in the order of theme ids."""
    ideas = (_make_idea(one) for one in facts)
    return tuple(sorted(ideas, key=lambda idea: (-idea.priority, idea.theme_id)))


def _make_idea(facts: ThemeFacts) -> Idea:
    format_, reason = choose_format(facts)
    factors = weigh(facts)
    return Idea(
        id="I-" + hashlib.sha256(facts.theme.id.encode()).hexdigest()[:8],
        theme_id=facts.theme.id,
        format=format_,
        format_reason=reason,
        title=TITLES[format_].format(words=_name(facts.theme)),
        priority=round(sum(factor.points for factor in factors), 1),
        factors=factors,
        evidence=tuple(order_evidence(facts.evidence)),
        audience=_name_audience(facts),
    )


@cache
def load_rules() -> tuple[dict[str, Any], ...]:
    """The rules of formats.toml, in order."""
    return tuple(tomllib.loads(files("insights.backlog").joinpath("formats.toml").read_text("utf-8"))["rule"])


def choose_format(facts: ThemeFacts) -> tuple[IdeaFormat, str]:
    """The format of the first rule that fits, and why, with its numbers."""
    rule = next(rule for rule in load_rules() if _fits(rule, facts))
    reason = rule["reason"].format(
        n_accounts=facts.n_accounts,
        total_accounts=facts.total_accounts,
        n_signals=facts.n_signals,
        n_unanswered=facts.n_unanswered,
        label=facts.label.replace("_", " "),
    )
    return rule["format"], reason


def _fits(rule: dict[str, Any], facts: ThemeFacts) -> bool:
    n_asked = facts.n_answered + facts.n_unanswered
    return (
        rule["kind"] == facts.theme.kind
        and facts.label in rule.get("labels", [facts.label])
        and facts.n_unanswered >= rule.get("unanswered", 0.0) * max(n_asked, 1)
    )


def order_evidence(evidence: Iterable[Evidence]) -> Iterator[str]:
    """Signal ids, best first: each account once before any comes again; sound, good length and score within a round."""
    ordered = sorted(
        evidence, key=lambda one: (not one.has_sound, one.n_words not in GOOD_LENGTH, -one.score, one.signal_id)
    )
    round_of: dict[str, int] = {}
    rounds = []
    for place, one in enumerate(ordered):
        round_of[one.account] = round_of.get(one.account, -1) + 1
        rounds.append((round_of[one.account], place, one.signal_id))
    for _, _, signal_id in sorted(rounds):
        yield signal_id


def _name(theme: Theme) -> str:
    """Customers' own words in quotation marks.

    The label, without any, where a person gave it or every wording holds personal data.
    """
    return theme.label if theme.renamed or not theme.canonical else f"“{theme.canonical}”"


def _name_audience(facts: ThemeFacts) -> str:
    if facts.n_accounts < MIN_ACCOUNTS_FOR_AUDIENCE or not facts.segments:
        return "too few to say"
    most = facts.segments[0][1]
    if most == 1:
        return "no segment stands out"
    return ", ".join(f"{name} ({n} of {facts.n_accounts} accounts)" for name, n in facts.segments if n == most)
