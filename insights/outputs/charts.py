"""Small bar charts as SVG, drawn by Altair without a browser; the page's style sheet gives them their dark colours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from insights.outputs.wording import short_week

NOW = "#17616d"  # this week's bar; the style sheet names these colours again
BEFORE = "#9dbfc4"
INK = "#565f66"
AXIS: dict[str, Any] = {
    "title": None,
    "labelAngle": 0,
    "labelColor": INK,
    "labelFontSize": 11,
    "labelPadding": 4,
    "domainColor": BEFORE,
    "ticks": False,
}
WIDTH, HEIGHT = 216, 54  # pixels without the axis


@lru_cache(maxsize=512)
def draw_weeks(weeks: tuple[str, ...], reach: tuple[int, ...], met: tuple[int, ...], top: int) -> str:
    """Draw a theme's reach by week as inline SVG; weeks without conversations have a dash instead of a bar.

    `top` is the largest reach on the page, so that bars of different themes can be compared.
    """
    import altair as alt
    import vl_convert

    rows = [
        {"week": short_week(week), "reach": n, "said": str(n) if n_met else "–", "colour": BEFORE}
        for week, n, n_met in zip(weeks, reach, met, strict=True)
    ]
    rows[-1]["colour"] = NOW
    base = alt.Chart(alt.Data(values=rows)).encode(  # type: ignore[no-untyped-call]
        x=alt.X("week:O", sort=None, axis=alt.Axis(**AXIS)),
        y=alt.Y("reach:Q", stack=None, axis=None, scale=alt.Scale(domain=[0, max(top, 1) * 1.25])),
    )
    bars = base.mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2).encode(color=alt.Color("colour:N", scale=None))
    numbers = base.mark_text(dy=-7, fontSize=12, color=INK).encode(text="said:N")
    chart = (bars + numbers).properties(width=WIDTH, height=HEIGHT, padding=2, background="transparent")
    svg = vl_convert.vegalite_to_svg(
        chart.configure_view(stroke=None).to_dict(), vl_version=_version(alt.SCHEMA_VERSION)
    )
    return make_inline(svg)


def describe_weeks(weeks: Sequence[str], reach: Sequence[int], met: Sequence[int]) -> str:
    """Say in words what the bars show, for those who do not see them."""
    told = [
        f"{short_week(week)}: {n} of {n_met}" if n_met else f"{short_week(week)}: no conversations"
        for week, n, n_met in zip(weeks, reach, met, strict=True)
    ]
    return "Accounts by week. " + ", ".join(told)


def make_inline(svg: str) -> str:
    """Take out what only a separate SVG file needs: name spaces, its own labels (the figure has one), fonts."""
    svg = re.sub(r' (?:xmlns(?::\w+)?|version|aria-[\w-]+|role|font-family|pointer-events)="[^"]*"', "", svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _version(schema: str) -> str:
    """Name the Vega-Lite that Altair writes as vl-convert wants it.

    >>> _version("v6.4.1")
    '6.4'
    """
    return ".".join(schema.lstrip("v").split(".")[:2])
