"""The backlog as CSV, XLSX and Markdown; no cell can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from insights.outputs.backlog import Backlog, BacklogRow, RatedQuote
from insights.outputs.markdown import escape, join_lines, quote_words
from insights.outputs.templating import link_to, make_environment
from insights.outputs.wording import heard_as, interval, kind_words, outcome_words, part_words, where, who, whole
from insights.types import Quote

Cell = str | int
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what a spreadsheet may calculate
MAX_CELL = 32_000  # letters; Excel takes 32,767
MADE_AT = datetime(2000, 1, 1)  # fixed, so that the same backlog gives the same bytes

COLUMNS: tuple[tuple[str, int, Callable[[BacklogRow], Cell]], ...] = (
    ("rank", 6, lambda row: row.rank),
    ("priority", 8, lambda row: int(whole(row.idea.priority))),
    ("format", 14, lambda row: row.idea.format),
    ("why this format", 34, lambda row: row.idea.format_reason),
    ("title", 36, lambda row: row.idea.title),
    ("theme", 26, lambda row: row.theme_label),
    ("customers' words", 44, lambda row: row.canonical),
    ("parts of it", 44, lambda row: "\n".join(part_words(one) for one in row.parts)),
    ("audience", 26, lambda row: row.idea.audience),
    ("accounts", 9, lambda row: row.n_accounts),
    ("conversations", 13, lambda row: row.n_conversations),
    ("times said", 9, lambda row: row.n_asked),
    ("unanswered", 11, lambda row: row.n_unanswered),
    ("rate", 16, lambda row: interval(row.reach)),
    ("rate in the last week", 16, lambda row: interval(row.rates[-1]) if row.rates else ""),
    ("trend", 13, lambda row: row.trend),
    ("what followed", 30, lambda row: outcome_words(row.outcomes)),
    ("as customers say it", 40, lambda row: "; ".join(f"“{one.text}” {kind_words(one)}" for one in row.phrases)),
    ("praise to quote", 44, lambda row: "\n".join(f"“{one.quote.text}”" for one in row.praise)),
    ("best evidence", 48, lambda row: row.evidence[0].text if row.evidence else ""),
    ("said by", 28, lambda row: who(row.evidence[0]) if row.evidence else ""),
    ("said in", 30, lambda row: where(row.evidence[0]) if row.evidence else ""),
    ("status", 10, lambda row: row.idea.status),
    ("owner", 14, lambda row: row.idea.owner),
    ("asset url", 24, lambda row: row.idea.asset_url),
    ("idea id", 12, lambda row: row.idea.id),
    ("theme id", 10, lambda row: row.idea.theme_id),
)
PRAISE_COLUMNS: tuple[tuple[str, int, Callable[[RatedQuote], Cell]], ...] = (
    ("praise", 60, lambda one: one.quote.text),
    ("quotability", 11, lambda one: f"{one.quotability:.2f}"),
    ("what speaks against it", 40, lambda one: "; ".join(one.reasons)),
    ("said by", 28, lambda one: who(one.quote)),
    ("account", 24, lambda one: one.quote.account),
    ("said in", 30, lambda one: where(one.quote)),
    ("week", 10, lambda one: one.quote.week),
    ("source", 40, lambda one: one.quote.source),
    ("signal id", 20, lambda one: one.quote.signal_id),
)
EVIDENCE_COLUMNS: tuple[tuple[str, int, Callable[[BacklogRow, Quote], Cell]], ...] = (
    ("idea id", 12, lambda row, quote: row.idea.id),
    ("theme", 26, lambda row, quote: row.theme_label),
    ("quote", 60, lambda row, quote: quote.text),
    ("heard as", 28, lambda row, quote: heard_as(quote)),
    ("said by", 28, lambda row, quote: who(quote)),
    ("account", 24, lambda row, quote: quote.account),
    ("said in", 30, lambda row, quote: where(quote)),
    ("week", 10, lambda row, quote: quote.week),
    ("source", 40, lambda row, quote: quote.source),
    ("signal id", 20, lambda row, quote: quote.signal_id),
)


def backlog_to_csv(backlog: Backlog) -> str:
    """Write one idea a row; a text that a spreadsheet would calculate gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([name for name, _, _ in COLUMNS])
    writer.writerows([_disarm(make(row)) for _, _, make in COLUMNS] for row in backlog.rows)
    return out.getvalue()


def backlog_to_xlsx(backlog: Backlog) -> bytes:
    """Write a workbook: the ideas, all their evidence, praise worth quoting, and how it was counted."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, options) as workbook:
        workbook.set_properties({"title": "Content backlog", "created": MADE_AT})
        ideas = ([make(row) for _, _, make in COLUMNS] for row in backlog.rows)
        _write_sheet(workbook, "Backlog", [column[:2] for column in COLUMNS], ideas)
        quotes = (
            [*(make(row, quote) for _, _, make in EVIDENCE_COLUMNS), backlog.followed.get(quote.signal_id, "")]
            for row in backlog.rows
            for quote in row.evidence
        )
        evidence_columns = [*(column[:2] for column in EVIDENCE_COLUMNS), ("what followed", 14)]
        _write_sheet(workbook, "Evidence", evidence_columns, quotes)
        praise = ([make(one) for _, _, make in PRAISE_COLUMNS] for one in backlog.praise)
        _write_sheet(workbook, "Praise", [column[:2] for column in PRAISE_COLUMNS], praise)
        _write_sheet(workbook, "Method", [("what", 24), ("how", 100)], backlog.method)
    return out.getvalue()


def backlog_to_markdown(backlog: Backlog) -> str:
    """Write a table to look over, then each idea with everything known of it."""
    environment = make_environment(autoescape=False, md=escape, quoted=quote_words, link=link_to)
    return join_lines(environment.get_template("backlog.md.j2").render(backlog=backlog))


def _disarm(cell: Cell) -> Cell:
    """Make a text inert in a spreadsheet.

    >>> _disarm("=1+1"), _disarm("price"), _disarm(-1)
    ("'=1+1", 'price', -1)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \u00a0\ufeff").startswith(FORMULA_STARTS) else cell


def _write_sheet(workbook: Any, name: str, columns: list[tuple[str, int]], rows: Iterable[Iterable[Cell]]) -> None:
    """Write a sheet with a frozen, filtered header, set widths and wrapped text."""
    sheet = workbook.add_worksheet(name)
    head = workbook.add_format({"bold": True, "bg_color": "#17616D", "font_color": "#FFFFFF", "valign": "vcenter"})
    body = workbook.add_format({"text_wrap": True, "valign": "top"})
    n_rows = 0
    for index, (title, width) in enumerate(columns):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, title, head)
    for n_rows, cells in enumerate(rows, start=1):
        for index, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(n_rows, index, cell[:MAX_CELL], body)
            else:
                sheet.write_number(n_rows, index, cell, body)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, n_rows, len(columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
