"""How often trend words and group differences are false alarms, and how often a real rise is seen; simulated.

    python tests/benchmarks/trends.py [--share 0.1]    # --share: only that part of the simulations

Accounts are met while their deal lives (a geometric number of weeks, four on average; one in ten for up to twenty
longer), in four of five of its weeks. Of each theme one account in seven is talkative and says it about seven times as
often as the others; in the weeks "in spells" an account repeats half of the time what it said, or did not say, when it
was met before. Without a planted rise, what is said has nothing to do with the weeks: every word but "steady" and "too
few to say" is a false alarm.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.stats import fisher_exact, norm, rankdata

from insights.outputs.chance import are_significant
from insights.outputs.differences import compare_groups
from insights.outputs.steadiness import is_steady
from insights.outputs.trends import MIN_ACCOUNTS, Series, name_trends
from insights.types import Conversation, Metadata, Theme

LIFE_WEEKS = 4
TALKATIVE, MORE, LESS = 0.15, 4.0, 0.6  # share of accounts, and how much more or less often they say it
Words = dict[str, str]


@dataclass(frozen=True)
class Size:
    """A world: so many weeks of which the last are looked at, accounts a week, themes, and how often it is drawn."""

    n_weeks: int
    n_shown: int
    n_accounts: int
    n_themes: int
    n_lists: int
    spells: float = 0.0
    factor: float = 1.0  # of the planted rise
    ramp: int = 0  # weeks over which it rises, up to the last; 0: it jumps in the middle of the weeks shown
    n_planted: int = 0
    base: float = 0.08  # rate of planted themes; three times that of a talkative account is just below 1


NULLS = (
    Size(26, 6, 5, 10, 300),
    Size(26, 6, 20, 50, 300),
    Size(26, 6, 50, 50, 300),
    Size(26, 6, 50, 200, 60),
    Size(26, 6, 200, 100, 40),
    Size(6, 6, 20, 50, 300),
    Size(12, 12, 5, 10, 270),
    Size(12, 12, 20, 50, 200),
    Size(12, 12, 50, 100, 60),
    Size(26, 26, 5, 10, 100),
    Size(26, 26, 20, 50, 60),
    Size(26, 26, 200, 200, 10),
)  # 2,000 lists; every second one with spells
RISES = tuple(
    Size(26, n_shown, n_accounts, 50, 8, factor=factor, ramp=ramp, n_planted=10)
    for n_accounts in (20, 50, 200)
    for n_shown, ramp in ((6, 4), (6, 0), (12, 8))
    for factor in (2.0, 3.0)
)


@dataclass(frozen=True)
class World:
    """One row each time an account was met, in order; what was said in it."""

    accounts: Any  # (n_rows,)
    weeks: Any
    said: Any  # (n_rows, n_themes) bool


def draw_world(size: Size, random: Any) -> World:
    """Draw who is met when, and what is said there."""
    rows: list[tuple[int, int]] = []
    account = 0
    while len(rows) < size.n_accounts * size.n_weeks:
        begins = random.integers(-12, size.n_weeks)
        ends = begins + random.geometric(1 / LIFE_WEEKS) + (random.random() < 0.1) * random.integers(5, 20)
        rows += [(account, week) for week in range(max(begins, 0), min(ends, size.n_weeks)) if random.random() < 0.8]
        account += 1
    accounts, weeks = np.array(rows).T
    rates = random.beta(1, 8, size.n_themes)
    rates[: size.n_planted] = size.base
    talk = np.where(random.random((account, size.n_themes)) < TALKATIVE, MORE, LESS)
    rise = np.ones((len(rows), size.n_themes))
    if size.ramp:
        rise[:, : size.n_planted] += (size.factor - 1) * np.clip((weeks - size.n_weeks + 1) / size.ramp + 1, 0, 1)[
            :, None
        ]
    else:
        rise[weeks >= size.n_weeks - size.n_shown // 2, : size.n_planted] = size.factor
    said = random.random(rise.shape) < np.clip((rates * talk)[accounts] * rise, 0, 0.95)
    for row in np.flatnonzero(accounts[1:] == accounts[:-1]) + 1 if size.spells else ():
        keeps = random.random(size.n_themes) < size.spells
        said[row, keeps] = said[row - 1, keeps]
    return World(accounts, weeks, said)


def by_theme(world: World, size: Size) -> tuple[list[set[str]], list[list[set[str]]]]:
    """Who was met in each week, and for each theme who said it there."""
    met: list[set[str]] = [set() for _ in range(size.n_weeks)]
    heard: list[list[set[str]]] = [[set() for _ in met] for _ in range(size.n_themes)]
    for account, week, said in zip(world.accounts, world.weeks, world.said, strict=True):
        met[week].add(str(account))
        for theme in np.flatnonzero(said):
            heard[theme][week].add(str(account))
    return met, heard


def ours(world: World, size: Size) -> Words:
    """The words of the report."""
    met, heard = by_theme(world, size)
    series = {str(n): Series(tuple(map(frozenset, weeks))) for n, weeks in enumerate(heard)}
    return dict(name_trends(series, met, size.n_shown))


def cut(world: World, size: Size) -> tuple[World, list[int]]:
    """The weeks shown, and the themes that enough accounts said in them."""
    shown = world.weeks >= size.n_weeks - size.n_shown
    world = World(*(part[shown] for part in (world.accounts, world.weeks, world.said)))
    enough = [n for n in range(size.n_themes) if len({*world.accounts[world.said[:, n]]}) >= MIN_ACCOUNTS]
    return world, enough


def mann_whitney(world: World, size: Size) -> Words:
    """As it was: Mann-Whitney over accounts a week, each way by itself at 10 %, an account each week anew."""
    world, enough = cut(world, size)
    said, ranks = world.said[:, enough], rankdata(world.weeks)
    n, n_said = len(ranks), said.sum(axis=0)
    ties = np.unique(ranks, return_counts=True)[1]
    excess = ranks @ said - n_said * (n + 1) / 2
    spread = np.sqrt(n_said * (n - n_said) / 12 * (n + 1 - (ties**3 - ties).sum() / (n * (n - 1)))) + 1e-12
    words: Words = {}
    for sign, word in ((1, "rising"), (-1, "fading")):
        clear = are_significant(norm.sf((sign * excess - 0.5) / spread).tolist(), 0.1)
        words |= {str(theme): word for theme, is_clear in zip(enough, clear, strict=True) if is_clear}
    return words


def robust(world: World, size: Size) -> Words:
    """Cochran-Armitage's score with the variance over accounts (a logistic regression's robust score test), normal."""
    world, enough = cut(world, size)
    if not enough:
        return {}
    said = world.said[:, enough]
    pulls = np.zeros((world.accounts.max() + 1, len(enough)))
    np.add.at(pulls, world.accounts, (world.weeks - world.weeks.mean())[:, None] * (said - said.mean(axis=0)))
    z = pulls.sum(axis=0) / np.sqrt((pulls**2).sum(axis=0) + 1e-12)
    clear = are_significant((2 * norm.sf(abs(z))).tolist(), 0.1)
    return {
        str(n): "rising" if up > 0 else "fading" for n, up, is_clear in zip(enough, z, clear, strict=True) if is_clear
    }


TESTS: dict[str, Callable[[World, Size], Words]] = {"Mann-Whitney": mann_whitney, "robust": robust, "ours": ours}
ALARMS = {"new", "rising", "fading"}


def simulate(size: Size, n_lists: int) -> Iterator[dict[str, Words]]:
    """The words of each test for some lists of themes."""
    for n in range(n_lists):
        random = np.random.default_rng([n, size.n_weeks, size.n_shown, size.n_accounts, size.n_themes])
        one = replace(size, spells=0.5 * (n % 2))
        world = draw_world(one, random)
        yield {name: test(world, one) for name, test in TESTS.items()}


def percent(n: float, of: float) -> str:
    """A share, or a dash where there is none."""
    return f"{100 * n / of:.0f} %" if of else "–"


def show_nulls(share: float) -> None:
    """Print how many lists of unchanged themes hold a false alarm."""
    print("| weeks shown (known) | accounts a week | themes | lists | " + " | ".join(TESTS) + " |")
    print("|--:" * (4 + len(TESTS)) + "|")
    total: Counter[str] = Counter()
    for size in NULLS:
        alarmed: Counter[str] = Counter()
        n_lists = max(2, round(size.n_lists * share))
        for words in simulate(size, n_lists):
            alarmed.update(name for name, named in words.items() if ALARMS & set(named.values()))
        total.update(alarmed | Counter(lists=n_lists))
        cells = [f"{size.n_shown} ({size.n_weeks})", size.n_accounts, size.n_themes, n_lists]
        cells += [percent(alarmed[name], n_lists) for name in TESTS]
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    cells = ["all", "", "", total["lists"], *(percent(total[name], total["lists"]) for name in TESTS)]
    print("| " + " | ".join(map(str, cells)) + " |\n", flush=True)


def show_rises(share: float) -> None:
    """Print how many planted rises are seen."""
    print("| weeks shown | accounts a week | planted rise | planted | " + " | ".join(TESTS) + " |")
    print("|--:" * (4 + len(TESTS)) + "|")
    for size in RISES:
        n_lists = max(2, round(size.n_lists * share))
        planted = {str(n) for n in range(size.n_planted)}
        seen: Counter[str] = Counter()
        for words in simulate(size, n_lists):
            for name, named in words.items():
                seen[name] += sum(named.get(theme) in {"rising", "new"} for theme in planted)
        n = n_lists * len(planted)
        how = f"over {size.ramp} weeks" if size.ramp else "at once, half-way"
        cells = [size.n_shown, size.n_accounts, f"×{size.factor:.0f} {how}", n]
        cells += [percent(seen[name], n) for name in TESTS]
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    print()


def show_steady(share: float) -> None:
    """Print how often themes are called steady that did not change, and that doubled."""
    print("| accounts a week | unchanged | ×2 over 4 weeks | ×2 at once, half-way |\n|--:|--:|--:|--:|")
    n_lists = max(2, round(10 * share))
    for n_accounts in (10, 20, 50, 200):
        n_steady = []
        for factor, ramp in ((1.0, 0), (2.0, 4), (2.0, 0)):
            size = Size(6, 6, n_accounts, 40, n_lists, factor=factor, ramp=ramp, n_planted=40)
            lists = (by_theme(draw_world(size, np.random.default_rng([n, n_accounts])), size) for n in range(n_lists))
            n_steady.append(sum(is_steady(said, met) for met, heard in lists for said in heard))
        print(f"| {n_accounts} | " + " | ".join(percent(n, n_lists * 40) for n in n_steady) + " |", flush=True)
    print()


SEGMENTS = ("A", "B", "C", "D")
N_THEMES, BASE = 30, 0.12


def draw_calls(random: Any, n_accounts: int, factor: float) -> tuple[list[Theme], list[Conversation], dict[str, Any]]:
    """Calls of four segments, of which A is called thrice as often; three themes said more often in B by a factor."""
    calls, mentions = [], {}
    members: list[list[str]] = [[] for _ in range(N_THEMES)]
    for account in range(n_accounts):
        segment = SEGMENTS[random.integers(4)]
        talk = np.where(random.random(N_THEMES) < TALKATIVE, MORE, LESS) * BASE
        talk[:3] *= factor if segment == "B" else 1
        for _ in range(1 + random.poisson(3 if segment == "A" else 0.7)):
            call = Conversation(f"c{len(calls)}", "call", "", (), metadata=Metadata(f"a{account}", segment=segment))
            calls.append(call)
            for theme in np.flatnonzero(random.random(N_THEMES) < np.clip(talk, 0, 0.95)):
                members[theme].append(f"{call.id} {theme}")
                mentions[f"{call.id} {theme}"] = SimpleNamespace(thread=call.id)
    themes = [Theme(str(n), "objection", "", "", "", (), tuple(ids), 1.0) for n, ids in enumerate(members)]
    return themes, calls, mentions


def fisher(themes: Sequence[Theme], calls: Sequence[Conversation], mentions: dict[str, Any]) -> set[str]:
    """Themes that Fisher's exact test finds more in one segment: accounts, each segment against the others."""
    segment = {call.metadata.account: call.metadata.segment for call in calls}
    account = {call.id: call.metadata.account for call in calls}
    keys, p_values = [], []
    for theme in themes:
        said = {account[mentions[key].thread] for key in theme.signal_ids}
        for value in SEGMENTS if len(said) >= MIN_ACCOUNTS else ():
            cells = Counter((segment[one] == value, one in said) for one in segment)
            table = [[cells[where, True], cells[where, False]] for where in (True, False)]
            keys.append(theme.id)
            p_values.append(fisher_exact(table, alternative="greater").pvalue)
    return {key for key, is_clear in zip(keys, are_significant(p_values, 0.1), strict=True) if is_clear}


