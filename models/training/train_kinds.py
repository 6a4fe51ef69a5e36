"""Train what models/signals/ needs besides train.py: answers, outcomes, needs and next steps.

Run from the repository root after train.py: `python models/training/train_kinds.py`. It learns from the labelled
conversations of the split "train"; figures are of the split "test", with bootstrap intervals over conversations. The
same data and versions give the same files. `--tune` prints cross-validated figures of other strengths.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from insights import models
from insights.signals import answers, detect, kinds, outcomes
from insights.signals.following import find_sequels
from insights.signals.linear import FORMAT, read_linear
from insights.signals.units import split_sentences, trim
from insights.types import Signal, Utterance

HERE = Path(__file__).parent
TARGET = HERE.parent / "signals"
SEED = 20261124
N_FOLDS = 8
N_BOOTSTRAP = 1000
MIN_COUNT = 2  # a feature of fewer examples is left out
MIN_PRECISION = 0.7  # that thresholds are chosen for
MIN_SAID = 10  # as many at least must be said for a precision to count
STRENGTH = {"answer": 1.0, "outcome": 0.2, "need": 0.1, "next_step": 0.1}  # C, by cross-validation on train
WEIGHTS = {  # rarer statuses weigh more: else they would never be said
    "answer": {"answered": 1.0, "partly": 1.5, "deferred": 2.0, "unanswered": 2.5},
    "outcome": {},
}
# Conversations that were written for their questions; what in them would be a need was not labelled with care.
FEW_NEEDS = frozenset(
    json.loads(line)["dialogue"] for line in (HERE / "conversations_5.jsonl").read_text("utf-8").splitlines()
)
FILES = ("answer.json", "outcome.json", "need.json", "next_step.json", "thresholds.json")


@dataclass(frozen=True)
class Example:
    """What a classifier learns from: features, truth, and the conversation that it comes from."""

    features: dict[str, float]
    truth: Any
    group: str  # the conversation
    industry: str
    split: str
    row: tuple[str, int] = ("", 0)  # the utterance; of needs and next steps, several sentences share it
    vector: Any = None
    shown: frozenset[str] = frozenset()  # statuses that words show


def read_dialogues() -> dict[str, list[dict[str, Any]]]:
    """The lines of each conversation in which what follows is labelled, in order."""
    dialogues: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(HERE.glob("conversations_*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            if "outcome" not in row:
                continue
            dialogues.setdefault(row["dialogue"], []).append(row)
    return dialogues


def make_utterances(rows: Sequence[dict[str, Any]]) -> list[Utterance]:
    """A conversation as the detectors take it; in mail each change of speaker begins a new message."""
    said, n_mails, last = [], 0, ""
    for index, row in enumerate(rows):
        is_mail = row["style"] == "mail"
        n_mails += is_mail and row["speaker"] != last
        last = row["speaker"]
        name = f"{row['dialogue']}/{n_mails}" if is_mail else row["dialogue"]
        times = (None, None) if is_mail else (3.0 * index, 3.0 * index + 2)
        said.append(Utterance(name, index, last, last, 1.0, row["text"], *times))  # type: ignore[arg-type]
    return said


def make_gold(rows: Sequence[dict[str, Any]], said: Sequence[Utterance], kind: str) -> list[tuple[Signal, str]]:
    """The labelled questions or objections as signals, with what became of each."""
    gold = []
    for row, utterance in zip(rows, said, strict=True):
        for number, one in enumerate(row[f"{kind}s"]):
            start = row["text"].index(one["span"])
            label = one.get("kind") or one.get("label")
            place = (one["span"], start, start + len(one["span"]))
            signal = Signal(f"{utterance.id}/{kind}/{number}", utterance.id, kind, label, *place, 1.0, "labelled")  # type: ignore[arg-type]
            gold.append((signal, row["answer" if kind == "question" else "outcome"]))
    return gold


def answer_examples(dialogues: dict[str, list[dict[str, Any]]], embed: Any) -> Iterator[Example]:
    """One example a labelled question to which the rep says something."""
    for name, rows in dialogues.items():
        said = make_utterances(rows)
        gold = make_gold(rows, said, "question")
        for (_, truth), sequel in zip(gold, find_sequels([signal for signal, _ in gold], said), strict=True):
            reply = answers.find_reply(sequel, answers.AnswerOptions(), embed)
            if reply is not None and truth:
                yield Example(answers.reply_features(sequel, reply), truth, name, rows[0]["industry"], rows[0]["split"])


def outcome_examples(dialogues: dict[str, list[dict[str, Any]]], nlp: Any, embed: Any) -> Iterator[Example]:
    """One example a labelled objection; which others are raised later is what the detector finds, as in use."""
    for name, rows in dialogues.items():
        said = make_utterances(rows)
        gold = make_gold(rows, said, "objection")
        if not gold:
            continue
        found = [signal for signal in detect(said, nlp, embed) if signal.kind == "objection"]
        for (_, truth), sequel in zip(gold, find_sequels([signal for signal, _ in gold], said), strict=True):
            reception = outcomes.receive(sequel, embed)
            shown = {one for one in outcomes.STATUSES if outcomes.is_shown(sequel, one, reception, found)}
            features = outcomes.outcome_features(sequel, reception, found)
            yield Example(features, truth, name, rows[0]["industry"], rows[0]["split"], shown=frozenset(shown))


def kind_examples(
    kind: kinds.TrainedKind, dialogues: dict[str, list[dict[str, Any]]], nlp: Any, embed: Any
) -> list[Example]:
    """One example a sentence; it is one if the labelled span lies mostly in it."""
    drafts, texts = [], []
    for name, rows in dialogues.items():
        if kind == "need" and name in FEW_NEEDS:
            continue
        wanted = [(index, row) for index, row in enumerate(rows) if row["speaker"] in kinds.SIDES[kind]]
        docs = [_parse(row, nlp) for _, row in wanted]
        for (index, row), doc in zip(wanted, docs, strict=True):
            for span in split_sentences(doc):
                start, end = trim(doc.text, span.start_char, span.end_char)
                text = doc.text[start:end]
                if kinds.is_candidate(kind, text):
                    truth = _holds(row, kind, start, end)
                    drafts.append((kinds.kind_features(kind, text, row["speaker"]), truth, name, row, index))
                    texts.append(text)
    vectors = kinds.scaled(embed(texts))
    return [
        Example(features, truth, name, row["industry"], row["split"], (name, index), vector)
        for (features, truth, name, row, index), vector in zip(drafts, vectors, strict=True)
    ]


def _parse(row: dict[str, Any], nlp: Any) -> Any:
    """A customer's words are parsed, a rep's only cut into tokens, as in use."""
    with nlp.select_pipes(disable=["ner", "lemmatizer"]):
        return nlp(row["text"]) if row["speaker"] == "customer" else nlp.make_doc(row["text"])


def _holds(row: dict[str, Any], kind: str, start: int, end: int) -> bool:
    """Whether the labelled words and the sentence overlap by half of the shorter one."""
    if not row[kind]:
        return False
    first = row["text"].index(row[kind])
    overlap = min(end, first + len(row[kind])) - max(start, first)
    return overlap >= 0.5 * min(end - start, len(row[kind]))


def n_missed(kind: str, dialogues: dict[str, list[dict[str, Any]]], examples: Sequence[Example], split: str) -> int:
    """How many labelled lines have no sentence that is scored at all."""
    held = {example.row for example in examples if example.truth}
    return sum(
        bool(row[kind]) and (name, index) not in held
        for name, rows in dialogues.items()
        for index, row in enumerate(rows)
        if row["split"] == split and row["speaker"] in kinds.SIDES[kind]  # type: ignore[index]
    )


class Matrix:
    """Features of examples as rows: named ones that are common enough, then the vector if there is one."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.vectorizer = DictVectorizer()
        counts = self.vectorizer.fit_transform([example.features for example in examples])
        self.kept = np.flatnonzero(np.asarray((counts > 0).sum(axis=0)).ravel() >= MIN_COUNT)

    @property
    def names(self) -> Any:
        """The names of the columns."""
        return self.vectorizer.get_feature_names_out()[self.kept]

    def of(self, examples: Sequence[Example]) -> Any:
        """The rows of these examples."""
        named = self.vectorizer.transform([example.features for example in examples])[:, self.kept]
        if examples[0].vector is None:
            return csr_matrix(named)
        return csr_matrix(hstack([named, csr_matrix(np.array([example.vector for example in examples]))]))


