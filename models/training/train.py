"""Train the classifiers of models/signals/ from the labelled text beside this file.

Run from the repository root: `python models/training/train.py`, then train_kinds.py. The same data and versions give
the same files. It learns from the single utterances (splits "train" and "dev") and from the conversations (split
"train"), in which each sentence is read with what was said before and what follows. `--tune` prints the figures of
other strengths on folds that share no industry.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
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
from insights.signals.linear import FORMAT, read_linear
from insights.signals.seeds import dense_vectors
from insights.signals.units import Unit, find_units
from insights.types import Utterance

HERE = Path(__file__).parent
TARGET = HERE.parent / "signals"
SEED = 20261123
N_FOLDS = 5
MIN_COUNT = 4  # a feature seen in fewer sentences is left out; each utterance comes in two spellings
HALF = 0.5  # of the shorter one: a sentence carries a labelled span from that overlap on
REPS_LABELLED = frozenset(f"conversations_{number}.jsonl" for number in range(5, 14))  # the rep's questions, too
PREVALENCE = {
    "question": 0.15,
    "objection": 0.15,
    "praise": 0.05,
}  # of customers' sentences: ours are chosen to be hard
STRENGTH = {
    "question": 0.02,
    "question_kind": 0.03,
    "objection": 0.01,
    "objection_type": 0.01,
    "praise": 0.03,
}  # C
HELD = 0  # the fold that the transformers do not learn from
PRIVATE = "private talk"  # so the industry of talks begins in which nobody sells anything
TUNED = (0.003, 0.01, 0.02, 0.03, 0.1, 0.3)


@dataclass(frozen=True)
class Line:
    """An utterance with its labels; without any if nothing is known of it."""

    text: str
    speaker: str
    truth: dict[str, Any] = field(default_factory=dict)  # by task: of the whole utterance
    spans: dict[str, dict[str, Any]] | None = None  # by task: labelled words and their label; None: only `truth`


@dataclass(frozen=True)
class Scene:
    """Lines that were said or written one after the other."""

    id: str
    split: str
    industry: str
    lines: tuple[Line, ...]
    is_spoken: bool = False

    @property
    def is_private(self) -> bool:
        """Whether nobody sells anything in it."""
        return self.industry.startswith(PRIVATE)


@dataclass(frozen=True)
class Example:
    """One sentence in one of its two spellings."""

    scene: Scene
    place: tuple[str, str, int]  # the utterance: spelling, scene and number
    lexical: dict[str, float]
    content: dict[str, float]
    truth: dict[str, Any]  # by task; a task that is missing cannot be learnt from it
    is_part: bool  # the truth is of an utterance with several sentences, one of which carries it
    text: str = ""
    vector: Any = None


def read_single() -> Iterator[Scene]:
    """The single utterances, each behind what the rep said."""
    for file in sorted(HERE.glob("utterances_*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines()):
            row = json.loads(line)
            truth = {name: row[f"is_{name}"] for name in ("question", "objection", "praise")}
            truth |= {"question_kind": row["question_kind"]} if row["is_question"] else {}
            truth |= {"objection_type": row["label"]} if row["is_objection"] else {}
            before = (Line(row["context"], "rep"),) if row["context"] else ()
            scene = (*before, Line(row["text"], "customer", truth))
            yield Scene(f"{file.stem}/{number}", row["split"], row["industry"], scene)


def read_conversations() -> Iterator[Scene]:
    """The labelled conversations; in mail each change of speaker begins a new message, as in use."""
    for file in sorted(HERE.glob("conversations_*.jsonl")):
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        for name, group in groupby(rows, key=lambda row: row["dialogue"]):
            own = list(group)
            parts = [list(part) for _, part in groupby(own, key=lambda row: row["style"] == "mail" and row["speaker"])]
            for number, part in enumerate(parts):
                lines = tuple(_read_line(row, file.name in REPS_LABELLED) for row in part)
                spoken = own[0]["style"] == "call"
                yield Scene(f"{name}/{number}", own[0]["split"], own[0]["industry"], lines, spoken)


def _read_line(row: dict[str, Any], reps_labelled: bool) -> Line:
    is_private = row["industry"].startswith(PRIVATE)  # what is asked there is of no kind that we know
    asked = {one["span"]: "" if is_private else one["kind"] for one in row["questions"]}
    objected = {one["span"]: one["label"] for one in row["objections"]}
    spans = {"question": asked, "objection": objected}
    if "praise" in row:  # not labelled everywhere
        spans["praise"] = {row["praise"]: ""} if row["praise"] else {}
    if row["speaker"] == "customer":
        return Line(row["text"], "customer", {}, spans)
    if reps_labelled:
        return Line(row["text"], "rep", {}, {"question": asked})
    if row["noise"] == "clean":  # what the rep asks is marked where punctuation is good
        marked = re.findall(r"[^.?!]+\?", row["text"])
        return Line(row["text"], "rep", {}, {"question": dict.fromkeys((one.strip() for one in marked), "")})
    return Line(row["text"], "rep")


def make_examples(scenes: Sequence[Scene], nlp: Any, embed: Any, spell: Callable[[str], str]) -> list[Example]:
    """The sentences of the scenes with their features."""
    examples = []
    for scene in scenes:
        for unit, truth, is_part in label_units(scene, nlp, spell):
            features = question_features(unit), content_features(unit)
            place = (spell.__name__, scene.id, unit.utterance.index)
            examples.append(Example(scene, place, *features, truth, is_part, unit.text))
    vectors = dense_vectors(embed([example.text for example in examples]), embed)
    return [replace(example, vector=vector) for example, vector in zip(examples, vectors, strict=True)]


def label_units(scene: Scene, nlp: Any, spell: Callable[[str], str]) -> Iterator[tuple[Unit, dict[str, Any], bool]]:
    """The sentences of which something is known, with their truth, and whether it is that of a longer utterance."""
    said = [  # all are read as customers: sentences of reps teach what a question is
        Utterance(scene.id, index, line.speaker, "customer", 1.0, spell(line.text), index if scene.is_spoken else None)
        for index, line in enumerate(scene.lines)
    ]
    units = find_units(said, nlp)
    counts = Counter(unit.utterance.index for unit in units)
    for unit in units:
        line = scene.lines[unit.utterance.index]
        truth = _truth(line, unit, spell)
        if truth:
            yield unit, truth, line.spans is None and counts[unit.utterance.index] > 1


def _truth(line: Line, unit: Unit, spell: Callable[[str], str]) -> dict[str, Any]:
    """What is known of a sentence, by task."""
    truth = dict(line.truth)
    more = {"question": "question_kind", "objection": "objection_type"}
    for task, spans in (line.spans or {}).items():
        labels = [label for words, label in spans.items() if _carries(unit, spell(words))]
        truth[task] = bool(labels)
        if labels and labels[0] and task in more:
            truth[more[task]] = labels[0]
    return truth


def _carries(unit: Unit, words: str) -> bool:
    first = unit.utterance.text.find(words)
    if first < 0 or not words:
        return False
    start, end = unit.span.start_char, unit.span.end_char
    return min(end, first + len(words)) - max(start, first) >= HALF * min(end - start, len(words))


def as_written(text: str) -> str:
    """The text as it is."""
    return text


def bare(text: str) -> str:
    """The text as a recogniser without punctuation and case gives it."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s'$%]", " ", text.lower())).strip()


