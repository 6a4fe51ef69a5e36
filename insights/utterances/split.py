"""Turns into utterances: one to three sentences of one speaker each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from insights.types import NOT_READ, Conversation, Segment, Utterance, Word
from insights.utterances.turns import Turn, build_turns, locate, time_of

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Span

MAX_SENTENCES = 3  # an utterance
MAX_WORDS = 60  # an utterance, unless one sentence is longer
LONG_SENTENCE = 40  # words; more without a full stop is speech without punctuation: the parser finds its sentences
MIN_CLAUSE = 10  # words of a piece of a run-on sentence
MAX_PARSED = 400  # words parsed at once, whatever the length of the input
GREETING = re.compile(
    r"\s*(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day)|to whom it may concern)\b"
    r"[^.?!\n]{0,60}[,!.:–-]?\s*",
    re.IGNORECASE,
)
Piece = tuple[Turn, str, float | None, float | None, tuple[Word, ...]]  # text, start_s, end_s, words
LIST_ITEM = re.compile(r"\s*(?:[-*•–·]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")


def split(conversation: Conversation, nlp: Language) -> tuple[Utterance, ...]:
    """Cut what may be read of a conversation into utterances; roles come later.

    Per speaker, the utterances' texts joined are the segments' texts joined, up to white space.
    """
    readable = [segment for segment in conversation.segments if is_readable(segment)]
    turns = [turn for turn in _turns(conversation, readable) if turn.text]
    pieces = (piece for turn in turns for piece in _cut(turn, nlp))
    return tuple(
        Utterance(conversation.id, index, turn.speaker, "unknown", 0.0, text, start_s, end_s, words)
        for index, (turn, text, start_s, end_s, words) in enumerate(pieces)
    )


def is_readable(segment: Segment) -> bool:
    """Whether signals may be drawn from the segment."""
    return not NOT_READ.intersection(segment.flags) and bool(segment.text.strip())


def _turns(conversation: Conversation, readable: list[Segment]) -> Iterator[Turn]:
    if conversation.kind != "email":
        yield from build_turns(readable)
        return
    for segment in readable:
        for block in _blocks(segment.text):
            yield Turn(segment.speaker, (Segment(segment.speaker, block, flags=segment.flags),))


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs, list items and the greeting line of a mail."""
    block: list[str] = []
    for line in text.splitlines():
        starts = not line.strip() or LIST_ITEM.match(line) is not None
        if block and (starts or block[-1].rstrip().endswith(":") or GREETING.fullmatch(block[-1])):
            yield "\n".join(block)
            block = []
        if line.strip():
            block.append(line)
    if block:
        yield "\n".join(block)


def _cut(turn: Turn, nlp: Language) -> Iterator[Piece]:
    text, places = turn.text, locate(turn)
    taken = 0  # words already given to an utterance
    for start, end in _group(text, list(_sentences(text, nlp))):
        words = []
        while taken < len(places) and places[taken].start < end:
            words.append(places[taken])
            taken += 1
        start_s, end_s = time_of(words if words and words[0].word else places, start, end)
        yield turn, text[start:end], start_s, end_s, tuple(place.word for place in words if place.word is not None)


def _sentences(text: str, nlp: Language) -> Iterator[tuple[int, int]]:
    """Spans of sentences, by full stops; by the parser where there are none."""
    from spacy.pipeline import Sentencizer

    for start, end in _stretches(text):
        for sent in Sentencizer()(nlp.make_doc(text[start:end])).sents:
            where = start + sent.start_char, start + sent.end_char
            if len(sent) > LONG_SENTENCE and nlp.has_pipe("parser"):
                yield from _parsed(text, where, nlp)
            else:
                yield where


def _parsed(text: str, where: tuple[int, int], nlp: Language) -> Iterator[tuple[int, int]]:
    doc = nlp(text[where[0] : where[1]], disable=["ner", "lemmatizer"])
    for sent in doc.sents:
        for clause in _clauses(sent) if len(sent) > LONG_SENTENCE else [sent]:
            yield where[0] + clause.start_char, where[0] + clause.end_char


def _clauses(sent: Span) -> Iterator[Span]:
    """A run-on sentence, cut where a new subject has its own verb."""
    first = sent.start
    for token in sent:
        opens = token.dep_ in {"nsubj", "nsubjpass", "expl"} and token.head.dep_ in {
            "ROOT",
            "conj",
            "ccomp",
            "parataxis",
        }
        start = token.left_edge.i
        if start > sent.start and sent.doc[start - 1].dep_ == "cc":
            start -= 1
        if opens and start - first >= MIN_CLAUSE:
            yield sent.doc[first:start]
            first = start
    yield sent.doc[first : sent.end]


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Spans of at most MAX_PARSED words, so that hostile lengths cost memory in proportion only."""
    words = list(re.finditer(r"\S+", text))
    for first in range(0, len(words), MAX_PARSED):
        yield words[first].start(), words[min(first + MAX_PARSED, len(words)) - 1].end()


def _group(text: str, sentences: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans of utterances: neighbouring sentences, as long as they are few and short."""
    group: list[tuple[int, int]] = []
    for sentence in sentences:
        if group and (len(group) == MAX_SENTENCES or _n_words(text, group[0][0], sentence[1]) > MAX_WORDS):
            yield group[0][0], group[-1][1]
            group = []
        group.append(sentence)
    if group:
        yield group[0][0], group[-1][1]


def _n_words(text: str, start: int, end: int) -> int:
    return len(text[start:end].split())