def new_model(name: str, strength: float, classes: Sequence[Any]) -> LogisticRegression:
    """A logistic regression; of two classes both weigh the same."""
    weights: Any = "balanced"
    if name in WEIGHTS:
        weights = {place: WEIGHTS[name].get(str(one), 1.0) for place, one in enumerate(classes)}
    return LogisticRegression(C=strength, max_iter=3000, class_weight=weights, random_state=SEED)


def cross_validate(name: str, examples: Sequence[Example], strength: float) -> tuple[Any, Any, Any]:
    """Classes, the truth as places in them, and decision values of folds that share no industry."""
    classes, truth = np.unique([example.truth for example in examples], return_inverse=True)
    rows = Matrix(examples).of(examples)
    groups = [example.industry for example in examples]
    model = new_model(name, strength, classes)
    method = "decision_function" if len(classes) == 2 else "predict_proba"
    return classes, truth, cross_val_predict(model, rows, truth, groups=groups, cv=GroupKFold(N_FOLDS), method=method)


def fit(name: str, examples: Sequence[Example]) -> dict[str, Any]:
    """The classifier as JSON holds it; of two classes with Platt's calibration from the folds."""
    classes, truth, values = cross_validate(name, examples, STRENGTH[name])
    matrix = Matrix(examples)
    model = new_model(name, STRENGTH[name], classes).fit(matrix.of(examples), truth)
    slope, offset = 1.0, 0.0
    if len(classes) == 2:
        platt = LogisticRegression(C=1e6).fit(values[:, None], truth)
        slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    n_named = len(matrix.names)
    columns = zip(matrix.names, model.coef_[:, :n_named].T, strict=True)
    return {
        "format": FORMAT,
        "classes": [str(one) for one in classes],
        "intercept": np.round(model.intercept_, 5).tolist(),
        "slope": round(slope, 5),
        "offset": round(offset, 5),
        "weights": {name: np.round(column, 4).tolist() for name, column in columns},
        "dense": np.round(model.coef_[:, n_named:], 4).tolist(),
    }