@dataclass(frozen=True)
class Task:
    """One classifier: which features it learns from."""

    name: str
    features: str  # attribute of Example
    dense: bool
    balanced: bool = True  # rare classes weigh as much as common ones


TASKS = (
    Task("question", "lexical", dense=False, balanced=False),
    Task("question_kind", "content", dense=True),
    Task("objection", "content", dense=True),
    Task("objection_type", "content", dense=True),
    Task("praise", "content", dense=True),
)


def matrix(task: Task, examples: Sequence[Example], vectorizer: DictVectorizer, kept: Any) -> Any:
    """Features of the examples: named ones (those in `kept`), then dense ones."""
    named = vectorizer.transform([getattr(example, task.features) for example in examples])[:, kept]
    if not task.dense:
        return csr_matrix(named)
    return csr_matrix(hstack([named, csr_matrix(np.array([example.vector for example in examples]))]))


def choose_sentences(task: Task, examples: Sequence[Example], scores: Any = None) -> list[Example]:
    """Of an utterance that has the label, the sentence that carries it: the one that scores highest, once scored."""
    if task.name not in PREVALENCE:
        return list(examples)
    if scores is None:
        return [example for example in examples if not (example.is_part and example.truth[task.name])]
    best: dict[tuple[str, str, int], float] = {}
    for example, score in zip(examples, scores, strict=True):
        best[example.place] = max(best.get(example.place, -np.inf), score)
    return [
        example
        for example, score in zip(examples, scores, strict=True)
        if not (example.is_part and example.truth[task.name]) or score == best[example.place]
    ]


