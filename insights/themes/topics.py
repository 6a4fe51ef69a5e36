"""What conversations are about: topics over customers' utterances, found by BERTopic."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from insights.themes.cluster import stop_words
from insights.themes.edits import decided_items
from insights.themes.grouping import group
from insights.themes.normalise import normalise
from insights.themes.noting import read_decisions
from insights.themes.values import Grouping, GroupOptions, Item, Memory, Run

if TYPE_CHECKING:
    from spacy.language import Language

    from insights.themes.values import Vectors


@dataclass(frozen=True, slots=True)
class TopicOptions:
    """When there is enough to speak of topics, and how large one must be."""

    n_enough: int = 50  # utterances with something in them; fewer give no topics
    n_words: int = 4  # content words that an utterance needs, so as not to be small talk
    min_items: int = 5
    min_share: float = 0.01  # of the utterances that are about something
    min_sources: int = 3  # conversations
    threshold: float = 0.2  # coarser than themes (tests/benchmarks/topics.py)


def topics(
    items: Sequence[Item],
    vectors: Vectors,
    memory: Memory,
    *,
    nlp: Language,
    has_personal: Callable[[str], bool],
    options: TopicOptions | None = None,
    run: Run | None = None,
) -> Grouping:
    """Topics among customers' utterances: items whose ids are utterance ids; small talk is in `unassigned`.

    Too few utterances give none, and the notes say so; topics known from the memory are then kept as they are.
    """
    options, run = options or TopicOptions(), run or Run()
    telling = {item.id for item in items if says_something(item.text, options.n_words)}
    kept = telling | {member for state in memory.themes for member in state.member_ids}
    kept |= {item_id for item_id, _ in memory.homes} | decided_items(read_decisions(run.edits, items, "topic"))
    rows = [row for row, item in enumerate(items) if item.id in kept]
    left_out = sorted(item.id for item in items if item.id not in kept)
    small_talk = f"{len(left_out)} of {len(items)} utterances are too short to be about something."
    if len(telling) < options.n_enough and not memory.themes:
        few = f"Too few to say: {len(telling)} utterances are about something, topics need {options.n_enough}."
        return Grouping((), tuple(sorted(item.id for item in items)), memory, (), (few, small_talk))
    found = group(
        [items[row] for row in rows],
        vectors[rows],
        memory,
        nlp=nlp,
        has_personal=has_personal,
        options=GroupOptions(
            threshold=options.threshold,
            sure_threshold=options.threshold,
            min_items=max(options.min_items, round(options.min_share * len(rows))),
            min_sources=options.min_sources,
        ),
        run=run,
    )
    unassigned = tuple(sorted((*found.unassigned, *left_out)))
    return replace(found, unassigned=unassigned, notes=(*found.notes, small_talk))


def says_something(text: str, n_words: int) -> bool:
    """Whether an utterance has enough different content words to be about something."""
    stop = frozenset(stop_words())
    return len({word for word in re.findall(r"[a-z][a-z'-]+", normalise(text).lower()) if word not in stop}) >= n_words