def choose_threshold(name: str, examples: Sequence[Example], model: dict[str, Any]) -> tuple[float, dict[str, float]]:
    """The lowest calibrated score from which the folds' precision is MIN_PRECISION or more, and the figures there."""
    _, truth, values = cross_validate(name, examples, STRENGTH[name])
    chances = 1 / (1 + np.exp(-(model["slope"] * values + model["offset"])))
    order = np.argsort(-chances)
    right = np.cumsum(truth[order])
    precisions = right / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((precisions >= MIN_PRECISION) & (np.arange(len(order)) >= MIN_SAID - 1))
    last = int(enough[-1]) if len(enough) else MIN_SAID - 1
    figures = {"precision": float(precisions[last]), "recall": float(right[last] / truth.sum())}
    return round(float(chances[order][last]), 3), figures


def score_kind(examples: Sequence[Example], scores: Any, threshold: float, missed: int) -> dict[str, Any]:
    """P, R, F1 and AP by utterance, with 95 % intervals over conversations; `missed` ones count against recall."""
    best: dict[tuple[str, int], list[Any]] = {}
    for example, value in zip(examples, scores, strict=True):
        known = best.setdefault(example.row, [0.0, False])
        best[example.row] = [max(known[0], float(value)), known[1] or bool(example.truth)]
    rows = [(name, value, truth) for (name, _), (value, truth) in best.items()]

    def figures(chosen: Sequence[tuple[str, float, bool]]) -> dict[str, float]:
        truth, values = np.array([one[2] for one in chosen]), np.array([one[1] for one in chosen])
        said = values >= threshold
        right = float((said & truth).sum())
        precision = right / max(1, said.sum())
        recall = right / max(1, truth.sum() + missed)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        ap = float(average_precision_score(truth, values)) if truth.any() else 0.0
        return {"precision": precision, "recall": recall, "f1": f1, "ap": ap * truth.sum() / (truth.sum() + missed)}

    said = sum(value >= threshold for _, value, _ in rows)
    whole = {"positive": sum(truth for *_, truth in rows) + missed, "said": said, **figures(rows)}
    return whole | {"intervals": bootstrap(rows, figures)}


