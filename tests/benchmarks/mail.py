"""How well new text is told from the rest of a mail, as a Markdown table. Run: python tests/benchmarks/mail.py.

Exact and token F1 (mean over mails, white space made alike) of ours and of mail-parser-reply on the same bodies. Two
gold conventions: `strict` is what the product reads (no signature); `with signature` only leaves out quotes, forwards
and boilerplate, as most public sets of replies do.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from mailparser_reply import EmailReplyParser

from insights.sources.mail import predict_new_text, read_eml

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
FIXTURES = ROOT / "tests" / "mail_fixtures" / "mails.jsonl"
LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "ja", "zh"]
Row = Mapping[str, str]
Predict = Callable[[Row], str]


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a JSONL file; none where it is absent."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def tokens(text: str) -> list[str]:
    """Return what is compared: the words of a text, in order."""
    return text.split()


def token_f1(predicted: str, gold: str) -> float:
    """Return the F1 of the two bags of words; two empty texts agree."""
    found, wanted = Counter(tokens(predicted)), Counter(tokens(gold))
    if not found or not wanted:
        return float(found == wanted)
    return 2 * (found & wanted).total() / (found.total() + wanted.total())


def body_of(row: Row) -> str:
    """Return the whole body of a row, as the peer is given it."""
    if "eml" not in row:
        return row["text"]
    return "\n\n".join(one.text for one in read_eml(row["eml"].encode(), "row").conversation.segments)


def ask_peer(row: Row, *, with_signature: bool) -> str:
    """Return what mail-parser-reply takes for the latest reply."""
    replies = EmailReplyParser(languages=list(LANGUAGES)).read(body_of(row)).replies
    if not replies:
        return ""
    return str((replies[0].content if with_signature else replies[0].body) or "")


def score(rows: Iterable[Row], gold: Callable[[Row], str], predict: Predict) -> tuple[float, float]:
    """Return exact match and token F1."""
    pairs = [(predict(row), gold(row)) for row in rows]
    exact = sum(tokens(predicted) == tokens(wanted) for predicted, wanted in pairs)
    return exact / len(pairs), sum(token_f1(*pair) for pair in pairs) / len(pairs)


def sets() -> list[tuple[str, list[dict[str, str]], Callable[[Row], str], bool]]:
    """Return name, rows, gold and convention of each table row."""
    mails = read_rows(FIXTURES)
    held_out = [row for row in mails if row["half"] == "report"]
    tuned = [row for row in mails if row["half"] == "tune"]
    talon, forge = read_rows(SHARED / "talon_replies.jsonl"), read_rows(SHARED / "forge.jsonl")
    return [
        ("own fixtures, held-out half", held_out, lambda row: row["new_text"], False),
        ("own fixtures, held-out half", held_out, lambda row: row["with_signature"], True),
        ("own fixtures, tuned on", tuned, lambda row: row["new_text"], False),
        ("talon_replies (tuned on)", talon, lambda row: "Hello", False),
        ("talon_replies (tuned on)", talon, lambda row: row["core_text"], True),
        ("forge (tuned on)", forge, lambda row: row["body"], False),
        ("forge, sender not given", [{**row, "sender": ""} for row in forge], lambda row: row["body"], False),
        ("forge", forge, lambda row: row["text"], True),
    ]


def main() -> None:
    """Write the table to standard output."""
    out = [
        "| set | mails | gold | ours exact | ours F1 | mail-parser-reply exact | F1 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, rows, gold, keeps in sets():
        if not rows:
            continue
        ours = score(rows, gold, lambda row, keeps=keeps: predict_new_text({**row, "signature": keeps}))  # type: ignore[misc]
        peer = score(rows, gold, lambda row, keeps=keeps: ask_peer(row, with_signature=keeps))  # type: ignore[misc]
        convention = "with signature" if keeps else "strict"
        out.append(
            f"| {name} | {len(rows)} | {convention} | " + " | ".join(f"{one:.3f}" for one in (*ours, *peer)) + " |"
        )
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
