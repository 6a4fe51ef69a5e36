"""Write models/signals/blend.json: how far the opinions of linear classifiers and transformer are to be believed.

Run from the repository root after train.py and train_sentences.py: `python models/training/train_blend.py
SENTENCES.jsonl`. The transformers did not learn from one fold; linear classifiers are trained here without it, too, so
that both judge sentences of industries that they do not know.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from sentences import folds_of
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score
from train import (
    PREVALENCE,
    STRENGTH,
    TARGET,
    TASKS,
    Example,
    Task,
    as_written,
    bare,
    fit,
    make_examples,
    read_conversations,
    read_single,
    update_manifest,
)

from insights import models
from insights.signals.adapt import logit
from insights.signals.blend import Blend
from insights.signals.linear import read_linear

FOLD = 0
COLUMNS = {"questions": ("question",), "objections": ("objection", "praise")}  # of held-NETWORK.npy
THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


def main(sentences: Path) -> None:
    """Train without the fold, judge the fold, weigh."""
    rows = [json.loads(line) for line in sentences.read_text("utf-8").splitlines()]
    said = [row["text"] for row in rows if row["fold"] == FOLD]
    nlp, embed = models.load_spacy(), models.load_embedder()
    scenes = [scene for scene in (*read_single(), *read_conversations()) if scene.split != "test"]
    folds = folds_of(scenes)
    examples = [one for spell in (as_written, bare) for one in make_examples(scenes, nlp, embed, spell)]
    held = [one for one in examples if folds[one.scene.industry] == FOLD]
    same = [one.text.rstrip(".") for one in held] == [text.rstrip(".") for text in said]
    assert same, "SENTENCES.jsonl is of other text: write it and what was held out again."
    learnt = [one for one in examples if folds[one.scene.industry] != FOLD]
    logits = {
        kind: column
        for network, kinds in COLUMNS.items()
        for kind, column in zip(kinds, np.load(sentences.with_name(f"held-{network}.npy")).T, strict=True)
    }
    blends = {task.name: weigh(task, learnt, held, logits[task.name]) for task in TASKS if task.name in logits}
    (TARGET / "blend.json").write_text(json.dumps(blends, indent=1) + "\n", "utf-8")
    update_manifest()


def weigh(task: Task, learnt: list[Example], held: list[Example], logits: np.ndarray) -> dict[str, float]:
    """The weight of both, and what is added."""
    scores = judge(task, learnt, held)
    known = [
        place
        for place, one in enumerate(held)
        if task.name in one.truth
        and one.scene.lines[one.place[2]].speaker == "customer"
        and not (one.is_part and one.truth[task.name])
    ]
    truth = np.array([held[place].truth[task.name] for place in known])
    both = (logits[known] + logit(scores[known]))[:, None]  # alike: on other talk neither may be trusted more
    expected = PREVALENCE[task.name]
    weights = np.where(truth, expected / truth.mean(), (1 - expected) / (1 - truth.mean()))
    model = LogisticRegression(C=1e6).fit(both, truth, sample_weight=weights)
    weight = round(float(model.coef_[0, 0]), 4)
    blend = Blend(weight, weight, round(float(model.intercept_[0]), 4))
    report(task.name, truth, {"linear": scores[known], "blend": blend.score(logits[known], scores[known])})
    return {"transformer": blend.transformer, "linear": blend.linear, "offset": blend.offset}


def judge(task: Task, learnt: list[Example], held: list[Example]) -> np.ndarray:
    """Scores of the fold by the linear classifier of the others: (n,)."""
    row, _ = fit(task, learnt, STRENGTH[task.name])
    file = Path("FOLD.json")
    file.write_text(json.dumps(row), "utf-8")
    vectors = np.array([one.vector for one in held]) if task.dense else None
    scores = read_linear(file).score([getattr(one, task.features) for one in held], vectors)
    file.unlink()
    return scores


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
