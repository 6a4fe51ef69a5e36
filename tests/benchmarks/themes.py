"""How well texts are grouped without knowing how many groups, as a Markdown table.

"insights" sees the vectors of its own embedder, all others those of all-MiniLM-L6-v2 as published. What a method
leaves alone is a group of its own. Settings were chosen on dstc11_utterances_insurance, multidogo_finance_dev and
four subjects of CLINC150; the embedder has learnt CLINC150's intents; banking77 is for reporting only. BERTopic uses
UMAP and HDBSCAN where they are installed, else what it falls back to (PCA and scikit-learn's HDBSCAN); the first line
says which. A second table replays each set in ten weeks, in several orders, and counts what moved and why.
Run: python tests/benchmarks/themes.py [SET ...], or --weeks [SET ...] for the second table only.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from bertopic import BERTopic
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score
from sklearn.metrics.cluster import contingency_matrix

from insights.models import Embedder, load_embedder, load_theme_embedder
from insights.themes import GroupOptions, Item, Memory, cluster_vectors, normalise
from insights.themes.identity import assign

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
SETS = (
    "dstc11_utterances_insurance",
    "multidogo_finance_dev",
    "multidogo_insurance_dev",
    "multidogo_software_dev",
    "clinc150_val",
    "banking77_train",
)
TUNED = frozenset({"insights", "insights, in 10 weeks"})  # methods that see the vectors of our embedder
NOT_INTENTS = {
    "oos",
    "contentonly",
    "openinggreeting",
    "closinggreeting",
    "thankyou",
    "confirmation",
    "rejection",
    "outofdomain",
}
IN_SMALL = frozenset({"dstc11_utterances_insurance", "clinc150_val", "banking77_train"})  # with many intents
N_ROWS = 3000
N_WEEKS = 25  # small weeks drawn from each set
N_PARTS = 6  # in which a small set arrives
N_ARRIVALS = 10  # in which a whole set arrives
N_ORDERS = 5  # of arrival, over which the second table is the mean
WAYS: dict[str, dict[str, float]] = {
    "never anew": {"growth": math.inf},
    "as the defaults are": {},
    "anew at twice the items": {"growth": 2.0, "agreement": 2.0},
    "anew every week": {"growth": 1.0, "agreement": 2.0},
}

Vectors = NDArray[np.float32]
Clusters = Sequence[int | None]
Method = Callable[[Sequence[str], Vectors], Clusters]


def ours(texts: Sequence[str], vectors: Vectors) -> Clusters:
    """Group as `insights evaluate themes` does."""
    return cluster_vectors(vectors)


def bertopic(texts: Sequence[str], vectors: Vectors) -> Clusters:
    """Run BERTopic with its defaults; outliers stay alone."""
    topics, _ = BERTopic().fit_transform(list(texts), embeddings=vectors)
    return [topic if topic >= 0 else None for topic in topics]


def bertopic_reassigned(texts: Sequence[str], vectors: Vectors) -> Clusters:
    """Run BERTopic with its defaults, then put each outlier into the nearest topic."""
    model = BERTopic()
    topics, _ = model.fit_transform(list(texts), embeddings=vectors)
    if -1 not in topics or set(topics) == {-1}:
        return [topic if topic >= 0 else None for topic in topics]
    return list(model.reduce_outliers(list(texts), topics, strategy="embeddings", embeddings=vectors))


def kmeans(texts: Sequence[str], vectors: Vectors) -> Clusters:
    """K-means with the number of groups that has the best cosine silhouette."""
    best: tuple[float, Clusters] = (-1.0, [0] * len(texts))
    for k in (4, 6, 8, 12, 16, 22, 30, 40, 60, 80, 110, 150, 200):
        if k < len(texts) // 2:
            labels = KMeans(k, n_init=1, random_state=0).fit_predict(vectors)
            best = max(
                best, (silhouette_score(vectors, labels, metric="cosine"), labels.tolist()), key=lambda it: it[0]
            )
    return best[1]


METHODS: dict[str, Method] = {
    "insights": ours,
    "the same, MiniLM as published": ours,
    "BERTopic defaults": bertopic,
    "BERTopic defaults, outliers reassigned": bertopic_reassigned,
    "k-means, silhouette": kmeans,
}


def score(gold: Sequence[str], clusters: Clusters) -> list[float]:
    """ACC by best matching, NMI, ARI (all in percent), number of groups, share in a group (percent)."""
    labels = [cluster if cluster is not None else -1 - row for row, cluster in enumerate(clusters)]
    table = contingency_matrix(gold, labels)
    matched = table[linear_sum_assignment(-table)].sum() / len(gold)
    grouped = [cluster for cluster in clusters if cluster is not None]
    agreement = (normalized_mutual_info_score(gold, labels), adjusted_rand_score(gold, labels))
    share = 100 * len(grouped) / len(gold)
    return [100 * matched, *(100 * value for value in agreement), len(set(grouped)), share]


def read_set(name: str) -> tuple[list[str], list[str]]:
    """Texts and intents of a set, a fixed sample where it is large; small talk and out of scope left out."""
    lines = (SHARED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["label"] and row["label"] not in NOT_INTENTS]
    chosen = sorted(np.random.default_rng(0).permutation(len(rows))[:N_ROWS].tolist())
    return [rows[place]["text"] for place in chosen], [rows[place]["label"] for place in chosen]


def small_weeks(gold: Sequence[str]) -> Iterator[list[int]]:
    """Rows of small sets: 10-15 intents with 2-12 texts each and 12 intents with one."""
    rng = np.random.default_rng(99)
    rows_by_intent: dict[str, list[int]] = defaultdict(list)
    for row, intent in enumerate(gold):
        rows_by_intent[intent].append(row)
    intents = sorted(rows_by_intent)
    for _ in range(N_WEEKS):
        order = [intents[place] for place in rng.permutation(len(intents))]
        n_repeated = int(rng.integers(10, 16))
        sizes = [int(rng.integers(2, 13)) for _ in order[:n_repeated]] + [1] * 12
        rows = [
            int(row)
            for intent, size in zip(order, sizes, strict=False)
            for row in rng.permutation(rows_by_intent[intent])[:size]
        ]
        yield [rows[place] for place in rng.permutation(len(rows))]


@dataclass(frozen=True)
class Replay:
    """A set that arrived in parts: the clusters at its end, and what happened to members and ids on the way."""

    clusters: Clusters
    told: frozenset[int]  # rows that ever left a theme, with a reason in the history
    untold: frozenset[int]  # and without one
    n_regroupings: int
    n_ids: int  # themes that ever had a member, and of these
    n_kept: int  # those that still have one


def replay(texts: Sequence[str], vectors: Vectors, n_parts: int, options: GroupOptions) -> Replay:
    """Group rows as they arrive in parts, and hold every member that moved against what the history tells."""
    memory, before = Memory("question"), dict[str, str]()
    told, untold, ids, n_regroupings = set[str](), set[str](), set[str](), 0
    for part in range(1, n_parts + 1):
        n = round(len(texts) * part / n_parts)
        items = [Item(f"{row:06d}", texts[row]) for row in range(n)]
        assigned = assign(items, vectors[:n], memory, options)
        now = dict(zip((item.id for item in items), assigned.theme_ids, strict=True))
        moved = {(item_id, its, now[item_id]) for item_id, its in before.items() if its and now[item_id] != its}
        moves = assigned.regrouping.moves if assigned.regrouping else ()
        known = {(item_id, move.from_id, move.to_id) for move in moves for item_id in move.item_ids}
        told |= {item_id for item_id, *_ in moved & known}
        untold |= {item_id for item_id, *_ in moved - known}
        n_regroupings += assigned.regrouping is not None
        ids |= set(now.values()) - {""}
        memory, before = assigned.memory, now
    return Replay(
        clusters=[int(its[2:]) if its else None for its in before.values()],
        told=frozenset(map(int, told)),
        untold=frozenset(map(int, untold)),
        n_regroupings=n_regroupings,
        n_ids=len(ids),
        n_kept=len(set(before.values()) - {""}),
    )


def week_by_week(texts: Sequence[str], vectors: Vectors) -> Clusters:
    """The same rows as they arrive in a few parts."""
    return replay(texts, vectors, N_PARTS, GroupOptions()).clusters


def in_ten_weeks(texts: Sequence[str], vectors: Vectors) -> Clusters:
    """A whole set in ten parts, its rows in a fixed random order."""
    order = np.random.default_rng(1).permutation(len(texts))
    arrived = replay([texts[row] for row in order], vectors[order], N_ARRIVALS, GroupOptions()).clusters
    return [arrived[place] for place in np.argsort(order).tolist()]


def write_weeks(name: str, texts: Sequence[str], gold: Sequence[str], vectors: Vectors) -> None:
    """Write how a set that arrives in ten weeks ends, for several ways of grouping anew; means over orders."""
    at_once = score(gold, cluster_vectors(vectors))
    for way, changed in WAYS.items():
        rows = []
        for seed in range(1, N_ORDERS + 1):
            order = np.random.default_rng(seed).permutation(len(texts))
            options = replace(GroupOptions(), **changed)
            done = replay([texts[row] for row in order], vectors[order], N_ARRIVALS, options)
            acc, _, ari, *_ = score([gold[row] for row in order], done.clusters)
            shares = [100 * len(which) / len(texts) for which in (done.untold, done.told)]
            rows.append((acc, ari, *shares, done.n_regroupings, done.n_kept, done.n_ids))
        acc, ari, untold, told, n_anew, n_kept, n_ids = np.mean(rows, axis=0)
        worst = min(row[0] for row in rows)
        sys.stdout.write(
            f"| {name} ({len(texts)}) | {way} | {at_once[0]:.1f} / {at_once[2]:.1f} "
            f"| {acc:.1f} ({worst:.1f}) / {ari:.1f} | {acc - at_once[0]:+.1f} "
            f"| {untold:.1f} % | {told:.1f} % | {n_anew:.1f} | {n_kept:.0f} of {n_ids:.0f} |\n"
        )
        sys.stdout.flush()


def write_row(name: str, method: str, values: Sequence[float], seconds: float) -> None:
    """Write one line of the table."""
    acc, nmi, ari, n_groups, share = values
    sys.stdout.write(
        f"| {name} | {method} | {acc:.1f} | {nmi:.1f} | {ari:.1f} | {n_groups:.0f} | {share:.0f} % | {seconds:.2f} |\n"
    )


def main() -> None:
    """Write the tables."""
    embed, embed_themes = load_embedder(), load_theme_embedder()
    wanted = [name for name in sys.argv[1:] if name != "--weeks"] or SETS
    if "--weeks" not in sys.argv:
        write_methods(wanted, embed, embed_themes)
    sys.stdout.write(
        "\n| set (rows) | grouped anew | at once, ACC / ARI | in ten weeks, ACC (worst order) / ARI "
        "| ACC against at once | moved untold | moved, told | times | ids kept |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
    )
    for name in wanted:
        texts, gold = read_set(name)
        write_weeks(name, texts, gold, embed_themes([normalise(text) for text in texts]))


def write_methods(wanted: Sequence[str], embed: Embedder, embed_themes: Embedder) -> None:
    """Write the table of methods, whole sets and small ones."""
    reducer = "UMAP" if find_spec("umap") else "PCA"
    clusterer = "hdbscan" if find_spec("hdbscan") else "scikit-learn's HDBSCAN"
    sys.stdout.write(f"BERTopic with {reducer} and {clusterer}.\n\n")
    sys.stdout.write("| set | method | ACC | NMI | ARI | groups | in a group | seconds |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|---|\n")
    for name in wanted:
        texts, gold = read_set(name)
        bare = [normalise(text) for text in texts]
        vectors, tuned = embed(bare), embed_themes(bare)
        for method, cluster in {**METHODS, f"insights, in {N_ARRIVALS} weeks": in_ten_weeks}.items():
            begun = time.perf_counter()
            clusters = cluster(texts, tuned if method in TUNED else vectors)
            n_intents = len(set(gold))
            write_row(f"{name} ({len(texts)}, {n_intents})", method, score(gold, clusters), time.perf_counter() - begun)
        small = list(small_weeks(gold)) if name in IN_SMALL else []
        for method, cluster in {**METHODS, f"insights, in {N_PARTS} parts": week_by_week}.items() if small else ():
            begun = time.perf_counter()
            seen = tuned if "insights" in method else vectors
            scores = [
                score([gold[row] for row in rows], cluster([texts[row] for row in rows], seen[rows])) for rows in small
            ]
            took = (time.perf_counter() - begun) / len(scores)
            n_mean = sum(map(len, small)) / len(small)
            write_row(f"{name}, small ({n_mean:.0f})", method, list(np.mean(scores, axis=0)), took)


if __name__ == "__main__":
    main()