def fit(task: Task, examples: Sequence[Example], strength: float) -> tuple[dict[str, Any], float]:
    """The classifier as JSON will hold it, and its AP or accuracy on folds that share no industry."""
    examples = [example for example in examples if task.name in example.truth]
    chosen = choose_sentences(task, examples)
    vectorizer = DictVectorizer()
    counts = vectorizer.fit_transform([getattr(example, task.features) for example in chosen])
    kept = np.flatnonzero(np.asarray((counts > 0).sum(axis=0)).ravel() >= MIN_COUNT)
    rows = matrix(task, examples, vectorizer, kept)
    for _ in range(2):  # again, with the sentences that the first round takes for the carriers
        model = new_model(task, strength).fit(matrix(task, chosen, vectorizer, kept), labels(task, chosen))
        if task.name not in PREVALENCE:
            break
        chosen = choose_sentences(task, examples, model.decision_function(rows))
    slope, offset, figure = calibrate(task, chosen, matrix(task, chosen, vectorizer, kept), strength)
    names = vectorizer.get_feature_names_out()[kept]
    columns = zip(names, np.round(model.coef_[:, : len(names)], 4).T.tolist(), strict=True)
    return {
        "format": FORMAT,
        "classes": [str(value) for value in model.classes_],
        "intercept": np.round(model.intercept_, 5).tolist(),
        "slope": round(slope, 5),
        "offset": round(offset, 5),
        "weights": {name: column for name, column in columns if any(column)},
        "dense": np.round(model.coef_[:, len(names) :], 4).tolist(),
    }, figure


def labels(task: Task, examples: Sequence[Example]) -> Any:
    """What the classifier shall predict for each example."""
    return np.array([example.truth[task.name] for example in examples])


def new_model(task: Task, strength: float) -> LogisticRegression:
    """A logistic regression."""
    weights = "balanced" if task.balanced else None
    return LogisticRegression(C=strength, max_iter=3000, class_weight=weights, random_state=SEED)


def calibrate(task: Task, examples: Sequence[Example], rows: Any, strength: float) -> tuple[float, float, float]:
    """Slope and offset that turn decision values into chances, from folds that share no industry; and their AP."""
    groups = [example.scene.industry for example in examples]
    truth = labels(task, examples)
    folds = {"groups": groups, "cv": GroupKFold(N_FOLDS)}
    if truth.dtype != bool:
        said = cross_val_predict(new_model(task, strength), rows, truth, **folds)
        return 1.0, 0.0, float((said == truth).mean())
    values = cross_val_predict(new_model(task, strength), rows, truth, **folds, method="decision_function")
    expected = PREVALENCE[task.name]
    weights = np.where(truth, expected / truth.mean(), (1 - expected) / (1 - truth.mean()))
    platt = LogisticRegression(C=1e6).fit(values[:, None], truth, sample_weight=weights)
    chances = platt.predict_proba(values[:, None])[:, 1]
    shown = [f"{least}: {f1_score(truth, chances >= least):.3f}" for least in (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)]
    print(task.name, "F1 on folds from", *shown)
    return float(platt.coef_[0, 0]), float(platt.intercept_[0]), float(average_precision_score(truth, values))


