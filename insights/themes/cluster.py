"""BERTopic, the frame for topics: our vectors and our groups in, groups with their keywords out.

Its topic integers do not leave this file and `tracing`: they are renumbered by size, and -1 is its word for "in none".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bertopic import BERTopic

    from insights.themes.values import Labels, Vectors

N_KEYWORDS = 6
WORD = r"(?u)\b[a-zA-Z][\w'-]+\b"  # two letters or more, none of them a number


class Clusterer(Protocol):
    """What BERTopic asks of the object that groups: labels_ after fit."""

    labels_: Labels

    def fit(self, vectors: Vectors) -> Clusterer:
        """Find a label for each row; -1 is alone."""
        ...


class Given:
    """A clusterer that knows the groups already: those of last week and what joined them."""

    def __init__(self, labels: Labels) -> None:
        self.labels_ = labels

    def fit(self, vectors: Vectors) -> Given:
        """Nothing is left to find."""
        return self


@dataclass(frozen=True, slots=True)
class Described:
    """Groups as they came out of BERTopic, by row number."""

    members: tuple[tuple[int, ...], ...]  # rows, ascending; groups by their first row
    keywords: tuple[tuple[str, ...], ...]  # aligned with members, most telling first


def describe(texts: Sequence[str], vectors: Vectors, clusterer: Clusterer) -> Described:
    """Group the texts by their vectors and find each group's keywords by c-TF-IDF over all groups."""
    model = make_model(clusterer)
    topics, _ = model.fit_transform(list(texts), embeddings=vectors)
    rows_by_topic: dict[int, list[int]] = {}
    for row, topic in enumerate(topics):
        if topic >= 0:
            rows_by_topic.setdefault(int(topic), []).append(row)
    return Described(
        members=tuple(tuple(rows) for rows in rows_by_topic.values()),
        keywords=tuple(
            read_keywords(model, topic, [texts[row] for row in rows]) for topic, rows in rows_by_topic.items()
        ),
    )


def make_model(clusterer: Clusterer, n_words: int = 2) -> BERTopic:
    """BERTopic without reduction of dimensions: graphs and linkage work on the vectors themselves.

    Its keywords have up to n_words words.
    """
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    return BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=clusterer,
        vectorizer_model=CountVectorizer(ngram_range=(1, n_words), token_pattern=WORD, stop_words=list(stop_words())),
        ctfidf_model=ClassTfidfTransformer(bm25_weighting=True, reduce_frequent_words=True),
        top_n_words=5 * N_KEYWORDS,
    )


def has_words(texts: Sequence[str]) -> bool:
    """Whether any text holds a word that could be a keyword."""
    import re

    stop = frozenset(stop_words())
    return any(word.lower() not in stop for text in texts for word in re.findall(WORD, text))


@lru_cache(maxsize=1)
def stop_words() -> tuple[str, ...]:
    """SpaCy's stop words and those of stop_words.txt, in the form in which WORD finds them, sorted."""
    import re

    from spacy.lang.en.stop_words import STOP_WORDS

    lines = files("insights.themes").joinpath("stop_words.txt").read_text(encoding="utf-8").splitlines()
    ours = {word for line in lines if not line.startswith("#") for word in line.split()}
    return tuple(sorted({part for word in STOP_WORDS | ours for part in re.findall(WORD, word)}))


def read_keywords(model: BERTopic, topic: int, texts: Sequence[str]) -> tuple[str, ...]:
    """The words and word pairs that tell a topic from the others: each said in two texts or more, none twice."""
    chosen: list[str] = []
    lowered = [text.lower() for text in texts]
    for word, weight in model.get_topic(topic) or ():
        said = {part for keyword in chosen for part in keyword.split()}
        n_texts = sum(word in text for text in lowered)  # a pair that BERTopic made over a stop word is none
        if word and weight > 0 and n_texts >= min(2, len(texts)) and not set(word.split()) & said:
            chosen.append(word)
    return tuple(chosen[:N_KEYWORDS])
