"""The report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from types import MappingProxyType

from insights.outputs.charts import describe_weeks, draw_weeks
from insights.outputs.templating import find_theme, link_to, make_environment, reason_to_listen
from insights.types import Report, ThemeWeek

NOTHING: Mapping[str, str] = MappingProxyType({})
NO_CLIPS: Mapping[str, bytes] = MappingProxyType({})
N_SHADES = 5  # of the table of weeks; style.css has a class for each


def to_html(
    report: Report,
    clips: Mapping[str, bytes] = NO_CLIPS,
    links: Mapping[str, str] = NOTHING,
    backlog: str = "",
) -> str:
    """Render a report as a page.

    `clips` holds the sound of quotes (mp3) by signal id, `links` the address of recordings by conversation id,
    `backlog` the address of the backlog file.
    """
    from markupsafe import Markup

    environment = make_environment(autoescape=True, audio=_data_url, link=link_to, shade=_shade)
    top = max((n for shown in (*report.objections, *report.questions) for n in shown.reach_by_week), default=1)

    def chart(shown: ThemeWeek) -> Markup:
        return Markup(draw_weeks(report.weeks, shown.reach_by_week, report.accounts_by_week, top))

    return environment.get_template("report.html.j2").render(
        report=report,
        clips=clips,
        links=links,
        backlog=link_to(backlog),
        style=Markup(files("insights.outputs").joinpath("templates/style.css").read_text("utf-8")),
        chart=chart,
        told=lambda shown: describe_weeks(report.weeks, shown.reach_by_week, report.accounts_by_week),
        reason=partial(reason_to_listen, report=report),
        theme_of=partial(find_theme, report=report),
    )


def _data_url(clip: bytes) -> str:
    return f"data:audio/mpeg;base64,{base64.b64encode(clip).decode('ascii')}"


def _shade(n: int, of: int) -> int:
    """Give the step of colour for a share: 0 for none, N_SHADES for all.

    >>> [_shade(n, 7) for n in (0, 1, 4, 7)]
    [0, 1, 3, 5]
    """
    return -(-n * N_SHADES // of) if of else 0