def score(task: Task, examples: Sequence[Example]) -> dict[str, Any]:
    """How well the classifier does on utterances that it did not learn from."""
    linear = read_linear(TARGET / f"{task.name}.json")
    examples = [example for example in examples if task.name in example.truth and "objection" in example.truth]
    vectors = np.array([example.vector for example in examples]) if task.dense else None
    scores = linear.score([getattr(example, task.features) for example in examples], vectors)
    if scores.ndim == 2:
        said = [linear.classes[place] for place in scores.argmax(axis=1)]
        truth = [example.truth[task.name] for example in examples]
        right = sum(first == second for first, second in zip(said, truth, strict=True))
        return {"n": len(truth), "accuracy": round(right / len(truth), 3), "macro_f1": _f1(truth, said)}
    rows: dict[tuple[str, str, int], list[Any]] = {}
    for example, value in zip(examples, scores, strict=True):
        known = rows.setdefault(example.place, [False, 0.0])
        rows[example.place] = [known[0] or example.truth[task.name], max(known[1], float(value))]
    truth, values = (np.array(column) for column in zip(*rows.values(), strict=True))
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
    text = path.read_text("utf-8")
    trained = {
        "signals": sorted((*TARGET.glob("*.json"), *TARGET.glob("*.safetensors"))),
        **{name: [HERE.parent / name / "model.onnx"] for name in ("minilm-questions", "minilm-objections")},
    }
    for name, files in trained.items():
        lines = [
            f'    {{ name = "{file.name}", size = {file.stat().st_size}, sha256 = "{hashlib.sha256(file.read_bytes()).hexdigest()}" }},'  # noqa: E501
            for file in files
        ]
        block = re.search(
            rf'(\[\[model\]\]\nname = "{name}"\n(?:(?!\[\[model\]\])[\s\S])*?files = \[\n)[\s\S]*?(\n\])', text
        )
        if block is None:
            sys.exit(f"models/manifest.toml has no model named '{name}' with a list of files.")
        text = text[: block.end(1)] + "\n".join(lines) + text[block.start(2) :]
    path.write_text(text, "utf-8")


def judge_held(examples: Sequence[Example], sentences: Path) -> Any:
    """What classifiers say of the fold that the transformers did not learn, trained without it: (n_held, 3).

    The columns are those of `PREVALENCE`; rows are the fold's in SENTENCES.jsonl.
    """
    rows = [json.loads(line) for line in sentences.read_text("utf-8").splitlines()]
    if [row["text"].rstrip(".") for row in rows] != [one.text.rstrip(".") for one in examples]:
        sys.exit(f"{sentences} is of other text: write it again with sentences.py.")
    pairs = [(one, row["fold"]) for one, row in zip(examples, rows, strict=True) if row["fold"] is not None]
    learnt, held = [one for one, fold in pairs if fold != HELD], [one for one, fold in pairs if fold == HELD]
    return np.stack([judge(task, learnt, held) for task in TASKS if task.name in PREVALENCE], axis=1)


def judge(task: Task, learnt: list[Example], held: list[Example]) -> Any:
    """Scores of one part by the classifier of the other: (n_held,)."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "linear.json"
        file.write_text(json.dumps(fit(task, learnt, STRENGTH[task.name])[0]), "utf-8")
        linear = read_linear(file)
    vectors = np.array([one.vector for one in held]) if task.dense else None
    return linear.score([getattr(one, task.features) for one in held], vectors)


def main(sentences: Path) -> None:
    """Learn from the splits train and dev, report on test, write models/signals/ and held-linear.npy."""
    nlp, embed = models.load_spacy(), models.load_embedder()
    scenes = [*read_single(), *read_conversations()]
    written = make_examples(scenes, nlp, embed, as_written)
    spoken = make_examples(scenes, nlp, embed, bare)
    TARGET.mkdir(exist_ok=True)
    learnt = [example for example in written + spoken if example.scene.split != "test"]
    for task in TASKS:
        for strength in TUNED if "--tune" in sys.argv else ():
            print(task.name, strength, round(fit(task, learnt, strength)[1], 4), flush=True)
        model, figure = fit(task, learnt, STRENGTH[task.name])
        (TARGET / f"{task.name}.json").write_text(json.dumps(model), "utf-8")
        print(task.name, "on folds", round(figure, 3))
        for examples in (written, spoken):
            print(task.name, score(task, [one for one in examples if one.scene.split == "test"]), flush=True)
    np.save(sentences.with_name("held-linear.npy"), judge_held(written + spoken, sentences))
    update_manifest()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
