"""Themes: whether texts that mean the same come together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from insights.evaluate.rows import Row, labelled
from insights.evaluate.tools import Tools


def predict(rows: Sequence[Row], tools: Tools) -> tuple[list[Row], Mapping[str, float]]:
    """Group all texts at once; a text in no group has the cluster null."""
    from insights.themes import cluster_texts

    embed = tools.embed_themes  # loaded before the clock starts
    began_s = time.perf_counter()
    clusters = cluster_texts([row["text"] for row in rows], embed)
    seconds = time.perf_counter() - began_s
    return [{"id": row["id"], "cluster": cluster} for row, cluster in zip(rows, clusters, strict=True)], {
        "seconds": seconds
    }


def score(rows: Sequence[Row], predictions: Sequence[Row]) -> dict[str, float | int | None]:
    """Compare clusters with labels; a text that is alone counts as a cluster of its own.

    acc: share of texts that are right when each cluster is matched to at most one label and each label to one cluster
    (Hungarian). precision: when each cluster stands for its commonest label (purity); recall: when each label is
    looked for in the cluster that holds most of it (inverse purity); f1 of the two. coverage: share of texts in a
    cluster with others.
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
    from sklearn.metrics.cluster import contingency_matrix

    pairs = labelled(rows, predictions, "label", str)
    if not pairs:
        return {"scored": 0}
    gold = [row["label"] for row, _ in pairs]
    guessed = [guess["cluster"] for _, guess in pairs]
    clusters = [f"alone {number}" if cluster is None else str(cluster) for number, cluster in enumerate(guessed)]
    counts = contingency_matrix(gold, clusters)  # (n_labels, n_clusters) int
    matched = counts[linear_sum_assignment(counts, maximize=True)].sum() / len(pairs)
    precision, recall = (float(counts.max(axis=axis).sum() / len(pairs)) for axis in (0, 1))
    return {
        "scored": len(pairs),
        "labels": len(set(gold)),
        "clusters": len({cluster for cluster in guessed if cluster is not None}),
        "coverage": sum(cluster is not None for cluster in guessed) / len(pairs),
        "acc": float(matched),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
        "nmi": float(normalized_mutual_info_score(gold, clusters)),
        "ari": float(adjusted_rand_score(gold, clusters)),
    }
