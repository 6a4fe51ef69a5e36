"""Recurring questions, objections and topics: what several customers mean in different words.

group(items, vectors, Memory("question"), …) gives the themes, what is in none, and the memory for the next run.
"""

from insights.themes.evaluation import cluster_texts, cluster_vectors
from insights.themes.grouping import group
from insights.themes.normalise import normalise
from insights.themes.topics import TopicOptions, topics
from insights.themes.values import (
    Change,
    Grouping,
    GroupOptions,
    Item,
    Memory,
    ThemeState,
    memory_from_json,
    memory_to_json,
)

VERSION = "themes/2"

__all__ = [
    "VERSION",
    "Change",
    "GroupOptions",
    "Grouping",
    "Item",
    "Memory",
    "ThemeState",
    "TopicOptions",
    "cluster_texts",
    "cluster_vectors",
    "group",
    "memory_from_json",
    "memory_to_json",
    "normalise",
    "topics",
]
