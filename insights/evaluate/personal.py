"""Personal data: whether it is found, and what is found is personal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from insights.errors import UsageError
from insights.evaluate.rows import Row, labelled
from insights.evaluate.tools import Tools

MIN_SHARE = 0.5  # of a span's characters that the other side must cover

Span = tuple[int, int, str]  # start, end, type


def predict(rows: Sequence[Row], tools: Tools) -> tuple[list[Row], Mapping[str, float]]:
    """Find personal data in each text."""
    from insights.signals import find_personal

    return [
        {
            "id": row["id"],
            "pii": [
                {"start": span.start, "end": span.end, "type": span.type}
                for span in find_personal(row["text"], tools.nlp)
            ],
        }
        for row in rows
    ], {}


def score(rows: Sequence[Row], predictions: Sequence[Row]) -> dict[str, float | int | None]:
    """Recall and precision of spans, in all and by type.

    As it matters whether something is hidden rather than what it is called, a gold span is found where predictions of
    any type cover at least half of it, and a prediction is right where gold spans of any type do so. Recall by type
    goes by the gold's types, precision by ours.
    """
    gold_found: list[tuple[str, bool]] = []
    guess_right: list[tuple[str, bool]] = []
    pairs = labelled(rows, predictions, "pii", list)
    for row, guess in pairs:
        gold, guessed = read_spans(row), read_spans(guess)
        gold_found += ((span[2], is_covered(span, guessed)) for span in gold)
        guess_right += ((span[2], is_covered(span, gold)) for span in guessed)
    recall, precision = _share(gold_found), _share(guess_right)
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else 0.0
    return {
        "scored": len(pairs),
        "spans": len(gold_found),
        "predicted": len(guess_right),
        "recall": recall,
        "precision": precision,
        "f1": f1,
        **_by_type(gold_found, "recall"),
        **_by_type(guess_right, "precision"),
    }


def read_spans(row: Row) -> list[Span]:
    """Read a row's spans; UsageError where one is none."""
    spans = []
    for span in row["pii"]:
        if not isinstance(span, dict) or not isinstance(span.get("start"), int) or not isinstance(span.get("end"), int):
            raise UsageError(f"Row '{row['id']}': a span of 'pii' needs 'start' and 'end' (int) and 'type'.")
        spans.append((span["start"], span["end"], str(span.get("type") or "?")))
    return spans


def is_covered(span: Span, others: Iterable[Span]) -> bool:
    """Tell whether the others together cover at least half of the span's characters."""
    covered = {place for start, end, _ in others for place in range(max(start, span[0]), min(end, span[1]))}
    return len(covered) >= MIN_SHARE * (span[1] - span[0])


def _share(judged: Sequence[tuple[str, bool]]) -> float | None:
    return sum(good for _, good in judged) / len(judged) if judged else None


def _by_type(judged: Sequence[tuple[str, bool]], measure: str) -> dict[str, float | int | None]:
    totals = Counter(name for name, _ in judged)
    good = Counter(name for name, is_good in judged if is_good)
    return {f"{name}.{measure}": good[name] / totals[name] for name in sorted(totals)}
