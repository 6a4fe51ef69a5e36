"""Gather the gold of the themes from that of the utterances: rows for `insights evaluate themes`, one file a kind.

A sentence that was planted once only has no theme, and so no label: it is grouped, but not scored.
"""

from __future__ import annotations

import json
from pathlib import Path

GOLD = Path(__file__).parent / "gold"


def main() -> None:
    """Write gold/themes_questions.jsonl and gold/themes_objections.jsonl."""
    files = (GOLD / "utterances_calls.jsonl", GOLD / "utterances_mail.jsonl")
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    for kind in ("question", "objection"):
        chosen = [
            {"id": row["id"], "text": row["text"]} | ({"label": row[f"{kind}_theme"]} if row[f"{kind}_theme"] else {})
            for row in rows
            if row[f"is_{kind}"]
        ]
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in chosen)
        (GOLD / f"themes_{kind}s.jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
