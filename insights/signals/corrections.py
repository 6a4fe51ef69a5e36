"""What people say of signals, laid over what is found: accepted ones stay, rejected ones never come back.

A judgement holds the words that it was made on. After an upgrade an utterance may be cut elsewhere, a span begin a word
later or a name be spelled otherwise; then it goes to where its words are now, and rests where they are no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import get_args

from insights.signals.detect import signal_id
from insights.signals.units import time_of
from insights.types import Edit, Signal, SignalKind, Utterance

TARGET_FIELDS = 7  # what the target of an edit of a signal holds; see `insights.types.Edit`
PERSON = "person"  # the detector of what a person judged
MIN_LIKENESS = 0.75  # share of words that two wordings have in common, in order, to be taken for the same
WORD = re.compile(r"\w+(?:['’]\w+)*")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says some words of a conversation are: a signal of this kind and label, or none."""

    edit_id: str
    conversation_id: str
    index: int  # of the utterance, when the judgement was made
    found_kind: SignalKind | None  # what they were taken for; None where the person added them
    text: str  # the words
    context: str  # the whole utterance
    kind: SignalKind | None  # what they are; None: no signal
    label: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where some words are now."""

    utterance: Utterance
    start: int
    end: int


def signal_edits(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits of signals that no later edit withdrew, in order."""
    known = tuple(edits)
    undone = {edit.target[1] for edit in known if edit.kind == "undo"}
    return tuple(edit for edit in known if edit.kind == "signal" and edit.id not in undone)


def find_judgements(conversation_id: str, edits: Iterable[Edit]) -> tuple[Judgement, ...]:
    """What people said of one conversation's signals, in the order in which they said it."""
    held = (edit for edit in signal_edits(edits) if len(edit.target) == TARGET_FIELDS)
    return tuple(judgement_of(edit) for edit in held if edit.target[1] == conversation_id)


def judgement_of(edit: Edit) -> Judgement:
    """The judgement that an edit of a signal notes."""
    _, conversation_id, index, found_kind, _, text, context = edit.target
    kind, _, label = edit.value.partition(":")
    return Judgement(edit.id, conversation_id, int(index), _kind(found_kind), text, context, _kind(kind), label)


def _kind(name: str) -> SignalKind | None:
    return next((kind for kind in get_args(SignalKind) if kind == name), None)


def lay_over(
    found: Sequence[Signal], utterances: Sequence[Utterance], judgements: Iterable[Judgement]
) -> tuple[Signal, ...]:
    """The signals of a conversation as people left them; the last judgement of the same words counts."""
    signals = list(found)
    for judgement in judgements:
        place = find_place(judgement, utterances)
        if place is not None:
            signals = _apply(judgement, place, signals)
    order = {utterance.id: utterance.index for utterance in utterances}
    signals.sort(key=lambda one: (order[one.utterance_id], one.start, one.end, one.kind, one.label))
    return tuple({signal.id: signal for signal in signals}.values())


def _apply(judgement: Judgement, place: Place, signals: Sequence[Signal]) -> list[Signal]:
    kinds = {judgement.found_kind, judgement.kind}
    left = [part for signal in signals for part in (_cut(signal, place) if signal.kind in kinds else [signal])]
    if judgement.kind is None:
        return left
    same = (signal for signal in signals if signal.kind == judgement.kind and _overlap(signal, place))
    reasons = tuple(dict.fromkeys(why for signal in same for why in signal.why))
    return [*left, _judged(judgement, judgement.kind, place, reasons)]


def _judged(judgement: Judgement, kind: SignalKind, place: Place, reasons: tuple[str, ...]) -> Signal:
    """The signal that a person wants there: sure, and told to be a person's."""
    utterance, start, end = place.utterance, place.start, place.end
    deed = "added" if judgement.found_kind is None else "accepted" if judgement.found_kind == kind else "put right"
    start_s, end_s = time_of(utterance, start, end)
    why = (f"{deed} {judgement.edit_id}", *(reason for reason in reasons if " E-" not in reason))
    return Signal(
        id=signal_id(utterance.id, kind, start, end),
        utterance_id=utterance.id,
        kind=kind,
        label=judgement.label,
        text=utterance.text[start:end],
        start=start,
        end=end,
        score=1.0,
        detector=PERSON,
        start_s=start_s,
        end_s=end_s,
        why=why,
    )


def _overlap(signal: Signal, place: Place) -> int:
    """Characters that both hold."""
    if signal.utterance_id != place.utterance.id:
        return 0
    return max(0, min(signal.end, place.end) - max(signal.start, place.start))


def _cut(signal: Signal, place: Place) -> Iterator[Signal]:
    """A signal without the judged words: as it is, gone, or what is left of it beside them."""
    shared = _overlap(signal, place)
    if 2 * shared < min(signal.end - signal.start, place.end - place.start):
        yield signal
    elif 2 * shared < signal.end - signal.start:
        sides = ((signal.start, place.start), (place.end, signal.end))
        start, end = max(sides, key=lambda side: side[1] - side[0])
        text = place.utterance.text[start:end]
        start, end = start + len(text) - len(text.lstrip(" \n,;:.")), start + len(text.rstrip())
        if WORD.search(place.utterance.text[start:end]):
            yield _respan(signal, place.utterance, start, end)


def _respan(signal: Signal, utterance: Utterance, start: int, end: int) -> Signal:
    start_s, end_s = time_of(utterance, start, end)
    return replace(
        signal,
        id=signal_id(utterance.id, signal.kind, start, end),
        text=utterance.text[start:end],
        start=start,
        end=end,
        start_s=start_s,
        end_s=end_s,
    )


def find_place(judgement: Judgement, utterances: Sequence[Utterance]) -> Place | None:
    """Where a judgement's words are now, in customers' utterances: verbatim, else nearly so; None where nowhere.

    Of several places, the one in the utterance most like the one it was made in, then the nearest to where that was.
    """
    said = [utterance for utterance in utterances if utterance.role == "customer"]
    exact = [Place(one, *span) for one in said for span in _occurrences(judgement.text, one.text)]
    places = exact or [place for one in said if (place := nearest_words(judgement.text, one))]
    return max(
        places,
        key=lambda place: (_likeness(place, judgement), -abs(place.utterance.index - judgement.index), -place.start),
        default=None,
    )


def _occurrences(words: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(words) if words else -1
    while start >= 0:
        yield start, start + len(words)
        start = text.find(words, start + 1)


def _likeness(place: Place, judgement: Judgement) -> float:
    if place.utterance.text == judgement.context:
        return 1.0
    return SequenceMatcher(None, _folded(place.utterance.text), _folded(judgement.context), autojunk=False).ratio()


def _folded(text: str) -> list[str]:
    return [word.group().casefold().replace("’", "'") for word in WORD.finditer(text)]


def nearest_words(words: str, utterance: Utterance, min_likeness: float = MIN_LIKENESS) -> Place | None:
    """The part of an utterance that has nearly the same words in the same order, if there is one."""
    wanted, found = _folded(words), list(WORD.finditer(utterance.text))
    matcher = SequenceMatcher(None, wanted, _folded(utterance.text), autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    if not blocks:
        return None
    first, last = blocks[0].b, blocks[-1].b + blocks[-1].size - 1
    likeness = 2 * sum(block.size for block in blocks) / (len(wanted) + last - first + 1)
    if likeness < min_likeness:
        return None
    return Place(utterance, found[first].start(), _with_mark(utterance.text, found[last].end()))


def _with_mark(text: str, end: int) -> int:
    """The end of a span with the full stop or question mark right behind it."""
    return end + 1 if text[end : end + 1] in tuple(".?!") else end