def score_statuses(examples: Sequence[Example], said: Sequence[str]) -> dict[str, Any]:
    """The share that is right, and P and R of each status, with 95 % intervals over conversations."""
    rows = [(example.group, one, example.truth) for example, one in zip(examples, said, strict=True)]

    def figures(chosen: Sequence[tuple[str, str, str]]) -> dict[str, float]:
        values = {"accuracy": sum(one == truth for _, one, truth in chosen) / max(1, len(chosen))}
        decided = [(one, truth) for _, one, truth in chosen if one != "unknown"]
        values["said"] = len(decided) / max(1, len(chosen))
        values["right of those said"] = sum(one == truth for one, truth in decided) / max(1, len(decided))
        for status in sorted({example.truth for example in examples}):
            right = sum(one == truth == status for _, one, truth in chosen)
            values[f"{status} P"] = right / max(1, sum(one == status for _, one, _ in chosen))
            values[f"{status} R"] = right / max(1, sum(truth == status for *_, truth in chosen))
        return values

    return {"n": len(rows), **figures(rows), "intervals": bootstrap(rows, figures)}


def bootstrap(rows: Sequence[Any], figures: Callable[[Sequence[Any]], dict[str, float]]) -> dict[str, list[float]]:
    """95 % intervals of the figures, conversations drawn with replacement."""
    by_group: dict[str, list[Any]] = {}
    for row in rows:
        by_group.setdefault(row[0], []).append(row)
    groups, random = list(by_group.values()), np.random.default_rng(SEED)
    drawn = []
    for _ in range(N_BOOTSTRAP):
        chosen = random.integers(len(groups), size=len(groups))
        drawn.append(figures([row for place in chosen for row in groups[place]]))
    return {
        name: [round(float(np.percentile([one[name] for one in drawn], at)), 3) for at in (2.5, 97.5)]
        for name in drawn[0]
    }


def save(name: str, model: Any) -> None:
    """Write a trained file."""
    (TARGET / f"{name}.json").write_text(json.dumps(model))


