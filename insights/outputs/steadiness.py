"""Whether a theme has stayed much the same: that needs numbers, just as a trend does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import log, sqrt

from insights.types import Rate

FACTOR = 2.0  # a steady theme has neither doubled nor halved from the first to the last of the weeks
CHANCE = 0.05  # of calling steady what has doubled, or what has halved


def is_steady(said: Sequence[Collection[str]], met: Sequence[Collection[str]]) -> bool:
    """Tell whether the rate has surely neither doubled nor halved over these weeks.

    Two one-sided tests (Schuirmann 1987, J. Pharmacokinetics and Biopharmaceutics 15:657-680) of the log of the ratio
    of the later half's rate to the earlier half's, each the sum of the weeks' reach by the sum of the weeks' accounts.
    The halves lie n / 2 weeks apart and the ends n - 1, so that what doubles evenly from end to end has a ratio of 2 to
    the power of n / 2 / (n - 1): 1.5 in six weeks. The variance sums over accounts: one met in several weeks is one
    witness, not several. Rao and Scott (1992), A simple method for the analysis of clustered binary data, Biometrics
    48:577-585.
    """
    from scipy.stats import t

    middle = len(met) // 2
    halves = [_tally(said[:middle], met[:middle]), _tally(said[middle:], met[middle:])]
    if not all(sum(n for n, _ in half.values()) for half in halves):
        return False
    accounts = set(halves[0]) | set(halves[1])
    if len(accounts) < 2:
        return False
    totals = [_total(half) for half in halves]
    ratio = log(totals[1].share / totals[0].share)
    pulls = [_pull(halves[1].get(one), totals[1]) - _pull(halves[0].get(one), totals[0]) for one in accounts]
    clustered = sum(pull * pull for pull in pulls) * len(accounts) / (len(accounts) - 1)
    least = sum((1 - (total.n + 0.5) / (total.of + 1)) / total.n for total in totals)  # as if all were independent
    margin = float(t.ppf(1 - CHANCE, len(accounts) - 1)) * sqrt(max(clustered, least))
    return abs(ratio) + margin < log(FACTOR) * len(met) / 2 / (len(met) - 1)


def _tally(said: Sequence[Collection[str]], met: Sequence[Collection[str]]) -> dict[str, tuple[int, int]]:
    """In how many weeks each account said it, and in how many it was met."""
    tally: dict[str, tuple[int, int]] = {}
    for speakers, accounts in zip(said, met, strict=True):
        for account in accounts:
            n, of = tally.get(account, (0, 0))
            tally[account] = (n + (account in speakers), of + 1)
    return tally


def _total(half: dict[str, tuple[int, int]]) -> Rate:
    return Rate(sum(n for n, _ in half.values()), sum(of for _, of in half.values()), 0.0, 1.0)


def _pull(counts: tuple[int, int] | None, total: Rate) -> float:
    """How far one account moves the log of a rate."""
    return (counts[0] - total.share * counts[1]) / total.n if counts else 0.0
