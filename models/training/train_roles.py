"""Train models/roles/talk.json, which tells a rep's talk from a customer's, from the dialogues beside this file.

Run from the repository root: `python models/training/train_roles.py`. The same data and versions give the same file.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import vstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from insights.utterances.talk import FORMAT, Reading, Talk, read_talk, talk_features, to_probability

HERE = Path(__file__).parent
TARGET = HERE.parent / "roles" / "talk.json"
SEED = 20261124
STRENGTH = 0.01  # C of the logistic regression
MIN_DIALOGUES = 3  # a feature seen in fewer is left out
N_FOLDS = 6
LENGTHS = (40, 80, 150, 10**9)  # words of both: a dialogue is learnt from its beginning and as a whole
NEITHER_SHARE = 0.2  # of the weight in calibration: pairs in which nobody sells, or both do, told by a coin
N_NEITHER = 400
ALONE = 0.5  # a speaker alone is told with half the log-odds: no second speaker cancels what is style, not side


@dataclass(frozen=True)
class Pair:
    """What two speakers say; the first is the rep."""

    dialogue: int
    n_words: int
    rep: tuple[str, ...]
    customer: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """A pair as weights read it that did not learn from it."""

    n_words: int
    rep: Reading
    customer: Reading


def read_dialogues() -> list[list[tuple[str, str]]]:
    """Turns of each dialogue as ("r" or "c", text); "# industry" opens one."""
    dialogues: list[list[tuple[str, str]]] = []
    for file in sorted(HERE.glob("dialogues_*.txt")):
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("# "):
                dialogues.append([])
            else:
                side, _, text = line.partition(" ")
                dialogues[-1].append((side, text))
    return dialogues


def read_customers() -> list[str]:
    """What customers say in the labelled utterances."""
    files = sorted(HERE.glob("utterances_*.jsonl"))
    return [json.loads(line)["text"] for file in files for line in file.read_text("utf-8").splitlines()]


def bare(text: str) -> str:
    """The text as a recogniser without punctuation and case gives it."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s'$%]", " ", text.lower())).strip()


def make_pairs(number: int, turns: Sequence[tuple[str, str]], *, spoken: bool) -> Iterator[Pair]:
    """The dialogue's beginnings of growing length, as written and, where `spoken`, without punctuation as well."""
    for limit in LENGTHS:
        said: dict[str, list[str]] = {"r": [], "c": []}
        n_words = 0
        for side, text in turns:
            if n_words >= limit:
                break
            said[side].append(text)
            n_words += len(text.split())
        yield Pair(number, limit, tuple(said["r"]), tuple(said["c"]))
        if spoken:
            yield Pair(number, limit, tuple(map(bare, said["r"])), tuple(map(bare, said["c"])))


def fit(pairs: Sequence[Pair]) -> dict[str, float]:
    """Weights by feature: logistic regression on the difference of the two speakers, without an intercept."""
    vectorizer = DictVectorizer()
    vectorizer.fit([talk_features(texts) for pair in pairs for texts in (pair.rep, pair.customer)])
    reps = vectorizer.transform([talk_features(pair.rep) for pair in pairs])
    customers = vectorizer.transform([talk_features(pair.customer) for pair in pairs])
    dialogues = np.array([pair.dialogue for pair in pairs])
    seen = ((reps != 0) + (customers != 0)).tocsc()
    columns = [
        column
        for column in range(seen.shape[1])
        if len(set(dialogues[seen.indices[seen.indptr[column] : seen.indptr[column + 1]]])) >= MIN_DIALOGUES
    ]
    difference = (reps - customers)[:, columns]
    model = LogisticRegression(C=STRENGTH, fit_intercept=False, max_iter=3000, random_state=SEED)
    model.fit(vstack([difference, -difference]), [1] * len(pairs) + [0] * len(pairs))
    return dict(zip(vectorizer.get_feature_names_out()[columns], model.coef_[0].tolist(), strict=True))


def held_out(dialogues: Sequence[Any]) -> list[Held]:
    """Each dialogue's beginnings, read by weights that were learnt from the other dialogues."""
    held = []
    for fold in range(N_FOLDS):
        others = [(n, turns) for n, turns in enumerate(dialogues) if n % N_FOLDS != fold]
        talk = as_talk(fit([pair for n, turns in others for pair in make_pairs(n, turns, spoken=True)]))
        for n, turns in enumerate(dialogues):
            if n % N_FOLDS == fold:
                pairs = make_pairs(n, turns, spoken=False)
                held += [Held(pair.n_words, talk.read(pair.rep), talk.read(pair.customer)) for pair in pairs]
    return held


