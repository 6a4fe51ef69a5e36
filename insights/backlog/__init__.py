"""The backlog: from themes to ideas worth making, each with its reasons and its evidence."""

from insights.backlog.brief import AnsweredQuote, brief
from insights.backlog.facts import Evidence, ThemeFacts
from insights.backlog.rank import rank

VERSION = "backlog/1"

__all__ = ["VERSION", "AnsweredQuote", "Evidence", "ThemeFacts", "brief", "rank"]
