"""Outputs: the weekly report and the content backlog, computed once and rendered as HTML, Markdown, CSV and XLSX."""

from __future__ import annotations

from insights.outputs.backlog import Backlog, build_backlog
from insights.outputs.findings import Findings
from insights.outputs.html import to_html
from insights.outputs.markdown import to_markdown
from insights.outputs.regrouped import tell_regrouping
from insights.outputs.report import build_report
from insights.outputs.tables import backlog_to_csv, backlog_to_markdown, backlog_to_xlsx

__all__ = [
    "Backlog",
    "Findings",
    "backlog_to_csv",
    "backlog_to_markdown",
    "backlog_to_xlsx",
    "build_backlog",
    "build_report",
    "tell_regrouping",
    "to_html",
    "to_markdown",
]
