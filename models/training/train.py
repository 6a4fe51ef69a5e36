"""Train the classifiers of models/signals/ from the labelled utterances beside this file.

Run from the repository root: `python models/training/train.py`. The same data and versions give the same files.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from insights import models
from insights.signals.features import content_features, question_features
from insights.signals.linear import FORMAT
from insights.signals.seeds import dense_vectors
from insights.signals.units import split_sentences, trim

HERE = Path(__file__).parent
TARGET = HERE.parent / "signals"
SEED = 20261123
N_FOLDS = 5
MIN_COUNT = 4  # a feature seen in fewer sentences is left out; each utterance comes in two spellings
PREVALENCE = {
    "question": 0.15,
    "objection": 0.15,
    "praise": 0.05,
}  # of customers' sentences: ours are chosen to be hard
STRENGTH = {
    "question": 0.1,
    "question_kind": 0.03,
    "objection": 0.01,
    "objection_type": 0.01,
    "praise": 0.03,
}  # C, by dev


@dataclass(frozen=True)
class Example:
    """One sentence of a labelled utterance, in one of its two spellings."""

    row: dict[str, Any]
    text: str
    lexical: dict[str, float]
    content: dict[str, float]
    n_units: int
    vector: Any = None


def read_rows() -> list[dict[str, Any]]:
    """All labelled utterances, in the order of the files."""
    files = sorted(HERE.glob("utterances_*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def make_examples(rows: Sequence[dict[str, Any]], nlp: Any, embed: Any, spell: Callable[[str], str]) -> list[Example]:
    """The sentences of the rows with their features."""
    texts = [spell(row["text"]) for row in rows]
    examples = []
    for row, doc in zip(rows, nlp.pipe(texts, disable=["ner", "lemmatizer"]), strict=True):
        units = list(split_sentences(doc))
        for span in units:
            start, end = trim(doc.text, span.start_char, span.end_char)
            features = question_features(span, row["context"]), content_features(span, row["context"])
            examples.append(Example(row, doc.text[start:end], *features, len(units)))
    vectors = dense_vectors(embed([example.text for example in examples]), embed)
    return [replace(example, vector=vector) for example, vector in zip(examples, vectors, strict=True)]


def as_written(text: str) -> str:
    """The text as it is."""
    return text


def bare(text: str) -> str:
    """The text as a recogniser without punctuation and case gives it."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s'$%]", " ", text.lower())).strip()


@dataclass
class Task:
    """One classifier: which examples it learns from, and what it predicts."""

    name: str
    features: str  # attribute of Example
    dense: bool
    label: Callable[[dict[str, Any]], Any]
    keep: Callable[[dict[str, Any]], bool]


TASKS = (
    Task("question", "lexical", False, lambda row: row["is_question"], lambda row: True),
    Task("question_kind", "content", True, lambda row: row["question_kind"], lambda row: row["is_question"]),
    Task("objection", "content", True, lambda row: row["is_objection"], lambda row: True),
    Task("objection_type", "content", True, lambda row: row["label"], lambda row: row["is_objection"]),
    Task("praise", "content", True, lambda row: row["is_praise"], lambda row: True),
)


def matrix(task: Task, examples: Sequence[Example], vectorizer: DictVectorizer, kept: Any = None) -> Any:
    """Features of the examples: named ones (those in `kept`), then dense ones."""
    named = vectorizer.transform([getattr(example, task.features) for example in examples])
    named = named if kept is None else named[:, kept]
    if not task.dense:
        return csr_matrix(named)
    return csr_matrix(hstack([named, csr_matrix(np.array([example.vector for example in examples]))]))


def choose_sentences(task: Task, examples: Sequence[Example], scores: Any = None) -> list[Example]:
    """Of an utterance that has the label, the sentence that carries it: the one that scores highest, once scored."""
    if task.name not in {"question", "objection", "praise"}:
        return [example for example in examples if task.keep(example.row)]
    if scores is None:
        return [example for example in examples if not task.label(example.row) or example.n_units == 1]
    best: dict[tuple[int, int], float] = {}
    group = _groups(examples)
    for key, score in zip(group, scores, strict=True):
        best[key] = max(best.get(key, -np.inf), score)
    return [
        example
        for example, key, score in zip(examples, group, scores, strict=True)
        if not task.label(example.row) or score == best[key]
    ]


def _groups(examples: Sequence[Example]) -> list[tuple[int, int]]:
    """Which row and spelling each example comes from."""
    keys, spelling, seen = [], 0, -1
    for example in examples:
        if id(example.row) != seen:
            spelling, seen = spelling + 1, id(example.row)
        keys.append((spelling, seen))
    return keys


def fit(task: Task, examples: Sequence[Example], strength: float) -> dict[str, Any]:
    """The classifier as JSON will hold it."""
    chosen = choose_sentences(task, examples)
    vectorizer = DictVectorizer()
    counts = vectorizer.fit_transform([getattr(example, task.features) for example in chosen])
    kept = np.flatnonzero(np.asarray((counts > 0).sum(axis=0)).ravel() >= MIN_COUNT)
    model = new_model(strength)
    for _ in range(2):  # again, with the sentences that the first round takes for the carriers
        model = new_model(strength).fit(matrix(task, chosen, vectorizer, kept), labels(task, chosen))
        if task.name not in {"question", "objection", "praise"}:
            break
        chosen = choose_sentences(task, examples, model.decision_function(matrix(task, examples, vectorizer, kept)))
    slope, offset = calibrate(task, chosen, matrix(task, chosen, vectorizer, kept), strength)
    names = vectorizer.get_feature_names_out()[kept]
    n_named = len(names)
    return {
        "format": FORMAT,
        "classes": [str(value) for value in model.classes_],
        "intercept": np.round(model.intercept_, 5).tolist(),
        "slope": round(slope, 5),
        "offset": round(offset, 5),
        "weights": {
            name: np.round(column, 4).tolist() for name, column in zip(names, model.coef_[:, :n_named].T, strict=True)
        },
        "dense": np.round(model.coef_[:, n_named:], 4).tolist(),
    }


