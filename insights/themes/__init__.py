"""Recurring questions, objections and topics: what several customers mean in different words.

group(items, vectors, Memory("question"), …) gives the themes, what is in none, and the memory for the next run. What
people decided of themes (edits of kind "theme") is laid over it.
"""

from insights.themes.edits import OUT, Laid
from insights.themes.embedding import embed_items
from insights.themes.evaluation import cluster_texts, cluster_vectors
from insights.themes.grouping import group
from insights.themes.identity import place
from insights.themes.normalise import normalise
from insights.themes.noting import Decisions, Deed, note, read_decisions, theme_edits
from insights.themes.topics import TopicOptions, topics
from insights.themes.tracing import TopicNode, TopicWeek, trace_topics
from insights.themes.values import (
    PREFIXES,
    Grouping,
    GroupOptions,
    Item,
    Memory,
    Method,
    Run,
    ThemeState,
    memory_from_json,
    memory_to_json,
    options_of,
)

VERSION = "themes/6"

__all__ = [
    "OUT",
    "PREFIXES",
    "VERSION",
    "Decisions",
    "Deed",
    "GroupOptions",
    "Grouping",
    "Item",
    "Laid",
    "Memory",
    "Method",
    "Run",
    "ThemeState",
    "TopicNode",
    "TopicOptions",
    "TopicWeek",
    "cluster_texts",
    "cluster_vectors",
    "embed_items",
    "group",
    "memory_from_json",
    "memory_to_json",
    "normalise",
    "note",
    "options_of",
    "place",
    "read_decisions",
    "theme_edits",
    "topics",
    "trace_topics",
]
