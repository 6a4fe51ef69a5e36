"""How likely chance alone is, where the same account is met again and again: shuffling, and many tests at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Integers = NDArray[np.integer[Any]]

N_SHUFFLES = 9_999  # the smallest probability that can be told is 1 in 10,000
N_FIRST = 999  # enough to see that there is nothing to see
SEED = 1927  # the same report twice is the same report
CHUNK = 2_000_000  # cells of a shuffle in memory at a time
CLOSE = 1e-4  # sums that differ by less are equal: they are kept as 32-bit floats


@dataclass(frozen=True, slots=True)
class Meetings:
    """One row each time an account was met, the rows of an account in order and beside each other."""

    accounts: Integers  # (n_rows,) ascending numbers from 0
    said: Any  # (n_things, n_rows) sparse, 1 where it was said


@dataclass(frozen=True, slots=True)
class Sums:
    """For each thing, the sum of the scores of the meetings in which it was said; as it was, and shuffled."""

    observed: Floats  # (n_things, n_scores)
    shuffled: Floats  # (n_things, N_SHUFFLES, n_scores) float32


def share_beyond(shuffled: Floats, observed: Floats) -> Floats:
    """(1 + shuffles as high or higher) / (1 + shuffles), over the second axis.

    Never zero, and exact for any number of shuffles: Phipson and Smyth (2010), Permutation p-values should never be
    zero, Statistical Applications in Genetics and Molecular Biology 9(1):39.
    """
    as_high = shuffled >= observed[:, None] - CLOSE
    share: Floats = (1 + as_high.sum(axis=1)) / (1 + shuffled.shape[1])
    return share


def find_p_values(meetings: Meetings, scores: Floats, false_share: float) -> tuple[Floats, Floats]:
    """Give for each thing how likely chance is to have it as high, and as low, (n_things,) each; scores (n_rows,).

    All shuffles are made only where a few of them leave a chance that anything is significant: what the few let pass
    is never significant itself, so that this can make no false alarm.
    """
    higher, lower = _count_beyond(meetings, scores, N_FIRST)
    as_far = [max(min(pair) - 1 / (1 + N_FIRST), 0.0) for pair in zip(higher, lower, strict=True)]  # 0: none as far
    if any(are_significant(as_far, 2 * false_share)):
        return _count_beyond(meetings, scores, N_SHUFFLES)
    return higher, lower


def _count_beyond(meetings: Meetings, scores: Floats, n_shuffles: int) -> tuple[Floats, Floats]:
    sums = shuffle_sums(meetings, scores[:, None], n_shuffles)
    return share_beyond(sums.shuffled, sums.observed)[:, 0], share_beyond(-sums.shuffled, -sums.observed)[:, 0]


def gather_meetings(
    met: Sequence[Collection[str]], said: Mapping[str, Sequence[Collection[str]]]
) -> tuple[Meetings, Integers]:
    """Lay out who was met in each slot (a week) and who said what there; the slot of each row comes along."""
    import numpy as np
    from scipy.sparse import csr_array

    rows = sorted((account, slot) for slot, accounts in enumerate(met) for account in accounts)
    place = {row: number for number, row in enumerate(rows)}
    _, numbers = np.unique([account for account, _ in rows], return_inverse=True)
    cells = [
        (thing, place[account, slot])
        for thing, slots in enumerate(said.values())
        for slot, accounts in enumerate(slots)
        for account in accounts
    ]
    things, columns = zip(*cells, strict=True) if cells else ((), ())
    matrix = csr_array((np.ones(len(cells), np.float32), (things, columns)), shape=(len(said), len(rows)))
    return Meetings(numbers, matrix), np.array([slot for _, slot in rows], int)


def shuffle_sums(meetings: Meetings, scores: Floats, n_shuffles: int = N_SHUFFLES) -> Sums:
    """Sum the scores (n_rows, n_scores) of the meetings in which each thing was said, as they were and shuffled."""
    import numpy as np

    scores = np.asarray(scores, np.float32)
    parts = [
        np.stack([meetings.said @ column[sources].T for column in scores.T], axis=-1)
        for sources in _shuffle(meetings.accounts, n_shuffles)
    ]
    return Sums(meetings.said @ scores, np.concatenate(parts, axis=1))


def _shuffle(accounts: Integers, n_shuffles: int) -> Iterator[Integers]:
    """Yield, for some shuffles at a time, the row whose scores each row gets, (n, n_rows).

    An account's yes and no are kept together: they are dealt out anew among accounts that were met equally often, and
    turned within the account as on a ring, so that what hangs together stays together. What was said is exchangeable
    in this way if it has nothing to do with the scores, however talkative some accounts are; the test is then exact.
    After Good (2005), Permutation, parametric and bootstrap tests of hypotheses, 3rd ed., ch. 3 (restricted and
    rotated permutations).
    """
    import numpy as np

    random = np.random.default_rng(SEED)
    n_met = np.bincount(accounts)[accounts]
    blocks = [(int(m), np.flatnonzero(n_met == m).reshape(-1, m)) for m in np.unique(n_met)]
    step = max(1, CHUNK // max(len(accounts), 1))
    for start in range(0, n_shuffles, step):
        n = min(step, n_shuffles - start)
        sources = np.empty((n, len(accounts)), np.int32)
        for m, rows in blocks:
            dealt = random.random((n, len(rows)), np.float32).argsort(axis=1)
            turned = (np.arange(m) + random.integers(0, m, (n, len(rows), 1))) % m
            sources[:, rows.ravel()] = rows[dealt[:, :, None], turned].reshape(n, -1)
        yield sources


def are_significant(p_values: Sequence[float], false_share: float) -> list[bool]:
    """Tell which of many tests say more than chance; at most this share of them is chance (expected).

    Benjamini and Hochberg (1995), Controlling the false discovery rate, JRSS B 57:289-300; it holds for tests that rise
    and fall together, too: Benjamini and Yekutieli (2001), Annals of Statistics 29:1165-1188.
    """
    from scipy.stats import false_discovery_control

    if not len(p_values):
        return []
    return [bool(p <= false_share) for p in false_discovery_control(p_values, method="bh")]
