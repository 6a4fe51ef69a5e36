"""The Jinja2 environments of HTML and Markdown: the same words as filters, each with its own way to make text inert."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote as quote_url
from urllib.parse import urlsplit

from insights.outputs import wording
from insights.types import Quote, Report, ThemeWeek

if TYPE_CHECKING:
    from jinja2 import Environment

FILTERS: dict[str, Callable[..., object]] = {
    "account_words": wording.account_words,
    "answer_words": wording.answer_words,
    "change_words": wording.change_words,
    "clock": wording.clock,
    "count": wording.count,
    "cut": wording.cut,
    "day": wording.day,
    "difference_words": wording.difference_words,
    "group_words": wording.group_words,
    "interval": wording.interval,
    "listed": wording.listed,
    "percent": wording.percent,
    "reach_words": wording.reach_words,
    "short_week": wording.short_week,
    "type_name": wording.type_name,
    "week_dates": wording.week_dates,
    "week_title": wording.week_title,
    "where": wording.where,
    "who": wording.who,
    "whole": wording.whole,
    "kind_words": wording.kind_words,
    "one_line": wording.one_line,
    "outcome_words": wording.outcome_words,
    "heard_as": wording.heard_as,
    "sureness_words": wording.sureness_words,
    "short_label": wording.short_label,
    "part_words": wording.part_words,
    "cover_words": wording.cover_words,
}
N_CARDS = 8  # themes shown with their quotes; the table has them all
N_ROWS = 15  # themes in the table of weeks
N_LISTED = 10  # unanswered questions and single objections
N_IDEAS = 6
N_DIFFERENCES = 8
N_VARIANTS = 3  # other wordings of a theme
N_PARTS = 3  # sub-themes of a theme


def make_environment(*, autoescape: bool, **filters: Callable[..., object]) -> Environment:
    """Make an environment with the words as filters; an unknown name in a template is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("insights.outputs"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    environment.filters.update(filters)
    environment.globals.update(
        N_CARDS=N_CARDS, N_ROWS=N_ROWS, N_LISTED=N_LISTED, N_IDEAS=N_IDEAS, N_DIFFERENCES=N_DIFFERENCES
    )
    environment.globals.update(N_VARIANTS=N_VARIANTS, N_PARTS=N_PARTS)
    return environment


def reason_to_listen(quote: Quote, report: Report) -> str:
    """Say why a moment is worth hearing, from the theme it belongs to."""
    kind, shown = find_theme(quote, report)
    without_answer = any(quote.signal_id == other.signal_id for other in report.unanswered)
    what = "question without an answer" if without_answer else kind
    if shown is None:
        return f"{what}, said once"
    opening = f"{shown.trend} " if shown.trend in {"new", "rising", "fading"} else ""
    return f"{opening}{what}, {wording.account_words(shown, report)}"


def find_theme(quote: Quote, report: Report) -> tuple[str, ThemeWeek | None]:
    """Find the theme that a quote belongs to, with its kind."""
    for kind, themes in (("objection", report.objections), ("question", report.questions)):
        for shown in themes:
            if quote.signal_id in shown.theme.signal_ids:
                return kind, shown
    single = any(quote.signal_id == other.signal_id for other in report.single_objections)
    return ("objection" if single else "question"), None


def link_to(url: str, start_s: float | None = None) -> str:
    """Make a link safe to print, with the moment as a media fragment; "" for anything but a path or a web address."""
    parts = urlsplit(url)
    if not url or parts.scheme not in {"", "http", "https", "file"}:
        return ""
    safe = quote_url(url, safe="/:?&=%#+@,;~!")
    return safe if start_s is None else f"{safe}#t={start_s:.1f}"