def show_groups(share: float) -> None:
    """Print which share of the differences named is false (mean over lists), and how many planted ones are found."""
    print("| accounts | said in B | lists | false among the named: Fisher | ours | planted found: Fisher | ours |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    n_lists = max(2, round(60 * share))
    for n_accounts in (30, 60, 200):
        for factor in (1.0, 3.0):
            planted = {"0", "1", "2"} if factor > 1 else set()
            false, found = Counter[str](), Counter[str]()
            for n in range(n_lists):
                drawn = draw_calls(np.random.default_rng([n, n_accounts]), n_accounts, factor)
                ours = {one.theme.id for one in compare_groups(*drawn, columns=("segment",)).differences}
                for name, named in (("fisher", fisher(*drawn)), ("ours", ours)):
                    false[name] += len(named - planted) / max(len(named), 1)
                    found[name] += len(named & planted)
            cells = [
                n_accounts,
                f"×{factor:.0f}",
                n_lists,
                *(percent(false[one], n_lists) for one in ("fisher", "ours")),
            ]
            cells += [percent(found[one], n_lists * len(planted)) for one in ("fisher", "ours")]
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def main() -> None:
    """Print the four tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the simulations (default: all)")
    share = parser.parse_args().share
    show_nulls(share)
    show_rises(share)
    show_steady(share)
    show_groups(share)


if __name__ == "__main__":
    main()
