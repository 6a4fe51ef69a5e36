"""Check the labelled text: spans, labels, counts, near-duplicates by embedding, and that the test part stands apart.

Run from the repository root: `python models/training/check.py`. Prints what the datasheet (README.md) says of it; exit
code 1 if a span is not in its text, a label is unknown, or an industry is in the test part and elsewhere.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from insights import models
from insights.signals import QUESTION_KINDS, load_types

HERE = Path(__file__).parent
MIN_WORDS = 6  # a shorter utterance ("yeah, that's right") may well be said twice
ALIKE = 0.95  # cosine from which two utterances are near-duplicates
N_SHOWN = 10
CHUNK = 2000  # rows of the cosine matrix at a time


@dataclass
class Text:
    """All utterances, as far as the checks need them."""

    texts: list[str] = field(default_factory=list)
    is_test: list[bool] = field(default_factory=list)
    industries: dict[bool, set[str]] = field(default_factory=lambda: {True: set(), False: set()})
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, text: str, split: str, industry: str) -> None:
        """One utterance."""
        self.texts.append(text)
        self.is_test.append(split == "test")
        self.industries[split == "test"].add(industry.lower())


def read() -> Text:
    """Read every file."""
    found = Text()
    for file in sorted(HERE.glob("utterances_*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            found.add(row["text"], row["split"], row["industry"])
            found.counts["single utterances"] += 1
            for name in ("question", "objection", "praise"):
                found.counts[f"single: {name}"] += row[f"is_{name}"]
    kinds, types = frozenset(QUESTION_KINDS), frozenset(type_.id for type_ in load_types())
    for file in sorted(HERE.glob("conversations_*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            row = json.loads(line)
            found.add(row["text"], row["split"], row["industry"])
            found.counts["utterances in conversations"] += 1
            found.counts[f"noise: {row['noise']}"] += 1
            found.counts[f"style: {row['style']}"] += 1
            for one in row["questions"]:
                found.counts[f"{row['speaker']}'s questions"] += 1
                found.faults += _faults(f"{file.name}:{number}", row["text"], one["span"], one["kind"], kinds)
            for one in row["objections"]:
                found.counts[f"objections: {one['label']}"] += 1
                found.faults += _faults(f"{file.name}:{number}", row["text"], one["span"], one["label"], types)
            is_plain = row["speaker"] == "customer" and not row["questions"] and not row["objections"]
            found.counts["customers' utterances with neither"] += is_plain
    both = found.industries[True] & found.industries[False]
    found.faults += [f"industry of the test part elsewhere, too: {one}" for one in sorted(both)]
    return found


def _faults(place: str, text: str, span: str, label: str, known: frozenset[str]) -> Iterator[str]:
    if span not in text:
        yield f"{place}: not in the text: {span!r}"
    if label not in known:
        yield f"{place}: unknown label {label!r}"


def near_duplicates(texts: list[str]) -> list[tuple[float, int, int]]:
    """Pairs of different longer utterances that are all but the same, the most alike first."""
    long = [place for place, text in enumerate(texts) if len(text.split()) >= MIN_WORDS]
    vectors = models.load_embedder()([texts[place] for place in long])
    pairs = []
    for start in range(0, len(long), CHUNK):
        cosines = vectors[start : start + CHUNK] @ vectors.T
        rows, columns = np.nonzero(cosines >= ALIKE)
        pairs += [
            (float(cosines[row, column]), long[start + row], long[column])
            for row, column in zip(rows, columns, strict=True)
            if column > start + row
        ]
    return sorted(pairs, reverse=True)


def main() -> None:
    """Print what was found."""
    found = read()
    for name, count in sorted(found.counts.items()):
        print(f"{name}: {count}")
    print(f"industries: {len(found.industries[False])} to learn from, {len(found.industries[True])} to test on")
    pairs = near_duplicates(found.texts)
    across = [pair for pair in pairs if found.is_test[pair[1]] != found.is_test[pair[2]]]
    print(f"near-duplicates (cosine from {ALIKE}, {MIN_WORDS} words or more): {len(pairs)} pairs of {len(found.texts)} "
          f"utterances, {len(across)} of them across the test part")  # fmt: skip
    for cosine, first, second in [*across, *pairs][:N_SHOWN]:
        print(f"  {cosine:.3f} {found.texts[first]!r} / {found.texts[second]!r}")
    if found.faults:
        sys.exit("\n".join(found.faults))


if __name__ == "__main__":
    main()
