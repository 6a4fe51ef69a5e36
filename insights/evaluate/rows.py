"""Labelled rows from a JSONL file, and predictions to one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from insights.errors import UsageError

Row = Mapping[str, Any]
Required = Mapping[str, type | tuple[type, ...]]  # fields a row must have, and of which type; a text may be empty

MAX_TEXT_CHARS = 100_000  # of one row's `text`; spaCy refuses ten times as much


def read_rows(file: Path, required: Required) -> list[Row]:
    """Read one JSON object a line; UsageError with the line's number where it is none or lacks a required field."""
    if not file.is_file():
        raise UsageError(f"No file '{file}'.")
    rows = []
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                rows.append(_read_row(line, required, f"{file}, line {number}"))
    if not rows:
        raise UsageError(f"{file} holds no rows. It should hold one JSON object a line.")
    return rows


def _read_row(line: bytes, required: Required, where: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:  # ValueError covers broken JSON, broken UTF-8 and endless numbers
        raise UsageError(f"{where}: no JSON ({error}).") from error
    if not isinstance(row, dict):
        raise UsageError(f"{where}: expected an object like {{…}}, got {type(row).__name__}.")
    for name, kinds in required.items():
        if not isinstance(row.get(name), kinds) or (row[name] == "" and name != "text"):
            raise UsageError(f"{where}: needs '{name}'.")
    if len(str(row.get("text") or "")) > MAX_TEXT_CHARS:
        raise UsageError(f"{where}: 'text' has more than {MAX_TEXT_CHARS:,} characters.")
    return {name: _mend(value) if isinstance(value, str) else value for name, value in row.items()}


def _mend(text: str) -> str:
    """Replace halves of surrogate pairs, one for one, so that offsets still hold and nothing downstream stumbles."""
    return text.encode("utf-8", "replace").decode("utf-8")


def write_rows(file: Path, rows: Iterable[Row]) -> None:
    """Write one JSON object a line."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    except OSError as error:
        raise UsageError(f"Cannot write predictions to '{file}' ({error.strerror}).") from error


def labelled(rows: Iterable[Row], predictions: Iterable[Row], name: str, kind: type) -> list[tuple[Row, Row]]:
    """Pair the rows that have the label with their predictions; a label that is missing or null is not scored."""
    return [(row, guess) for row, guess in zip(rows, predictions, strict=True) if isinstance(row.get(name), kind)]
