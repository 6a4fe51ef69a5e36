"""Units: the sentences of customers' utterances, in which signals are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insights.types import Utterance

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

UNUSED_PIPES = ("ner", "lemmatizer")
SENTENCE_MARKS = frozenset(".?!…")
NEAR = 3  # utterances in which a reply still belongs to what was said
MIN_TOKENS = 3  # a shorter piece that the parser cuts off unpunctuated speech goes with its neighbour
LEADING_FILLER = re.compile(
    r"(?:[-*•–·>\s,.]+|(?:um+|uh+|er+m?|hmm+|okay|ok|yeah|yep|yes)\b[\s,.]*"
    r"|(?:so|well|right|good|great|sure|oh|ah|like|alright|all right|hi|hello|hey|cool|perfect|now|and|i mean|you know)"
    r",\s*)+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence of an utterance: its parse, its place in the text, and what is said around it."""

    utterance: Utterance
    span: Span
    start: int
    end: int
    context: str  # what somebody else said last
    reply: str = ""  # what somebody else says next
    goes_on: bool = False  # the speaker has the next utterance, too
    is_last: bool = True  # of its utterance

    @property
    def text(self) -> str:
        """The sentence without leading fillers."""
        return self.utterance.text[self.start : self.end]

    @property
    def is_spoken(self) -> bool:
        """Whether a recogniser set its full stop, which says nothing; a writer's says that nothing is asked."""
        return self.utterance.start_s is not None

    @property
    def judged(self) -> str:
        """The text as the classifiers read it."""
        return self.text.removesuffix(".") if self.is_spoken else self.text


def find_units(utterances: Sequence[Utterance], nlp: Language) -> tuple[Unit, ...]:
    """The sentences of the customers' utterances of one conversation."""
    contexts = list(_contexts(utterances))
    sequels = [_sequel(utterances, place) for place in range(len(utterances))]
    wanted = [place for place, utterance in enumerate(utterances) if utterance.role == "customer"]
    docs = nlp.pipe((utterances[place].text for place in wanted), disable=[*UNUSED_PIPES], batch_size=128)
    return tuple(
        Unit(
            utterances[place],
            span,
            *trim(doc.text, span.start_char, span.end_char),
            contexts[place],
            *sequels[place],
            is_last=span.end == len(doc),
        )
        for place, doc in zip(wanted, docs, strict=True)
        for span in split_sentences(doc)
    )


def _sequel(utterances: Sequence[Utterance], place: int) -> tuple[str, bool]:
    """What somebody else says next, if soon, and whether the speaker goes on before."""
    speaker = utterances[place].speaker
    coming = utterances[place + 1 : place + 1 + NEAR]
    reply = next((one.text for one in coming if one.speaker != speaker), "")
    return reply, bool(coming) and coming[0].speaker == speaker


def _contexts(utterances: Sequence[Utterance]) -> Iterator[str]:
    """For each utterance, what was last said by somebody else."""
    last: dict[str, str] = {}
    for utterance in utterances:
        yield next((text for speaker, text in reversed(last.items()) if speaker != utterance.speaker), "")
        last.pop(utterance.speaker, None)
        last[utterance.speaker] = utterance.text


def split_sentences(doc: Doc) -> Iterator[Span]:
    """Sentences by full stops where there are any, else by the parser."""
    punctuated = any(token.text[-1] in SENTENCE_MARKS for token in doc)
    first = 0
    for token in doc[:-1] if len(doc) else ():
        ends = _ends_sentence(token) if punctuated else _parser_ends(doc, token.i + 1, first)
        if ends:
            yield doc[first : token.i + 1]
            first = token.i + 1
    if first < len(doc):
        yield doc[first:]


def _ends_sentence(token) -> bool:  # type: ignore[no-untyped-def]
    following = token.nbor(1)
    closes = token.is_punct and token.text[0] in SENTENCE_MARKS and token.text != "..."
    return closes and not following.is_punct


def _parser_ends(doc: Doc, start: int, first: int) -> bool:
    return bool(doc[start].is_sent_start) and start - first >= MIN_TOKENS and len(doc) - start >= MIN_TOKENS


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space and, if enough is left, without leading fillers."""
    end = start + len(text[start:end].rstrip())
    start = end - len(text[start:end].lstrip())
    filler = LEADING_FILLER.match(text, start, end)
    if filler and len(text[filler.end() : end].split()) >= MIN_TOKENS:
        start = filler.end()
    return start, end


def time_of(utterance: Utterance, start: int, end: int) -> tuple[float | None, float | None]:
    """When `text[start:end]` is said: by its words, else in proportion to the characters."""
    if utterance.start_s is None or utterance.end_s is None:
        return utterance.start_s, utterance.end_s
    cursor, times = 0, []
    for word in utterance.words:
        said = word.text.strip()
        place = utterance.text.find(said, cursor)
        if place >= 0:
            cursor = place + len(said)
            if place < end and cursor > start:
                times.append(word)
    if times:
        return times[0].start_s, times[-1].end_s
    per_character = (utterance.end_s - utterance.start_s) / max(1, len(utterance.text))
    return round(utterance.start_s + start * per_character, 3), round(utterance.start_s + end * per_character, 3)
