"""Which signals there are, the least sure first if wanted, and what all but counted as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from insights import signals, themes
from insights.config import Settings
from insights.pipeline.analysing import Tools, detect_options
from insights.pipeline.correcting import find_conversation
from insights.pipeline.learned import load_adapter, state_in_force
from insights.pipeline.loading import open_existing
from insights.types import Conversation, Signal, Utterance

SHORT_ID = 8  # characters of a signal's id that are shown
DONE = {  # of a theme, by what an edit does
    "merge": "merged",
    "split": "split",
    "rename": "renamed",
    "pin": "pinned",
    "move": "changed by moving items",
    "dismiss": "dismissed",
}
ALMOST = 0.2  # score from which words that were not found are worth a look


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `insights signals list`."""

    signal: Signal
    utterance: Utterance
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which signals to list; empty values choose all."""

    kind: str = ""
    label: str = ""
    conversation: str = ""  # file name or beginning of an id
    unsure: int = 0  # only so many, those nearest to their threshold that nobody judged yet


def list_signals(settings: Settings, wanted: Wanted | None = None) -> tuple[Listed, ...]:
    """The signals in the store, conversation by conversation; or the least sure ones, least sure first."""
    wanted = wanted or Wanted()
    with open_existing(settings) as store:
        conversations = store.conversations()
        said = {utterance.id: utterance for utterance in store.utterances()}
        found = store.signals()
    chosen = {one.id: one for one in conversations}
    if wanted.conversation:
        only = find_conversation(conversations, wanted.conversation)
        chosen = {only.id: only}
    listed = [
        Listed(one, said[one.utterance_id], chosen[conversation_id])
        for one in found
        if (conversation_id := said[one.utterance_id].conversation_id) in chosen
        and wanted.kind in ("", one.kind)
        and wanted.label in ("", one.label)
    ]
    place = {conversation_id: number for number, conversation_id in enumerate(chosen)}
    listed.sort(key=lambda one: (place[one.conversation.id], one.utterance.index, one.signal.start))
    return _least_sure(listed, settings)[: wanted.unsure] if wanted.unsure else tuple(listed)


def list_almost(settings: Settings, n_wanted: int) -> tuple[Listed, ...]:
    """Customers' words that were not found for want of a little score, the likeliest first; nobody judged them yet."""
    options = replace(detect_options(settings), adapter=load_adapter(settings.store))
    low = replace(options, question_threshold=ALMOST, objection_threshold=ALMOST)
    with open_existing(settings, write=True) as store:  # the vectors of new sentences are kept
        tools, edits, known = Tools(store), store.edits(), {one.id: one for one in store.conversations()}
        said: dict[str, list[Utterance]] = {}
        for utterance in store.utterances():
            said.setdefault(utterance.conversation_id, []).append(utterance)
        taken: dict[tuple[str, str], list[Signal]] = {}
        for found in store.signals():
            taken.setdefault((found.utterance_id, found.kind), []).append(found)
        listed = []
        for conversation_id, spoken in said.items():
            utterance_of = {utterance.id: utterance for utterance in spoken}
            for one in _judged_anew(spoken, tools, low, signals.find_judgements(conversation_id, edits)):
                there = taken.get((one.utterance_id, one.kind), ())
                if one.kind in signals.ADAPTED_KINDS and not any(_overlaps(one, other) for other in there):
                    listed.append(Listed(one, utterance_of[one.utterance_id], known[conversation_id]))
    return tuple(sorted(listed, key=lambda one: -one.signal.score)[:n_wanted])


def _overlaps(one: Signal, other: Signal) -> bool:
    return one.start < other.end and other.start < one.end


def _judged_anew(
    said: Sequence[Utterance],
    tools: Tools,
    options: signals.DetectOptions,
    judgements: Sequence[signals.Judgement],
) -> tuple[Signal, ...]:
    """The signals of a conversation under these options, without those that people rejected."""
    return signals.lay_over(signals.detect(said, tools.nlp, tools.embed, options), said, judgements)


def _least_sure(listed: Iterable[Listed], settings: Settings) -> tuple[Listed, ...]:
    options = detect_options(settings)
    thresholds = {"question": options.question_threshold, "objection": options.objection_threshold}
    open_ones = [one for one in listed if one.signal.kind in thresholds and one.signal.detector != signals.PERSON]
    return tuple(sorted(open_ones, key=lambda one: abs(one.signal.score - thresholds[one.signal.kind])))


def people_said(settings: Settings) -> tuple[tuple[str, str], ...]:
    """What of the findings is people's work, for the report's last section; nothing where nobody did anything."""
    with open_existing(settings) as store:
        edits = store.edits()
    judgements = [signals.judgement_of(edit) for edit in signals.signal_edits(edits)]
    deeds = Counter(edit.target[1] for edit in themes.theme_edits(edits))
    decided = ", ".join(f"{n} {DONE[deed]}" for deed, n in deeds.items())
    n_added = sum(one.found_kind is None for one in judgements)
    n_rejected = sum(one.kind is None for one in judgements)
    n_accepted = len(judgements) - n_added - n_rejected
    state = state_in_force(settings.store) if load_adapter(settings.store) else None
    told = f"{n_accepted} signals accepted or put right, {n_rejected} rejected, {n_added} added"
    learnt = f"scores as learnt from people's labels ({state.id})" if state else ""
    parts = (told if judgements else "", f"themes: {decided}" if decided else "", learnt)
    said = "; ".join(part for part in parts if part)
    return (("people's corrections", said),) if said else ()
