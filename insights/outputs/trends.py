"""One word for how a theme moves, where the numbers allow one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from insights.types import Trend

MIN_REACH = 5  # accounts over the weeks shown, a week at a time; with fewer there is nothing to tell
MIN_WEEKS = 3  # with conversations; two points make no trend
MIN_NEW = 3  # accounts; among many small themes some two fall together by chance
FALSE_SHARE = 0.10  # of the words "rising" and "fading" in one list, at most this share is chance (expected)
NEW_BY_CHANCE = 0.05  # how likely a "new" theme may be to have kept silent before by chance alone
TREND_METHOD = (
    "One test for all themes of a list: were the accounts that said it met in later (or earlier) weeks than those "
    "that did not? Mann-Whitney U, one-sided, over accounts a week; Benjamini-Hochberg at 10 % false alarms. "
    f"'New' is first heard this week or last, by {MIN_NEW} accounts or more, with under 5 % probability of chance. "
    f"Under {MIN_REACH} accounts or {MIN_WEEKS} weeks: too few to say. 'Steady' is no change beyond chance."
)


@dataclass(frozen=True, slots=True)
class Series:
    """The reach of one theme by week, and whether it was heard before the weeks shown."""

    reach: tuple[int, ...]  # accounts that said it; oldest first
    heard_before: bool = False


def name_trends(series: Mapping[str, Series], accounts: Sequence[int]) -> dict[str, Trend]:
    """Give each theme its word; `accounts` are those met in each week (0: a missing week, not a zero).

    Themes are compared together, so that many themes do not make many false alarms.
    """
    testable = [theme_id for theme_id, one in series.items() if _is_enough(one.reach, accounts)]
    rising = _is_significant([_p_later(series[theme_id].reach, accounts) for theme_id in testable])
    fading = _is_significant([_p_later(series[theme_id].reach[::-1], accounts[::-1]) for theme_id in testable])
    words: dict[str, Trend] = dict.fromkeys(series, "too few to say")
    for theme_id, rises, fades in zip(testable, rising, fading, strict=True):
        words[theme_id] = "rising" if rises else "fading" if fades else "steady"
    words.update((theme_id, "new") for theme_id, one in series.items() if _is_new(one, accounts))
    return words


def _is_enough(reach: Sequence[int], accounts: Sequence[int]) -> bool:
    return sum(reach) >= MIN_REACH and sum(n > 0 for n in accounts) >= MIN_WEEKS


def _is_new(series: Series, accounts: Sequence[int]) -> bool:
    """Tell whether a theme began this week or last, and whether chance alone would seldom make it look so.

    Were it said equally often in all weeks, each of its n accounts would fall into the weeks since its beginning with
    probability (accounts met since) / (accounts met), all of them with that to the power of n.
    """
    n_reached = sum(series.reach)
    if series.heard_before or n_reached < MIN_NEW:
        return False
    first = next(index for index, reach in enumerate(series.reach) if reach)
    share = sum(accounts[first:]) / sum(accounts)
    return first >= len(accounts) - 2 and bool(share**n_reached < NEW_BY_CHANCE)


def _p_later(reach: Sequence[int], accounts: Sequence[int]) -> float:
    """Give the one-sided probability that accounts that said it would be met this much later by chance."""
    import numpy as np
    from scipy.stats import mannwhitneyu

    weeks = np.arange(len(accounts))
    said = np.repeat(weeks, reach)
    silent = np.repeat(weeks, [max(n - k, 0) for n, k in zip(accounts, reach, strict=True)])
    if not len(silent) or len({*said, *silent}) < 2:
        return 1.0  # everybody says it every week: nothing can rise
    return float(mannwhitneyu(said, silent, alternative="greater", method="asymptotic").pvalue)


def _is_significant(p_values: Sequence[float]) -> list[bool]:
    from scipy.stats import false_discovery_control

    if not p_values:
        return []
    return [bool(p <= FALSE_SHARE) for p in false_discovery_control(p_values, method="bh")]
