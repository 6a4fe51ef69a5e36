"""Write models/signals/blend.json: how far the opinions of linear classifiers and transformer are to be believed.

Run from the repository root after train.py and train_sentences.py, which write beside SENTENCES.jsonl what they say of
the fold that neither learnt: `python models/training/train_blend.py SENTENCES.jsonl`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score
from train import HELD, PREVALENCE, TARGET, update_manifest

from insights.signals.adapt import logit
from insights.signals.blend import Blend

COLUMNS = {"questions": ("question",), "objections": ("objection", "praise")}  # of held-NETWORK.npy
THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


def main(sentences: Path) -> None:
    """Weigh both opinions on the fold."""
    lines = sentences.read_text("utf-8").splitlines()
    held = [row for row in map(json.loads, lines) if row["fold"] == HELD]
    scores = dict(zip(PREVALENCE, np.load(sentences.with_name("held-linear.npy")).T, strict=True))
    logits = {
        kind: column
        for network, kinds in COLUMNS.items()
        for kind, column in zip(kinds, np.load(sentences.with_name(f"held-{network}.npy")).T, strict=True)
    }
    blends = {kind: weigh(kind, held, logits[kind], scores[kind]) for kind in PREVALENCE}
    (TARGET / "blend.json").write_text(json.dumps(blends, indent=1) + "\n", "utf-8")
    update_manifest()


def weigh(kind: str, held: list[dict[str, Any]], logits: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """The weight of both, and what is added."""
    known = [
        place
        for place, row in enumerate(held)
        if kind in row["truth"] and row["speaker"] == "customer" and not (row["is_part"] and row["truth"][kind])
    ]
    truth = np.array([held[place]["truth"][kind] for place in known])
    both = (logits[known] + logit(scores[known]))[:, None]  # alike: on other talk neither may be trusted more
    expected = PREVALENCE[kind]
    weights = np.where(truth, expected / truth.mean(), (1 - expected) / (1 - truth.mean()))
    model = LogisticRegression(C=1e6).fit(both, truth, sample_weight=weights)
    weight = round(float(model.coef_[0, 0]), 4)
    blend = Blend(weight, weight, round(float(model.intercept_[0]), 4))
    report(kind, truth, {"linear": scores[known], "blend": blend.score(logits[known], scores[known])})
    return {"transformer": blend.transformer, "linear": blend.linear, "offset": blend.offset}


def report(name: str, truth: np.ndarray, scores: dict[str, np.ndarray]) -> None:
    """Figures of the fold, sentence by sentence; three numbers were fitted on it."""
    for which, values in scores.items():
        print(f"{name} {which}: AP {average_precision_score(truth, values):.3f}; P R F1 from a score on:")
        for least in THRESHOLDS:
            found = values >= least
            figures = (precision_score(truth, found), recall_score(truth, found), f1_score(truth, found))
            print(f"  {least:.2f}", *(f"{figure:.2f}" for figure in figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
