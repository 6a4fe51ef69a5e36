"""How well utterances are grouped by what they are about, at several thresholds, as a Markdown table.

Gold are the ten subjects of CLINC150's intents (models/training/theme_domains.toml), the eighteen scenarios of HWU64
and the six industries of MultiDoGO, a fixed sample of each without small talk. Topics are to be wider than what
customers mean, so the right threshold is lower than that of themes. The embedder of themes has learnt the intents of
CLINC150 and HWU64, not their subjects; MultiDoGO it has not seen. Run: python tests/benchmarks/topics.py
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from themes import NOT_INTENTS, SHARED, Vectors, score

from insights.models import load_embedder, load_theme_embedder
from insights.themes import GroupOptions, TopicOptions, cluster_vectors, normalise
from insights.themes.topics import says_something

SUBJECTS = Path(__file__).parents[2] / "models" / "training" / "theme_domains.toml"
INDUSTRIES = ("airline", "fastfood", "finance", "insurance", "media", "software")
N_ROWS = 1500
THRESHOLDS = (0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60)
Row = tuple[str, str]  # text, subject


def read_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a file that have an intent."""
    for line in (SHARED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["label"] and row["label"] not in NOT_INTENTS:
            yield row


def read_clinc() -> Iterator[Row]:
    """CLINC150's validation part by subject."""
    subjects = tomllib.loads(SUBJECTS.read_text(encoding="utf-8"))
    subject_of = {intent: subject for subject, intents in subjects.items() for intent in intents.split()}
    return ((row["text"], subject_of[row["label"]]) for row in read_rows("clinc150_val") if row["label"] in subject_of)


def read_hwu() -> Iterator[Row]:
    """HWU64 by scenario, the first word of its intents."""
    return ((row["text"], row["label"].split("_")[0]) for row in read_rows("hwu64"))


def read_multidogo() -> Iterator[Row]:
    """MultiDoGO by industry; what customers want, and nothing of what they merely answer."""
    return ((row["text"], industry) for industry in INDUSTRIES for row in read_rows(f"multidogo_{industry}_train"))


SETS = {"CLINC150, subjects": read_clinc, "HWU64, scenarios": read_hwu, "MultiDoGO, industries": read_multidogo}


def sample(rows: Iterator[Row]) -> list[Row]:
    """A fixed sample of those that are about something."""
    telling = [row for row in rows if says_something(row[0], TopicOptions().n_words)]
    return [telling[place] for place in sorted(np.random.default_rng(0).permutation(len(telling))[:N_ROWS].tolist())]


def find_topics(vectors: Vectors, threshold: float) -> Sequence[int | None]:
    """Topics as `insights.themes.topics` finds them."""
    n_least = max(TopicOptions().min_items, round(TopicOptions().min_share * len(vectors)))
    return cluster_vectors(vectors, GroupOptions(threshold=threshold, min_items=n_least))


def main() -> None:
    """Write the table."""
    sys.stdout.write("| set (rows, subjects) | embedder | threshold | ACC | NMI | ARI | topics | in a topic |\n")
    sys.stdout.write("|---|---|--:|--:|--:|--:|--:|--:|\n")
    embedders = {"of themes": load_theme_embedder(), "as published": load_embedder()}
    for name, read in SETS.items():
        rows = sample(read())
        gold = [subject for _, subject in rows]
        for kind, embed in embedders.items():
            vectors = embed([normalise(text) for text, _ in rows])
            for threshold in THRESHOLDS:
                acc, nmi, ari, n_topics, share = score(gold, find_topics(vectors, threshold))
                sys.stdout.write(
                    f"| {name} ({len(rows)}, {len(set(gold))}) | {kind} | {threshold:.2f} | {acc:.1f} | {nmi:.1f} "
                    f"| {ari:.1f} | {n_topics:.0f} | {share:.0f} % |\n"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    main()
