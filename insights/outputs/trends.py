"""One word for how a theme moves, where the numbers allow one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from insights.outputs.chance import N_SHUFFLES, are_significant, find_p_values, gather_meetings
from insights.outputs.steadiness import is_steady
from insights.outputs.weeks import N_HISTORY, N_WEEKS
from insights.types import Trend

MIN_ACCOUNTS = 5  # that said it in the weeks shown; with fewer there is nothing to tell
MIN_WEEKS = 3  # with conversations; two points make no trend
MIN_NEW = 3  # accounts
N_RECENT = 2  # weeks in which a new theme began: this one and the last
FALSE_SHARE = 0.05  # of "rising" and "fading" in one list, and of "new": together at most 10 % are chance (expected)
TREND_METHOD = (
    "One test for all themes of a list: was it said later (or earlier) than chance would have it? Cochran-Armitage "
    f"over the {N_WEEKS} weeks shown, accounts once a week; its probability by {N_SHUFFLES:,} shuffles that keep "
    "together what an account said, so that one talkative customer makes no trend. 'New' is first heard this week or "
    f"last, by {MIN_NEW} accounts or more, against all that was met in {N_HISTORY} weeks, by the same shuffles. "
    "Benjamini-Hochberg over all themes: of these words at most 10 % are false alarms. 'Steady' has, with 95 % "
    "confidence, neither doubled nor halved from the first of these weeks to the last. Anything else, and "
    f"anything under {MIN_ACCOUNTS} accounts or {MIN_WEEKS} weeks, is too few to say."
)

Weeks = Sequence[Collection[str]]  # accounts in each week, oldest first


@dataclass(frozen=True, slots=True)
class Series:
    """Who said a theme in each week, and whether it was heard before these weeks."""

    said: tuple[frozenset[str], ...]  # accounts; oldest week first
    heard_before: bool = False

    @property
    def reach(self) -> tuple[int, ...]:
        """Accounts that said it in each week."""
        return tuple(map(len, self.said))

    def last(self, n_weeks: int) -> tuple[frozenset[str], ...]:
        """Who said it in the last weeks."""
        return self.said[-n_weeks:]


def name_trends(series: Mapping[str, Series], met: Weeks, n_weeks: int = N_WEEKS) -> dict[str, Trend]:
    """Give each theme its word for the last `n_weeks`; `met` are the accounts met in each week, as long as a series.

    A week in which nobody was met is missing, not zero. Themes are compared together, so that many themes do not make
    many false alarms.
    """
    words: dict[str, Trend] = dict.fromkeys(series, "too few to say")
    shown = {key: one.last(n_weeks) for key, one in series.items()}
    for theme_id, later, earlier in _test_direction(shown, met[-n_weeks:]):
        if later or earlier:
            words[theme_id] = "rising" if later else "fading"
        elif is_steady(shown[theme_id], met[-n_weeks:]):
            words[theme_id] = "steady"
    words.update(dict.fromkeys(_find_new(series, met), "new"))
    return words


def _test_direction(said: Mapping[str, Weeks], met: Weeks) -> Iterable[tuple[str, bool, bool]]:
    """Tell of each theme with enough accounts whether it was said later, and whether earlier, than by chance.

    The statistic is the sum, over all accounts and weeks in which it was said, of the week's number: that of Cochran
    (1954), Biometrics 10:417-451, and Armitage (1955), Biometrics 11:375-386.
    """
    enough = {key: weeks for key, weeks in said.items() if len(set().union(*weeks)) >= MIN_ACCOUNTS}
    if not enough or sum(map(bool, met)) < MIN_WEEKS:
        return []
    meetings, weeks = gather_meetings(met, enough)
    higher, lower = find_p_values(meetings, weeks.astype(float), FALSE_SHARE)
    both_sides = [min(1.0, 2 * min(pair)) for pair in zip(higher, lower, strict=True)]
    moved = are_significant(both_sides, FALSE_SHARE)
    return [
        (key, move and p_higher < p_lower, move and p_lower < p_higher)
        for key, move, p_higher, p_lower in zip(enough, moved, higher, lower, strict=True)
    ]


def _find_new(series: Mapping[str, Series], met: Weeks) -> list[str]:
    """List the themes that began this week or last and that chance alone would seldom have kept silent before."""
    heard = {key: one for key, one in series.items() if len(set().union(*one.last(N_WEEKS))) >= MIN_NEW}
    begun = {
        key: one.said for key, one in heard.items() if not one.heard_before and not any(one.reach[:-N_RECENT])
    }  # fmt: skip
    if not begun:
        return []
    meetings, weeks = gather_meetings(met, begun)
    found, _ = find_p_values(meetings, (weeks >= len(met) - N_RECENT).astype(float), FALSE_SHARE)
    p_values = dict.fromkeys(heard, 1.0) | dict(zip(begun, found.tolist(), strict=True))
    return [key for key, new in zip(p_values, are_significant([*p_values.values()], FALSE_SHARE), strict=True) if new]
