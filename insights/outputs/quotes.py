"""Which of many quotes to show: the clearest, from different accounts, no wording twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from insights.outputs.findings import Mention
from insights.types import Quote, ThemeWeek, Trend

N_QUOTES = 3  # shown with a theme
N_LISTENING = 5
GOOD_LENGTH = range(5, 46)  # words: a moment worth hearing is neither a scrap nor a speech
URGENCY: dict[Trend, int] = {"new": 0, "rising": 1, "steady": 3, "fading": 3, "too few to say": 3}
UNANSWERED = 2  # urgency of a question that got no answer


def pick_quotes(mentions: Iterable[Mention], canonical: str, n: int = N_QUOTES) -> tuple[Quote, ...]:
    """Pick up to n quotes, best first; accounts differ where they can, and the theme's own wording comes last."""
    by_wording: dict[str, Mention] = {}
    for mention in mentions:
        by_wording.setdefault(_wording(mention.quote.text), mention)
    own = by_wording.pop(_wording(canonical), None)
    candidates = [*_spread(list(by_wording.values()), lambda mention: mention.account), *([own] if own else [])]
    return tuple(mention.quote for mention in candidates[:n])


def pick_listening(
    themes: Sequence[ThemeWeek], unanswered: Sequence[Quote], moments: Sequence[Mention], n: int = N_LISTENING
) -> tuple[Quote, ...]:
    """Pick up to n moments to hear: new and rising first, then unanswered, then wide reach, from different themes."""
    theme_of = {signal_id: shown for shown in themes for signal_id in shown.theme.signal_ids}
    without_answer = {quote.signal_id for quote in unanswered}

    def rank(mention: Mention) -> tuple[int, int, bool, float, str]:
        shown = theme_of.get(mention.signal.id)
        urgency = min(URGENCY[shown.trend] if shown else 4, UNANSWERED if mention.signal.id in without_answer else 4)
        clear = len(mention.quote.text.split()) in GOOD_LENGTH
        return urgency, -(shown.n_accounts if shown else 0), not clear, -mention.signal.score, mention.signal.id

    def theme_key(mention: Mention) -> str:
        shown = theme_of.get(mention.signal.id)
        return shown.theme.id if shown else mention.signal.id

    ranked = sorted(moments, key=rank)
    by_theme = _spread(ranked, theme_key)
    n_themes = len({theme_key(mention) for mention in ranked})
    first_of_each, others = by_theme[:n_themes], by_theme[n_themes:]
    chosen = [*_spread(first_of_each, lambda mention: mention.account), *others]
    return tuple(mention.quote for mention in chosen[:n])


def _spread(mentions: Sequence[Mention], key: Callable[[Mention], str]) -> list[Mention]:
    """Put the first of each key in front, in order; then the second of each, and so on."""
    n_seen: dict[str, int] = {}
    rounds = []
    for mention in mentions:
        rounds.append(n_seen.get(key(mention), 0))
        n_seen[key(mention)] = rounds[-1] + 1
    order = sorted(range(len(mentions)), key=lambda index: rounds[index])  # stable: best first within a round
    return [mentions[index] for index in order]


def _wording(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())