def labels(task: Task, examples: Sequence[Example]) -> Any:
    """What the classifier shall predict for each example."""
    return np.array([task.label(example.row) for example in examples])


def new_model(strength: float) -> LogisticRegression:
    """A logistic regression in which rare classes weigh as much as common ones."""
    return LogisticRegression(C=strength, max_iter=3000, class_weight="balanced", random_state=SEED)


def calibrate(task: Task, examples: Sequence[Example], rows: Any, strength: float) -> tuple[float, float]:
    """Slope and offset that turn decision values into chances, from folds that share no industry with their training."""  # noqa: E501
    groups = [example.row["industry"] for example in examples]
    truth = labels(task, examples)
    if truth.dtype != bool:
        return 1.0, 0.0
    values = cross_val_predict(
        new_model(strength), rows, truth, groups=groups, cv=GroupKFold(N_FOLDS), method="decision_function"
    )
    expected = PREVALENCE[task.name]
    weights = np.where(truth, expected / truth.mean(), (1 - expected) / (1 - truth.mean()))
    platt = LogisticRegression(C=1e6).fit(values[:, None], truth, sample_weight=weights)
    return float(platt.coef_[0, 0]), float(platt.intercept_[0])


def score(task: Task, model: dict[str, Any], examples: Sequence[Example]) -> dict[str, Any]:
    """How well the classifier does on utterances that it did not learn from."""
    path = TARGET / f"{task.name}.json"
    path.write_text(json.dumps(model))
    from insights.signals.linear import read_linear

    linear = read_linear(path)
    examples = [example for example in examples if task.keep(example.row)]
    vectors = np.array([example.vector for example in examples]) if task.dense else None
    scores = linear.score([getattr(example, task.features) for example in examples], vectors)
    if scores.ndim == 2:
        said = [linear.classes[place] for place in scores.argmax(axis=1)]
        truth = [task.label(example.row) for example in examples]
        right = sum(first == second for first, second in zip(said, truth, strict=True))
        return {"n": len(truth), "accuracy": round(right / len(truth), 3), "macro_f1": _f1(truth, said)}
    best: dict[tuple[int, int], float] = {}
    rows = {}
    for key, example, value in zip(_groups(examples), examples, scores, strict=True):
        best[key] = max(best.get(key, 0.0), float(value))
        rows[key] = task.label(example.row)
    truth, values = np.array(list(rows.values())), np.array([best[key] for key in rows])
    said = values >= 0.5
    return {
        "n": len(truth),
        "positive": int(truth.sum()),
        "precision": round(float(precision_score(truth, said)), 3),
        "recall": round(float(recall_score(truth, said)), 3),
        "f1": round(float(f1_score(truth, said)), 3),
        "ap": round(float(average_precision_score(truth, values)), 3),
    }


def _f1(truth: list[str], said: list[str]) -> float:
    return round(float(f1_score(truth, said, average="macro", zero_division=0.0)), 3)


def update_manifest() -> None:
    """Write sizes and hashes of the trained files into models/manifest.toml."""
    path = HERE.parent / "manifest.toml"
    lines = [
        f'    {{ name = "{file.name}", size = {file.stat().st_size}, sha256 = "{hashlib.sha256(file.read_bytes()).hexdigest()}" }},'  # noqa: E501
        for file in sorted(TARGET.glob("*.json"))
    ]
    text = path.read_text("utf-8")
    block = re.search(
        r'(\[\[model\]\]\nname = "signals"\n(?:(?!\[\[model\]\])[\s\S])*?files = \[\n)[\s\S]*?(\n\])', text
    )
    if block is None:
        sys.exit("models/manifest.toml has no model named 'signals' with a list of files.")
    path.write_text(text[: block.end(1)] + "\n".join(lines) + text[block.start(2) :], "utf-8")


def main() -> None:
    """Tune on dev where asked (`--tune`), train on train and dev, report on test, write models/signals/."""
    nlp, embed = models.load_spacy(), models.load_embedder()
    rows = read_rows()
    written = make_examples(rows, nlp, embed, as_written)
    spoken = make_examples(rows, nlp, embed, bare)
    TARGET.mkdir(exist_ok=True)

    def part(examples: list[Example], *splits: str) -> list[Example]:
        return [example for example in examples if example.row["split"] in splits]

    report = {}
    for task in TASKS:
        if "--tune" in sys.argv:
            train = part(written, "train") + part(spoken, "train")
            for strength in (0.003, 0.01, 0.03, 0.1, 0.3, 1.0):
                model = fit(task, train, strength)
                print(task.name, strength, *(score(task, model, part(some, "dev")) for some in (written, spoken)))
        model = fit(task, part(written, "train", "dev") + part(spoken, "train", "dev"), STRENGTH[task.name])
        report[task.name] = {
            "written": score(task, model, part(written, "test")),
            "bare": score(task, model, part(spoken, "test")),
        }
        print(task.name, report[task.name])
    update_manifest()


if __name__ == "__main__":
    main()
