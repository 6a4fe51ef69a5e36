"""E-mails: what the sender newly wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from insights.errors import SourceError, UsageError
from insights.evaluate.rows import Row, labelled
from insights.evaluate.tools import Tools


def predict(rows: Sequence[Row], tools: Tools) -> tuple[list[Row], Mapping[str, float]]:
    """Strip quotes, signatures and boilerplate from each message or body."""
    return [{"id": row["id"], "new_text": _read_new_text(row)} for row in rows], {}


def _read_new_text(row: Row) -> str:
    from insights.sources.mail import predict_new_text

    if not isinstance(row.get("eml"), str) and not isinstance(row.get("text"), str):
        raise UsageError(f"Row '{row['id']}': needs 'eml' (a whole message) or 'text' (a plain body).")
    try:
        return predict_new_text(row)
    except SourceError as error:
        raise UsageError(f"Row '{row['id']}': {error}") from error


def score(rows: Sequence[Row], predictions: Sequence[Row]) -> dict[str, float | int | None]:
    """Share of mails whose new text is exact up to white space, and the mean F1 of its words."""
    pairs = [
        (str(row["new_text"]).split(), str(guess["new_text"]).split())
        for row, guess in labelled(rows, predictions, "new_text", str)
    ]
    if not pairs:
        return {"scored": 0}
    return {
        "scored": len(pairs),
        "exact": sum(gold == guess for gold, guess in pairs) / len(pairs),
        "token_f1": sum(token_f1(gold, guess) for gold, guess in pairs) / len(pairs),
    }


def token_f1(gold: Sequence[str], guess: Sequence[str]) -> float:
    """F1 of the words, each as often as it stands; 1 where both are empty."""
    if not gold and not guess:
        return 1.0
    n_shared = (Counter(gold) & Counter(guess)).total()
    return 2 * n_shared / (len(gold) + len(guess))
