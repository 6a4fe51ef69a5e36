"""insights: recorded sales calls and enquiry mails in; recurring questions, objections and a content backlog out.

    import insights

    insights.run(["recordings/", "mail/"])       # the main job, into insights-data/
    frames = insights.open("insights-data")      # what it found, as pandas data frames
    frames.themes.sort_values("n_accounts")

Importing this loads nothing heavy; each verb loads what it needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insights.pipeline import Summary
    from insights.store import Frames

__all__ = ["open", "report", "run"]
__version__ = "0.1.0"


def run(paths: Iterable[str | PathLike[str]], store: str | PathLike[str] | None = None) -> Summary:
    """Read what lies under the paths into the store and bring everything that follows from it up to date."""
    from insights import pipeline
    from insights.config import load_settings

    return pipeline.run((Path(path) for path in paths), load_settings(store=store))


def report(week: str | None = None, store: str | PathLike[str] | None = None) -> tuple[Path, ...]:
    """Write the weekly report, as HTML and Markdown, and give the files; the latest week where none is named."""
    from insights import pipeline
    from insights.config import load_settings

    settings = load_settings(store=store)
    pipeline.catch_up(settings)
    return pipeline.write_report(settings, week)


def open(store: str | PathLike[str] = "insights-data") -> Frames:
    """What a store holds, as data frames: conversations, utterances, signals, themes, trends, topics, ideas, phrases.

    `trends` has the reach of each theme by week as a rate with its interval, overall and by segment, stage, channel
    and outcome; `trends_by("region")` has it by any other column of calls.csv or deals.csv. `topics_over_time` and
    `topic_tree` have what conversations are about, week by week, and which topics belong together.

    Raises StoreError where there is no store.
    """
    from insights import pipeline
    from insights.config import load_settings

    return pipeline.load_frames(load_settings(store=store))