def update_manifest() -> None:
    """Write sizes and hashes of these files into models/manifest.toml; others keep theirs."""
    path = HERE.parent / "manifest.toml"
    text = path.read_text("utf-8")
    block = re.search(r'\[\[model\]\]\nname = "signals"\n(?:(?!\[\[model\]\])[\s\S])*?files = \[\n([\s\S]*?)\n\]', text)
    if block is None:
        sys.exit("models/manifest.toml has no model named 'signals' with a list of files.")
    lines = {found[1]: line for line in block[1].splitlines() if (found := re.search(r'name = "([^"]+)"', line))}
    for name in FILES:
        data = (TARGET / name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        lines[name] = f'    {{ name = "{name}", size = {len(data)}, sha256 = "{digest}" }},'
    listed = "\n".join(lines[name] for name in sorted(lines))
    path.write_text(text[: block.start(1)] + listed + text[block.end(1) :], "utf-8")


def part(examples: Sequence[Example], split: str) -> list[Example]:
    """The examples of one split."""
    return [example for example in examples if example.split == split]


def train_answers(examples: Sequence[Example]) -> None:
    """Train and report how replies answer: the likeliest status is said."""
    train, test = part(examples, "train"), part(examples, "test")
    save("answer", fit("answer", train))
    classes, _, chances = cross_validate("answer", train, STRENGTH["answer"])
    print("answer, folds", _short(score_statuses(train, [str(classes[row.argmax()]) for row in chances])))
    if "--test" in sys.argv:
        linear = read_linear(TARGET / "answer.json")
        rows = linear.score([example.features for example in test])
        print("answer, test", score_statuses(test, [linear.classes[row.argmax()] for row in rows]))


def train_outcomes(examples: Sequence[Example]) -> dict[str, float]:
    """Train and report what followed objections; by status, the chance from which it is said."""
    train, test = part(examples, "train"), part(examples, "test")
    save("outcome", fit("outcome", train))
    classes, truth, chances = cross_validate("outcome", train, STRENGTH["outcome"])
    least = {
        str(one): choose_chance(place, truth, chances, [str(one) in example.shown for example in train])
        for place, one in enumerate(classes)
        if one != "unknown"
    }
    folds = [_said(classes, row, least, example.shown) for row, example in zip(chances, train, strict=True)]
    print("outcome, folds", least, _short(score_statuses(train, folds)))
    if "--test" in sys.argv:
        linear = read_linear(TARGET / "outcome.json")
        rows = linear.score([example.features for example in test])
        said = [_said(linear.classes, row, least, example.shown) for row, example in zip(rows, test, strict=True)]
        print("outcome, test", score_statuses(test, said))
    return {f"outcome/{status}": chance for status, chance in least.items()}


def choose_chance(place: int, truth: Any, chances: Any, shown: Sequence[bool]) -> float:
    """The lowest chance from which a status that is the likeliest and shown is right in MIN_PRECISION; 1 if none is."""
    likeliest = np.flatnonzero((chances.argmax(axis=1) == place) & np.array(shown))
    order = likeliest[np.argsort(-chances[likeliest, place])]
    right = np.cumsum(truth[order] == place) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((right >= MIN_PRECISION) & (np.arange(len(order)) >= MIN_SAID - 1))
    return round(float(chances[order[enough[-1]], place]), 3) if len(enough) else 1.0


def _said(classes: Sequence[Any], chances: Any, least: dict[str, float], shown: frozenset[str]) -> str:
    status = str(classes[int(chances.argmax())])
    return status if status in shown and chances.max() >= least.get(status, 2.0) else "unknown"


def train_kind(kind: kinds.TrainedKind, dialogues: Any, examples: Sequence[Example]) -> float:
    """Train and report the classifier of needs or of next steps; its threshold."""
    train, test = part(examples, "train"), part(examples, "test")
    if "--tune" in sys.argv:
        for strength in (0.003, 0.01, 0.02, 0.05, 0.1, 0.3):
            _, truth, values = cross_validate(kind, train, strength)
            print(kind, strength, "AP", round(float(average_precision_score(truth, values)), 3))
    model = fit(kind, train)
    save(kind, model)
    threshold, folds = choose_threshold(kind, train, model)
    print(
        kind, "sentences", len(train), "positive", sum(bool(one.truth) for one in train), "threshold", threshold, folds
    )
    if "--test" in sys.argv:
        linear = read_linear(TARGET / f"{kind}.json")
        vectors = np.array([example.vector for example in test])
        scores = linear.score([example.features for example in test], vectors)
        print(kind, "test", score_kind(test, scores, threshold, n_missed(kind, dialogues, examples, "test")))
    return threshold


def _short(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) for name, value in figures.items() if name != "intervals"}


def main() -> None:
    """Train on the train split, write models/signals/ and the manifest; `--test` prints the final figures."""
    nlp, embed = models.load_spacy(), models.load_embedder()
    dialogues = read_dialogues()
    # All that uses the files as they are comes first: once one is written, their hashes are checked in vain.
    followed = list(outcome_examples(dialogues, nlp, embed))
    answered = list(answer_examples(dialogues, embed))
    sentences = {kind: kind_examples(kind, dialogues, nlp, embed) for kind in kinds.RULES}
    thresholds = {kind: train_kind(kind, dialogues, examples) for kind, examples in sentences.items()}
    train_answers(answered)
    save("thresholds", {**thresholds, **train_outcomes(followed)})
    update_manifest()


if __name__ == "__main__":
    main()
