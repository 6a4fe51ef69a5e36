"""Questions and objections, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from insights.evaluate.rows import Row, labelled
from insights.evaluate.tools import Tools
from insights.types import Signal

Kind = Literal["question", "objection"]


def predict(rows: Sequence[Row], tools: Tools, *, kind: Kind) -> tuple[list[Row], Mapping[str, float]]:
    """Detect in each conversation; a row's score is that of its surest signal, 0 where there is none."""
    from insights.pipeline.analysing import detect_options
    from insights.pipeline.retraining import conversations_of
    from insights.signals import detect

    settings = tools.settings
    # With a threshold of 0 the detectors tell how sure they are of every sentence; the user's threshold decides below.
    options = replace(detect_options(settings), question_threshold=0.0, objection_threshold=0.0, adapter=tools.adapter)
    threshold = settings.question_threshold if kind == "question" else settings.objection_threshold
    predictions: list[Row] = []
    for utterances, _ in conversations_of(rows):
        best: dict[str, Signal] = {}
        for signal in detect(utterances, tools.nlp, tools.embed, options):
            known = best.get(signal.utterance_id)
            if signal.kind == kind and (known is None or signal.score > known.score):
                best[signal.utterance_id] = signal
        for utterance in utterances:
            found = best.get(utterance.id)
            predictions.append(_to_prediction(rows[len(predictions)], kind, found, threshold))
    return predictions, {}


def _to_prediction(row: Row, kind: Kind, signal: Signal | None, threshold: float) -> Row:
    score = signal.score if signal else 0.0
    is_one = signal is not None and score >= threshold
    prediction: dict[str, Any] = {"id": row["id"], f"is_{kind}": is_one}
    if kind == "objection":
        prediction["label"] = signal.label if signal and is_one else None
    return {**prediction, "score": score}


def score(rows: Sequence[Row], predictions: Sequence[Row], *, kind: Kind) -> dict[str, float | int | None]:
    """Precision, recall, F1 and average precision; of objections also per type, where the labels are ours."""
    from sklearn.metrics import average_precision_score, precision_recall_fscore_support

    pairs = labelled(rows, predictions, f"is_{kind}", bool)
    gold = [row[f"is_{kind}"] for row, _ in pairs]
    guesses = [guess[f"is_{kind}"] for _, guess in pairs]
    scores: dict[str, float | int | None] = {"scored": len(pairs), "positive": sum(gold), "predicted": sum(guesses)}
    if not pairs:
        return scores
    precision, recall, f1, _ = precision_recall_fscore_support(gold, guesses, average="binary", zero_division=0.0)
    scores |= {"precision": float(precision), "recall": float(recall), "f1": float(f1)}
    # Without a positive row there is nothing to rank.
    scores["ap"] = float(average_precision_score(gold, [guess["score"] for _, guess in pairs])) if any(gold) else None
    return scores | (_score_types(pairs) if kind == "objection" else {})


def _score_types(pairs: Sequence[tuple[Row, Row]]) -> dict[str, float | int | None]:
    """Score each type over the rows whose gold is one of our types or no objection."""
    from sklearn.metrics import precision_recall_fscore_support

    from insights.signals.options import load_types

    ours = {objection.id for objection in load_types()}
    known = [(row, guess) for row, guess in pairs if not row["is_objection"] or row.get("label") in ours]
    gold = [row["label"] if row["is_objection"] else "" for row, _ in known]
    types = sorted(set(gold) - {""})
    if not types:
        return {}
    guesses = [guess["label"] or "" for _, guess in known]
    measured = precision_recall_fscore_support(gold, guesses, labels=types, zero_division=0.0)
    scores: dict[str, float | int | None] = {}
    for name, precision, recall, f1, n_rows in zip(types, *measured, strict=True):
        scores |= {f"{name}.precision": float(precision), f"{name}.recall": float(recall), f"{name}.f1": float(f1)}
        scores[f"{name}.rows"] = int(n_rows)
    return scores
