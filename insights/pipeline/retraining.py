"""Learns from what people said of signals, and from their labelled rows; later runs lay it over their scores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from insights import signals
from insights.config import Settings
from insights.errors import UsageError
from insights.pipeline.analysing import Tools
from insights.pipeline.learned import State, add_state, load_adapter, undo_state
from insights.pipeline.loading import open_existing
from insights.store import Store
from insights.types import Conversation, Edit, Utterance

if TYPE_CHECKING:
    from insights.signals.readings import Reading

Row = Mapping[str, Any]
MAX_ANCHORS = 400  # sentences without a label that hold the scores where they are
MAX_ANCHOR_CONVERSATIONS = 60  # that they are drawn from


@dataclass(frozen=True, slots=True)
class Learned:
    """What a retraining came to."""

    trials: Mapping[str, signals.Trial]  # by kind
    state: State | None  # the new state; None where nothing takes effect


@dataclass(slots=True)
class Labels:
    """Sentences with what a person says they are, of one kind."""

    readings: list[Reading] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)

    def add(self, reading: Reading, is_one: bool) -> None:
        """One more label."""
        self.readings.append(reading)
        self.truth.append(is_one)


def retrain(settings: Settings, rows: Sequence[Row] = ()) -> Learned:
    """Learn from the judgements in the store, and from labelled rows as `insights evaluate` takes them.

    A kind's correction takes effect where it does better on conversations held out; else what was in force stays so.
    Raises UsageError where there is nothing to learn from.
    """
    with open_existing(settings, write=True) as store:
        tools = Tools(store)
        labels = {kind: Labels() for kind in signals.ADAPTED_KINDS}
        anchors = list(_read_store(store, tools, labels))
        _read_rows(rows, tools, labels)
        if not any(one.truth for one in labels.values()):
            raise UsageError(
                "Nothing to learn from yet: no question or objection was accepted, rejected or added, and no row "
                "says is_question or is_objection. "
                "Begin with `insights signals list --unsure 20`."
            )
        thresholds = {"question": settings.question_threshold, "objection": settings.objection_threshold}
        trials: dict[str, signals.Trial] = {
            kind: signals.learn(_examples(kind, one), _anchor(kind, anchors), thresholds[kind])
            for kind, one in labels.items()
        }
        return Learned(trials, _keep(settings, trials))


def undo_retraining(settings: Settings) -> tuple[State, State | None]:
    """Go back to before the last retraining that still holds: that one, and the one in force now."""
    with open_existing(settings, write=True):
        return undo_state(settings.store)


def _keep(settings: Settings, trials: Mapping[str, signals.Trial]) -> State | None:
    if not any(trial.is_better for trial in trials.values()):
        return None
    adapter = load_adapter(settings.store) or signals.Adapter()
    for kind, trial in trials.items():
        if trial.is_better:
            adapter = replace(adapter, **{kind: trial.correction})
    return add_state(settings.store, adapter, trials)


def _examples(kind: signals.AdaptedKind, labels: Labels) -> signals.Examples:
    groups = tuple(reading.unit.utterance.conversation_id for reading in labels.readings)
    return _stack(kind, labels.readings, labels.truth, groups)


def _anchor(kind: signals.AdaptedKind, readings: Sequence[Reading]) -> signals.Examples:
    return _stack(kind, readings, [False] * len(readings), ("",) * len(readings))


def _stack(
    kind: signals.AdaptedKind, readings: Sequence[Reading], truth: Sequence[bool], groups: tuple[str, ...]
) -> signals.Examples:
    import numpy as np

    scores = np.array([getattr(reading, kind) for reading in readings], dtype=np.float32)
    embeddings = np.array([reading.embedding for reading in readings], dtype=np.float32)
    return signals.Examples(scores, embeddings, np.array(truth, dtype=bool), groups)


def _read_store(store: Store, tools: Tools, labels: Mapping[signals.AdaptedKind, Labels]) -> Iterator[Reading]:
    """Fill in what people judged, and give sentences that nobody did."""
    edits = store.edits()
    said: dict[str, list[Utterance]] = {}
    for utterance in store.utterances():
        said.setdefault(utterance.conversation_id, []).append(utterance)
    spare: list[Reading] = []
    for conversation in _in_order(store.conversations(), edits):
        readings = signals.read_sentences(said.get(conversation.id, []), tools.nlp, tools.embed)
        judged = _read_judgements(conversation, edits, readings, labels)
        spare.extend(reading for reading in readings if id(reading) not in judged)
    yield from sorted(spare, key=_draw)[:MAX_ANCHORS]


def _in_order(conversations: Iterable[Conversation], edits: Sequence[Edit]) -> list[Conversation]:
    """Those that people judged something in, and some others, the same ones each time."""
    touched = {edit.target[1] for edit in signals.signal_edits(edits)}
    known = list(conversations)
    others = sorted((one for one in known if one.id not in touched), key=lambda one: one.id)
    return [*(one for one in known if one.id in touched), *others[:MAX_ANCHOR_CONVERSATIONS]]


def _draw(reading: Reading) -> str:
    """An order that has nothing to do with what is said, and is the same each time."""
    return hashlib.sha256(f"{reading.unit.utterance.id}:{reading.unit.start}".encode()).hexdigest()


def _read_judgements(
    conversation: Conversation,
    edits: Sequence[Edit],
    readings: Sequence[Reading],
    labels: Mapping[signals.AdaptedKind, Labels],
) -> set[int]:
    """Fill in the judgements of one conversation, of the same sentence the last; which readings were judged."""
    said = tuple({reading.unit.utterance.id: reading.unit.utterance for reading in readings}.values())
    truth: dict[tuple[signals.AdaptedKind, int], tuple[Reading, bool]] = {}
    judged: set[int] = set()
    for judgement in signals.find_judgements(conversation.id, edits):
        place = signals.find_place(judgement, said)
        held = [one for one in readings if place is not None and _overlaps(one, place)]
        judged.update(id(one) for one in held)
        for kind in signals.ADAPTED_KINDS:
            if held and kind in (judgement.found_kind, judgement.kind):
                carrier = max(held, key=lambda one: float(getattr(one, kind)))
                truth[kind, id(carrier)] = carrier, judgement.kind == kind
    for (kind, _), (reading, is_one) in truth.items():
        labels[kind].add(reading, is_one)
    return judged


def _overlaps(reading: Reading, place: signals.Place) -> bool:
    unit = reading.unit
    return unit.utterance.id == place.utterance.id and unit.start < place.end and place.start < unit.end


def _read_rows(rows: Sequence[Row], tools: Tools, labels: Mapping[signals.AdaptedKind, Labels]) -> None:
    """Fill in labelled rows: of a row that is one, the sentence that scores highest carries it."""
    for utterances, own in conversations_of(rows):
        readings: dict[str, list[Reading]] = {}
        for reading in signals.read_sentences(utterances, tools.nlp, tools.embed):
            readings.setdefault(reading.unit.utterance.id, []).append(reading)
        for utterance, row in zip(utterances, own, strict=True):
            held = readings.get(utterance.id, [])
            for kind in signals.ADAPTED_KINDS:
                if held and isinstance(row.get(f"is_{kind}"), bool):
                    carrier = max(held, key=lambda one: float(getattr(one, kind)))
                    labels[kind].add(carrier, row[f"is_{kind}"])


def conversations_of(rows: Sequence[Row]) -> Iterator[tuple[tuple[Utterance, ...], tuple[Row, ...]]]:
    """Cut labelled rows into conversations: neighbours of one conversation_id; a row without one stands alone."""
    keys = [str(row.get("conversation_id") or f"row {number}") for number, row in enumerate(rows)]
    for key, group in groupby(zip(keys, rows, strict=True), key=lambda pair: pair[0]):
        own = tuple(row for _, row in group)
        utterances = tuple(
            Utterance(
                conversation_id=key,
                index=index,
                speaker=str(row.get("speaker") or ""),
                role="rep" if row.get("role") == "rep" else "customer",
                role_confidence=1.0,
                text=row["text"],
            )
            for index, row in enumerate(own)
        )
        yield utterances, own
