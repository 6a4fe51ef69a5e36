"""How well questions and objections are found: never-trained-on sets first, then our own test part, by type.

`python tests/benchmarks/signals.py --data FOLDER` (the folder that holds swbd_sample.jsonl and p4g_dev.jsonl; without
it only our own test part). 95 % intervals: conversations drawn with replacement. Beside them what a user would pick
instead: for questions a question mark or, without marks, a first word that asks; for objections the likeness to
examples of objections less that to counterexamples (insights/signals/objection_types.toml).
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, product
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from insights import models, signals
from insights.types import Signal, Utterance

TRAINING = Path(__file__).parents[2] / "models" / "training"
KINDS = ("question", "objection")
TEST_FILES = ("conversations_1.jsonl", "conversations_8.jsonl")
N_DRAWS = 400
SEED = 20261124
STANDALONE = re.compile(r"(?:\^g|\^h)")  # Switchboard's tags that stand alone, and what only holds the floor
EXAMPLES, COUNTER = attrgetter("examples"), attrgetter("counterexamples")  # of a type of objection
REACTIONS = frozenset(  # of PersuasionForGood: what answers the request; one in six of these resists
    f"{feeling}-reaction-to-donation" for feeling in ("positive", "negative", "neutral")
) | {"agree-donation", "disagree-donation", "disagree-donation-more", "provide-donation-amount", "confirm-donation"}
FILES = {"swbd": "swbd_sample.jsonl", "p4g": "p4g_dev.jsonl"}
LOOKED_AT = {"swbd": 18, "p4g": 150}  # conversations whose errors were read while the detector was made
ASKING = re.compile(  # a question word or a verb before its subject, behind fillers
    r"(?:(?:so|and|but|well|now|oh|okay|ok|yeah|uh|um|you know|i mean|or)\s+)*"
    r"(?:who|what|when|where|why|how|which|whose|do|does|did|is|are|was|were|am|can|could|would|will|should|shall|have"
    r"|has|had|may|might|isn't|aren't|don't|doesn't|didn't|wasn't|weren't|can't|couldn't|wouldn't|won't|haven't)\b",
    re.IGNORECASE,
)
SIMPLE = {"question": 0.5, "objection": 0.1}  # from which the simplest means say one
Found = tuple[str, str, float, bool, str, str]  # group, act, score, truth, type said, type


def read_rows(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows by conversation, in order."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for key, group in groupby(rows, key=lambda row: row.get("conversation_id") or row["dialogue"]):
        yield key, list(group)


def as_written(text: str) -> str:
    """The text as it is."""
    return text


def bare(text: str) -> str:
    """No punctuation, no case."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s'$%]", " ", text.lower())).strip()


SPELLINGS = (("as written", as_written), ("words only", bare))


def measure(conversations: Any, spell: Callable[[str], str]) -> dict[str, list[Found]]:
    """By kind: the best score of each utterance, with its truth and types."""
    nlp, embed = models.load_spacy(), models.load_embedder()
    options = signals.DetectOptions(question_threshold=0.0, objection_threshold=0.0)
    rows: dict[str, list[Found]] = {kind: [] for kind in KINDS}
    for key, own in conversations:
        said = [as_utterance(key, index, row, spell) for index, row in enumerate(own)]
        best: dict[tuple[str, str], Signal] = {}
        for one in signals.detect(said, nlp, embed, options):
            known = best.get((one.kind, one.utterance_id))
            if known is None or one.score > known.score:
                best[one.kind, one.utterance_id] = one
        for (utterance, row), kind in product(zip(said, own, strict=True), KINDS):
            truth, type_ = truth_of(row, kind)
            if truth is not None:
                found = best.get((kind, utterance.id))
                score, label = (found.score, found.label) if found else (0.0, "")
                rows[kind].append((key, row.get("label") or "", score, truth, label, type_))
    return rows