def as_talk(weights: dict[str, float]) -> Talk:
    """The weights before they are calibrated."""
    return Talk(weights, (1.0, 0.0), (1.0, 0.0, 0.0))


def draw_neither(dialogues: Sequence[Any], customers: Sequence[str], talk: Talk) -> Any:
    """Differences of words and cues between two customers, and between two reps, who never met: (n, 2)."""
    draw = random.Random(SEED)
    differences = []
    for _ in range(N_NEITHER):
        n = draw.choice((3, 6, 12))
        reps = [[text for side, text in turns if side == "r"][:n] for turns in draw.sample(list(dialogues), 2)]
        for first, second in ((draw.sample(customers, n), draw.sample(customers, n)), reps):
            differences.append(_difference(talk.read(first), talk.read(second)))
    return np.array(differences)


def _difference(first: Reading, second: Reading) -> tuple[float, float]:
    return first.words - second.words, first.cues - second.cues


def calibrate_pair(held: Sequence[Held], coins: Any) -> list[float]:
    """Slopes of words and cues for two speakers (Platt): dialogues not learnt from, and pairs that a coin tells."""
    told = np.array([_difference(one.rep, one.customer) for one in held])
    values = np.concatenate([told, -told, coins, coins])
    truth = [1] * len(told) + [0] * len(told) + [1] * len(coins) + [0] * len(coins)
    share = NEITHER_SHARE * len(told) / ((1 - NEITHER_SHARE) * len(coins))
    weights = [1.0] * (2 * len(told)) + [share] * (2 * len(coins))
    model = LogisticRegression(C=1e6, fit_intercept=False).fit(values, truth, sample_weight=weights)
    return _round(model.coef_[0])


def calibrate_alone(held: Sequence[Held]) -> list[float]:
    """Slopes of words, cues and the amount said, for a speaker alone; damped, see ALONE."""
    readings = [reading for one in held for reading in (one.rep, one.customer)]
    values = [(reading.words, reading.cues, reading.said) for reading in readings]
    model = LogisticRegression(C=1e6, fit_intercept=False).fit(values, [1, 0] * len(held))
    return _round(ALONE * model.coef_[0])


def _round(values: Any) -> list[float]:
    return [round(float(value), 4) for value in values]


def report(held: Sequence[Held], talk: Talk) -> None:
    """Right and wrong at 0.8 on held-out dialogues, by words heard."""
    for limit in LENGTHS:
        rows = [one for one in held if one.n_words == limit]
        pairs = [np.dot(talk.pair, _difference(one.rep, one.customer)) for one in rows]
        alone = [_alone(talk, one.rep) for one in rows] + [-_alone(talk, one.customer) for one in rows]
        print("all" if limit == LENGTHS[-1] else limit, "words; two:", _shares(pairs), "alone:", _shares(alone))


def _alone(talk: Talk, reading: Reading) -> float:
    return float(np.dot(talk.alone, (reading.words, reading.cues, reading.said)))


def _shares(log_odds: Sequence[float]) -> str:
    values = np.array([to_probability(value) for value in log_odds])
    return (
        f"right {np.mean(values >= 0.8):.2f} wrong {np.mean(values <= 0.2):.2f}, "
        f"mean confidence {np.mean(np.maximum(values, 1 - values)):.2f} where {np.mean(values > 0.5):.2f} are right;"
    )


def update_manifest() -> None:
    """Write size and hash of the trained file into models/manifest.toml."""
    path = HERE.parent / "manifest.toml"
    digest = hashlib.sha256(TARGET.read_bytes()).hexdigest()
    line = f'    {{ name = "talk.json", size = {TARGET.stat().st_size}, sha256 = "{digest}" }},'
    text, n_found = re.subn(r' *\{ name = "talk\.json",[^}]*\},', line, path.read_text("utf-8"))
    if n_found != 1:
        sys.exit("models/manifest.toml has no file 'talk.json'.")
    path.write_text(text, "utf-8")


def main() -> None:
    """Report on held-out dialogues, train on all, write models/roles/talk.json."""
    dialogues, customers = read_dialogues(), read_customers()
    weights = fit([pair for n, turns in enumerate(dialogues) for pair in make_pairs(n, turns, spoken=True)])
    weights = {name: round(weight, 4) for name, weight in sorted(weights.items())}
    held = held_out(dialogues)
    row = {
        "format": FORMAT,
        "pair": calibrate_pair(held, draw_neither(dialogues, customers, as_talk(weights))),
        "alone": calibrate_alone(held),
        "weights": weights,
    }
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(row, ensure_ascii=False, indent=0) + "\n", "utf-8")
    report(held, read_talk(TARGET))
    update_manifest()


if __name__ == "__main__":
    main()
