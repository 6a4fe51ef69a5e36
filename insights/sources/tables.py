"""The side tables: calls.csv (what is known of each file) and deals.csv (what the CRM knows of each deal)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from insights.errors import SourceError
from insights.sources.clocks import parse_moment
from insights.sources.files import TABLE_NAMES, decode, read_bytes
from insights.sources.names import underscore
from insights.sources.tabular import read_rows
from insights.sources.turns import clean
from insights.types import Failure, Metadata

LEVELS_ABOVE = 2  # folders above a path that are searched: further up, a table belongs to something else
SHARED_COLUMNS = frozenset({"account", "deal_id", "segment", "stage", "outcome", "amount"})
CALL_COLUMNS = SHARED_COLUMNS | {"file", "rep", "customer", "started_at", "consent"}  # others go to Metadata.extra
DEAL_COLUMNS = SHARED_COLUMNS | {"opened_at", "closed_at", "owner", "contact_email"}  # others go to Metadata.extra
UTC = ZoneInfo("UTC")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class CallRow:
    """One row of calls.csv."""

    metadata: Metadata
    customer: str = ""
    started_at: str = ""  # as written: without an offset it is local to the settings' time zone
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Deal:
    """One row of deals.csv."""

    metadata: Metadata  # rep is the deal's owner
    contact_email: str = ""
    opened_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Tables:
    """All side tables that lie beside or above what is read."""

    calls_by_path: Mapping[str, CallRow] = field(default_factory=dict)  # real path of the file
    calls_by_name: Mapping[str, tuple[CallRow, ...]] = field(default_factory=dict)  # lower-case file name
    deals: tuple[Deal, ...] = ()
    failures: tuple[Failure, ...] = ()


class BadRow(Exception):
    """A row that cannot be used, with the reason; caught where rows are read."""


def load_tables(paths: Iterable[Path]) -> Tables:
    """Read every calls.csv and deals.csv in, beside and up to two folders above the paths.

    A row or table that cannot be used is among the failures, with its line number; the others count.
    """
    failures: list[Failure] = []
    by_path: dict[str, CallRow] = {}
    by_name: dict[str, list[CallRow]] = {}
    deals: list[Deal] = []
    for table in _find_tables(paths):
        if table.name.lower() == "deals.csv":
            deals += (deal for deal, _ in _read_table(table, _read_deal, failures, needed=("account", "contact_email")))
            continue
        for call, row in _read_table(table, _read_call, failures, needed=("file",)):
            file = row["file"].strip().replace("\\", "/")
            by_path[os.path.realpath(table.parent / file)] = call
            by_name.setdefault(Path(file).name.lower(), []).append(call)
    return Tables(by_path, {name: tuple(rows) for name, rows in by_name.items()}, tuple(deals), tuple(failures))


def _find_tables(paths: Iterable[Path]) -> list[Path]:
    found: dict[str, Path] = {}
    for path in paths:
        folder = Path(os.path.abspath(path if path.is_dir() else path.parent))  # noqa: PTH100 - keeps links as they are
        inside = (Path(parent, name) for parent, _, names in os.walk(path) for name in names) if path.is_dir() else ()
        above = (file for level in (folder, *folder.parents[:LEVELS_ABOVE]) for file in sorted(_list(level)))
        for file in (*above, *sorted(inside)):
            if file.name.lower() in TABLE_NAMES and file.is_file():
                found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _list(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if os.access(folder, os.R_OK | os.X_OK) else []


def _read_table(
    table: Path, read_row: Callable[[Mapping[str, str]], Row], failures: list[Failure], *, needed: tuple[str, ...]
) -> Iterator[tuple[Row, Mapping[str, str]]]:
    try:
        for line, row in read_rows(decode(read_bytes(table)), needed=needed, spell=underscore):
            try:
                yield read_row(row), row
            except BadRow as error:
                failures.append(Failure(str(table), f"row at line {line}: {error}", stage="table"))
    except SourceError as error:
        failures.append(Failure(str(table), str(error), stage="table"))
    except OSError as error:
        failures.append(Failure(str(table), f"cannot be read ({error.strerror}).", stage="table"))


def _read_call(row: Mapping[str, str]) -> CallRow:
    if not row["file"].strip():
        raise BadRow("has no file name.")
    started_at = row.get("started_at", "").strip()
    if started_at and parse_moment(started_at, UTC) is None:
        raise BadRow(f"started_at is '{clean(started_at)}'; write it like 2026-10-06T15:00.")
    return CallRow(
        metadata=_read_metadata(row, CALL_COLUMNS),
        customer=clean(row.get("customer", "")),
        started_at=started_at,
        consent=clean(row.get("consent", "")),
    )


def _read_deal(row: Mapping[str, str]) -> Deal:
    if not row.get("account", "").strip() and not row.get("contact_email", "").strip():
        raise BadRow("has neither account nor contact_email.")
    return Deal(
        metadata=_read_metadata({**row, "rep": row.get("owner", "")}, DEAL_COLUMNS | {"rep"}),
        contact_email=clean(row.get("contact_email", "")).lower(),
        opened_on=_read_day(row, "opened_at"),
        closed_on=_read_day(row, "closed_at"),
    )


def _read_metadata(row: Mapping[str, str], columns: frozenset[str]) -> Metadata:
    texts = {
        name: clean(row.get(name, "")) or None for name in ("account", "deal_id", "rep", "stage", "outcome", "segment")
    }
    extra = tuple((name, clean(cell)) for name, cell in row.items() if name and name not in columns and cell.strip())
    return Metadata(**texts, amount=_read_amount(row.get("amount", "")), extra=extra)


def _read_day(row: Mapping[str, str], name: str) -> date | None:
    cell = row.get(name, "").strip()
    moment = parse_moment(cell, UTC)
    if cell and moment is None:
        raise BadRow(f"{name} is '{clean(cell)}'; write it like 2026-10-06.")
    return moment.date() if moment else None


def _read_amount(cell: str) -> float | None:
    """Read "9,522", "$9 522.50" or "9.522,50"; a single separator before exactly three digits groups thousands."""
    digits = re.sub(r"[\s'’$€£¥]|[A-Za-z]{3}", "", cell)
    if not digits:
        return None
    separators = re.findall(r"[.,]", digits)
    if len(set(separators)) == 2:
        digits = digits.replace("." if separators[-1] == "," else ",", "").replace(",", ".")
    elif len(separators) > 1 or re.fullmatch(r"\d{1,3},\d{3}", digits):
        digits = re.sub(r"[.,]", "", digits)
    digits = digits.replace(",", ".")
    if not re.fullmatch(r"\d{1,15}(\.\d{1,15})?", digits):
        raise BadRow(f"amount is '{clean(cell)}'; write it like 9522.50.")
    return float(digits)
