"""Which topics belong together, and how they came and went: BERTopic's hierarchy and topics over time, of our topics.

Its topic integers do not leave this file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from insights.themes.cluster import Given, has_words, make_model
from insights.themes.normalise import normalise
from insights.themes.shown import WordCheck
from insights.themes.space import find_centre, prepare
from insights.themes.topics import TopicOptions, says_something
from insights.types import Theme

if TYPE_CHECKING:
    import numpy as np
    from bertopic import BERTopic
    from numpy.typing import NDArray

    from insights.themes.values import Item, Vectors


@dataclass(frozen=True, slots=True)
class TopicNode:
    """A topic, or topics that belong together more than with any other."""

    id: str  # the topic's, or "G-01" …: groups are numbered anew in each run, the nearest first
    parent_id: str  # "" at the top
    distance: float  # mean cosine distance between the two that were joined, 0-2; 0 of a topic
    topic_ids: tuple[str, ...]  # sorted
    words: tuple[str, ...]  # most telling first, without names
    n_utterances: int


@dataclass(frozen=True, slots=True)
class TopicWeek:
    """What was said of a topic in a week."""

    topic_id: str
    week: str  # ISO
    n_utterances: int  # 0 is a zero
    n_of: int  # customers' utterances of that week that are about something; 0 is a missing week
    words: tuple[str, ...]  # said that week, most telling first, without names


def trace_topics(
    topics: Sequence[Theme],
    items: Sequence[Item],
    weeks: Sequence[str],
    *,
    span: Sequence[str],
    embed: Callable[[Sequence[str]], Vectors],
    find_names: Callable[[str], Collection[str]],
    options: TopicOptions | None = None,
) -> tuple[tuple[TopicNode, ...], tuple[TopicWeek, ...]]:
    """The tree of the topics, from the top, and each topic in each week.

    Args:
        topics: as `themes.topics` gives them.
        items: all that customers say.
        weeks: the ISO week of each item, "" where it has no date.
        span: all weeks, oldest first.
        embed: the vectors of texts, as the topics were found by.
        find_names: the words of a text, in small letters, that are personal data.
        options: as the topics were found by.
    """
    n_words = (options or TopicOptions()).n_words
    number_of = {item_id: number for number, topic in enumerate(topics) for item_id in topic.signal_ids}
    rows = [row for row, item in enumerate(items) if item.id in number_of]
    texts = [items[row].text for row in rows]
    if not has_words(texts):
        return (), ()
    telling = (item.id in number_of or says_something(item.text, n_words) for item in items)
    n_of = Counter(week for week, tells in zip(weeks, telling, strict=True) if tells)
    check = WordCheck(texts, [items[row].source for row in rows], find_names)
    vectors = embed([normalise(text) for text in texts])
    space = prepare(vectors, find_centre(vectors), [""] * len(rows), 0.0)
    model, topic_ids = fit(texts, space, [number_of[items[row].id] for row in rows], topics)
    tree = grow(model, texts, topic_ids, Counter(model.topics_), check)
    return tuple(tree), tuple(follow(model, texts, [weeks[row] for row in rows], topic_ids, span, n_of, check))


def fit(
    texts: Sequence[str], space: Vectors, given: Sequence[int], topics: Sequence[Theme]
) -> tuple[BERTopic, list[str]]:
    """BERTopic over our topics, and their ids by its numbers, which go by size."""
    import numpy as np

    model = make_model(Given(np.array(given, dtype=np.int64)), n_words=1)
    found, _ = model.fit_transform(list(texts), embeddings=space)
    ids = dict(zip(found, (topics[number].id for number in given), strict=True))
    return model, [ids[number] for number in sorted(ids)]


def grow(
    model: BERTopic, texts: Sequence[str], topic_ids: Sequence[str], sizes: Counter[int], check: WordCheck
) -> Iterator[TopicNode]:
    """The groups, widest first, then the topics; average linkage of the topics' mean vectors."""
    parents: dict[str, str] = {}
    if len(topic_ids) > 1:
        with redirect_stderr(StringIO()):  # its progress bar cannot be turned off
            joins = model.hierarchical_topics(
                list(texts), use_ctfidf=False, distance_function=distances, linkage_function=link_averages
            )
        names = [*topic_ids, *(f"G-{number:02d}" for number in range(1, len(topic_ids)))]
        for join in joins.itertuples():  # widest first
            name = names[int(join.Parent_ID)]
            parents |= {names[int(join.Child_Left_ID)]: name, names[int(join.Child_Right_ID)]: name}
            inside = tuple(sorted(topic_ids[number] for number in join.Topics))
            n_inside = sum(sizes[number] for number in join.Topics)
            words = check.choose(join.Parent_Name.split("_"))
            yield TopicNode(name, parents.get(name, ""), round(join.Distance, 3), inside, words, n_inside)
    for number, topic_id in enumerate(topic_ids):
        words = check.choose(word for word, _ in model.get_topic(number))
        yield TopicNode(topic_id, parents.get(topic_id, ""), 0.0, (topic_id,), words, sizes[number])


def distances(means: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine distances between the topics' mean vectors, in scipy's condensed form."""
    import numpy as np
    from scipy.spatial.distance import pdist

    apart: NDArray[np.float64] = np.clip(pdist(means, "cosine"), 0, 2)
    return apart


def link_averages(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average linkage."""
    from scipy.cluster.hierarchy import linkage

    joins: NDArray[np.float64] = linkage(apart, "average", optimal_ordering=True)
    return joins


def follow(
    model: BERTopic,
    texts: Sequence[str],
    weeks: Sequence[str],
    topic_ids: Sequence[str],
    span: Sequence[str],
    n_of: Counter[str],
    check: WordCheck,
) -> Iterator[TopicWeek]:
    """Each topic in each week of the span, zeros too; words by c-TF-IDF of the week, drawn towards the topic's."""
    rows = [row for row, week in enumerate(weeks) if week]
    said: dict[tuple[int, str], tuple[int, tuple[str, ...]]] = {}
    if rows:
        places = {week: place for place, week in enumerate(span)}
        found = model.topics_over_time(
            [texts[row] for row in rows],
            [places[weeks[row]] for row in rows],
            topics=[model.topics_[row] for row in rows],
            evolution_tuning=False,
        )
        for one in found.itertuples():
            week = span[one.Timestamp]
            heard = [texts[row] for row in rows if model.topics_[row] == one.Topic and weeks[row] == week]
            said[one.Topic, week] = (one.Frequency, check.choose(one.Words.split(", "), heard))
    for number, topic_id in enumerate(topic_ids):
        for week in span:
            n_utterances, words = said.get((number, week), (0, ()))
            yield TopicWeek(topic_id, week, n_utterances, n_of[week], words)
