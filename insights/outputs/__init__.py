"""Outputs: the weekly report and the content backlog, computed once and rendered as HTML, Markdown, CSV and XLSX."""

from __future__ import annotations

from insights.outputs.findings import Findings
from insights.outputs.html import to_html
from insights.outputs.report import build_report

__all__ = ["Findings", "build_report", "to_html"]