def compare(conversations: Any, spell: Callable[[str], str]) -> dict[str, list[Found]]:
    """The same by the simplest means."""
    embed = models.load_embedder()
    seeds = [tuple(one for type_ in signals.load_types() for one in texts(type_)) for texts in (EXAMPLES, COUNTER)]
    rows: dict[str, list[Found]] = {kind: [] for kind in KINDS}
    for key, own in conversations:
        texts = [spell(row["text"]) for row in own]
        vectors = embed(texts)
        near, far = ((vectors @ embed(one).T).max(axis=1) for one in seeds)
        asks = ["?" in text if spell is as_written else bool(ASKING.match(text)) for text in texts]
        for place, (row, kind) in enumerate(product(own, KINDS)):
            truth, type_ = truth_of(row, kind)
            score = float(asks[place // 2]) if kind == "question" else float(near[place // 2] - far[place // 2])
            if truth is not None:
                rows[kind].append((key, row.get("label") or "", score, truth, "", type_))
    return rows


def as_utterance(key: str, index: int, row: dict[str, Any], spell: Callable[[str], str]) -> Utterance:
    """A row as the detectors read it: all but our own reps are customers, our own calls are speech."""
    role = "rep" if row["speaker"] == "rep" else "customer"
    times = (3.0 * index, 3.0 * index + 2) if row.get("style") == "call" else (None, None)
    return Utterance(key, index, row["speaker"], role, 1.0, spell(row["text"]), *times)  # type: ignore[arg-type]


def truth_of(row: dict[str, Any], kind: str) -> tuple[bool | None, str]:
    """Whether an utterance holds one, None where nobody says; and its first type."""
    if "dialogue" not in row:
        return row.get(f"is_{kind}"), ""
    if row["speaker"] == "rep":
        return None, ""
    held = row[f"{kind}s"]
    return bool(held), (held[0].get("label") or held[0].get("kind")) if held else ""


def figures(rows: Sequence[Found], least: float, type_: str = "") -> dict[str, float]:
    """Precision, recall, F1 and AP; of one type, what was said with that type."""
    truth = np.array([row[3] and (not type_ or row[5] == type_) for row in rows])
    scores = np.array([row[2] if not type_ or row[4] == type_ else 0.0 for row in rows])
    said = scores >= least
    right = float((truth & said).sum())
    precision, recall = right / max(1, said.sum()), right / max(1, truth.sum())
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {
        "P": precision,
        "R": recall,
        "F1": f1,
        "AP": float(average_precision_score(truth, scores)) if truth.any() else 0.0,
    }


def interval(rows: Sequence[Found], least: float, type_: str = "") -> dict[str, tuple[float, float]]:
    """95 % intervals of the figures."""
    groups: dict[str, list[Found]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    own, random = list(groups.values()), np.random.default_rng(SEED)
    drawn = []
    for _ in range(N_DRAWS):
        places = random.integers(0, len(own), len(own))
        drawn.append(figures([row for place in places for row in own[place]], least, type_))
    return {name: tuple(np.percentile([one[name] for one in drawn], (2.5, 97.5))) for name in drawn[0]}  # type: ignore[misc]


def line(name: str, rows: Sequence[Found], least: float, type_: str = "") -> None:
    """One row of the table."""
    values, around = figures(rows, least, type_), interval(rows, least, type_)
    n = sum(row[3] and (not type_ or row[5] == type_) for row in rows)
    cells = [f"{values[one]:.2f} ({around[one][0]:.2f}–{around[one][1]:.2f})" for one in values]
    print(f"| {name} | {n} of {len(rows)} | {' | '.join(cells)} |", flush=True)


def write_outside(title: str, rows: dict[str, list[Found]], least: dict[str, float]) -> None:
    """The lines of one part of an outside set."""
    line(title.format("questions"), rows["question"], least["question"])
    if any(STANDALONE.search(row[1]) for row in rows["question"]):
        ours = [row for row in rows["question"] if not STANDALONE.search(row[1])]
        line(title.format("questions, no tags that stand alone"), ours, least["question"])
    if rows["objection"]:
        line(title.format("objections"), rows["objection"], least["objection"])
        answers = [row for row in rows["objection"] if row[1] in REACTIONS]
        line(title.format("objections among answers to the request"), answers, least["objection"])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    data = parser.parse_args().data
    default = signals.DetectOptions()
    least = {"question": default.question_threshold, "objection": default.objection_threshold}
    print("| set | positive | P | R | F1 | AP |\n|---|---|---|---|---|---|")
    for name, (spelling, spell) in product(LOOKED_AT if data else (), SPELLINGS):
        conversations, n_read = list(read_rows(data / FILES[name])), LOOKED_AT[name]
        for means, which in (("", measure), (", simplest means", compare)):
            unread, read = which(conversations[n_read:], spell), which(conversations[:n_read], spell)
            every = {kind: unread[kind] + read[kind] for kind in KINDS}
            for part, rows in (("unread", unread), ("errors read", read), ("all", every)):
                write_outside(f"{name}, {part}, {{}}, {spelling}{means}", rows, least if not means else SIMPLE)
    for spelling, spell in SPELLINGS:
        parts = {name: measure(read_rows(TRAINING / name), spell) for name in TEST_FILES}
        parts["test, both"] = {kind: [row for part in parts.values() for row in part[kind]] for kind in KINDS}
        for (name, rows), kind in product(parts.items(), KINDS):
            line(f"{name}, {kind}s, {spelling}", rows[kind], least[kind])
        objections = parts["test, both"]["objection"]
        for type_ in sorted({row[5] for row in objections} - {""}) if spell is as_written else ():
            line(f"test, {type_}", objections, least["objection"], type_)


if __name__ == "__main__":
    main()
