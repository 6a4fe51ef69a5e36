"""Shares of accounts with the interval they lie in."""

from __future__ import annotations

from math import sqrt

from insights.types import Rate

Z = 1.959964  # 95 % of a normal distribution lie within so many standard deviations
RATE_METHOD = (
    "Accounts that said it, of those met in that week (or group); each counts once, so that nobody counts twice in an "
    "interval. In brackets the 95 % interval by Wilson's score. A week without conversations has no rate."
)


def measure_rate(n: int, of: int) -> Rate | None:
    """Give a share with its 95 % interval; None where nobody was met: that is missing, not zero.

    (n + z²/2 ± z √(n (of - n) / of + z²/4)) / (of + z²), Wilson (1927), Probable inference, the law of succession, and
    statistical inference, JASA 22:209-212; recommended for few cases by Brown, Cai and DasGupta (2001), Interval
    estimation for a binomial proportion, Statistical Science 16:101-133.

    >>> rate = measure_rate(0, 10)
    >>> (rate.low, round(rate.high, 3))
    (0.0, 0.278)
    """
    if not of:
        return None
    middle = (n + Z * Z / 2) / (of + Z * Z)
    half = Z * sqrt(n * (of - n) / of + Z * Z / 4) / (of + Z * Z)
    return Rate(n, of, low=max(middle - half, 0.0) if n else 0.0, high=min(middle + half, 1.0) if n < of else 1.0)
