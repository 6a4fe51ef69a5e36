"""All items of a kind grouped anew, and the groups known again as the themes that there were.

Matching clusters of one time to those of an earlier one by the members that they share, and telling which survived,
were split or absorbed, appeared or disappeared, follows MONIC (Spiliopoulou, Ntoutsi, Theodoridis and Schult 2006,
"MONIC: modeling and monitoring cluster transitions"); a least Jaccard overlap, as Greene, Doyle and Cunningham 2010
("Tracking the evolution of communities in dynamic social networks") match communities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from insights.themes.partition import keep_recurring
from insights.themes.space import members_of
from insights.themes.values import PREFIXES, Memory, Method

if TYPE_CHECKING:
    from insights.themes.edits import Laid
    from insights.themes.values import GroupOptions, Labels

MIN_JACCARD = 0.25  # of old members: one of four parts, or of four themes that became one, still keeps its id


def carry_over(
    homes: Sequence[str], groups: Labels, sources: Sequence[str], laid: Laid, memory: Memory, options: GroupOptions
) -> tuple[list[str], int]:
    """A home for each item by the new groups, under old ids where they match; and the next free number.

    What people pinned, split off or dismissed keeps the items that are at home there, and of a group of which it holds
    half it draws in those that were in no theme.

    Args:
        homes: the theme of each item so far, "" for none.
        groups: the new group of each item, -1 for none.
        sources: where each item comes from.
        laid: what people decided.
        memory: of the last run, for its kind and next number.
        options: how small a theme may be.
    """
    fixed = laid.pinned | laid.made.keys() | laid.dismissed.keys()
    carried = [home if home in fixed else "" for home in homes]
    free = groups.copy()
    for rows in members_of(groups).values():
        drawing = holder([carried[row] for row in rows])
        for row in rows:
            if drawing and not homes[row]:
                carried[row] = drawing
    free[[row for row, home in enumerate(carried) if home]] = -1
    members = members_of(keep_recurring(free, sources, options))
    names = match([[homes[row] for row in rows] for rows in members.values()], Counter(homes))
    number = memory.next_number
    for rows, name in zip(members.values(), names, strict=True):
        for row in rows:
            carried[row] = name or f"{PREFIXES[memory.kind]}-{number:04d}"
        number += not name
    return carried, number


def holder(homes: Sequence[str]) -> str:
    """The theme that holds half of these items or more; "" if none does."""
    counts = Counter(homes)
    theme_id = max(sorted(counts), key=lambda its: counts[its] * bool(its))
    return theme_id if 2 * counts[theme_id] >= len(homes) else ""


def match(groups: Sequence[Sequence[str]], sizes: Counter[str]) -> list[str]:
    """For each group the old theme that it continues, "" for none; one to one, so that most members keep their id.

    The best assignment by shared members (Hungarian method); pairs that share too little are none.

    Args:
        groups: of each, the old themes of its members, "" for items that had none.
        sizes: of the old themes.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    old = sorted(set(sizes) - {""})
    places = {theme_id: place for place, theme_id in enumerate(old)}
    shared = np.zeros((len(groups), len(old)), dtype=np.int64)
    for group, homes in enumerate(groups):
        known = Counter(home for home in homes if home)
        for theme_id, n_shared in known.items():
            if n_shared >= MIN_JACCARD * (known.total() + sizes[theme_id] - n_shared):
                shared[group, places[theme_id]] = n_shared
    names = [""] * len(groups)
    for group, place in zip(*linear_sum_assignment(shared, maximize=True), strict=True):
        if shared[group, place]:
            names[group] = old[place]
    return names


def agreement(theme_ids: Sequence[str], others: Sequence[str]) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985) of two groupings of the same items; "" is a group of its own."""
    from sklearn.metrics import adjusted_rand_score

    one, other = ([its or f"alone {row}" for row, its in enumerate(ids)] for ids in (theme_ids, others))
    return float(adjusted_rand_score(one, other))


def tell_method(before: Method, now: Method) -> str:
    """Why themes must be grouped anew where they are made in another way now, as a clause; "" if they are not."""
    if before == now:
        return ""
    if before == Method():
        return "it is not known with which model they were made"
    if before.embedder != now.embedder:
        return "the model that makes sentence vectors is another"
    if before.version != now.version:
        return f"they are grouped in another way now ({before.version}, now {now.version})"
    return "other options of grouping hold now"


def tell_drift(n_before: int, n_now: int, agreed: float) -> str:
    """Why themes are grouped anew where there are many more items and they suit them less, as a clause."""
    return (
        f"there are {n_now} items, {n_before} when all were last grouped, and the themes have drifted from a grouping "
        f"of all of them (agreement {agreed:.2f}, adjusted Rand index)"
    )
