"""How topics belong together and came and went, for the data frames; computed with the themes, and kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict
from datetime import tzinfo
from typing import Any

from insights import signals, themes
from insights.outputs.findings import Findings
from insights.outputs.weeks import span_of, week_of
from insights.pipeline.analysing import Tools
from insights.types import Theme

WORD = re.compile(r"[\w'-]+")


def trace_topics(
    topics: Iterable[Theme], items: list[themes.Item], findings: Findings, zone: tzinfo, tools: Tools
) -> Any:
    """The tree and the weeks of the topics as plain JSON values."""
    week_by_conversation = {one.id: week_of(one.started_at, zone) for one in findings.conversations}
    nodes, weeks = themes.trace_topics(
        tuple(topics),
        items,
        [week_by_conversation[item.conversation_id] for item in items],
        span=span_of(week for week in week_by_conversation.values() if week),
        embed=tools.embed_themes,
        find_names=name_finder(findings, tools),
    )
    return {"tree": [asdict(node) for node in nodes], "weeks": [asdict(week) for week in weeks]}


def name_finder(findings: Findings, tools: Tools) -> Callable[[str], Collection[str]]:
    """What finds the words of a text that are personal data: those of spans, and names of people who were there."""
    people = {word for one in findings.conversations for person in one.participants for word in words_of(person.name)}

    def find_names(text: str) -> set[str]:
        spans = signals.find_personal(text, tools.nlp)
        return words_of(text) & people | {word for span in spans for word in words_of(text[span.start : span.end])}

    return find_names


def words_of(text: str) -> set[str]:
    """The words in small letters."""
    return {word.lower() for word in WORD.findall(text)}
