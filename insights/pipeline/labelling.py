"""Signals as people judge them: accepted, rejected, put right, added; each an edit that later runs lay over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from insights import signals
from insights.config import Settings
from insights.errors import UsageError
from insights.pipeline.analysing import Tools, detect_options, labels_of
from insights.pipeline.correcting import find_conversation
from insights.pipeline.loading import open_existing
from insights.store import Store
from insights.types import Edit, Signal, Utterance

MIN_NEAR = 0.6  # likeness from which a passage is offered where the exact words are not found
MAX_OFFERED = 3


def accept_signals(settings: Settings, ids: Sequence[str]) -> tuple[Edit, ...]:
    """Note that these signals are what they are taken for: they stay, whatever a later run finds."""
    with open_existing(settings, write=True) as store:
        chosen = find_signals(store, ids)
        return tuple(store.add_edit(_edit(one, utterance, one.kind, one.label)) for one, utterance in chosen)


def reject_signals(settings: Settings, ids: Sequence[str], be: str = "") -> tuple[Edit, ...]:
    """Note that these signals are none, or are something else; `refresh` takes it in.

    Args:
        settings: say where the store is and which types of objection there are.
        ids: the beginnings of their ids, as `list_signals` gives them.
        be: empty, or what they are: a label of their kind ("budget"), another kind ("question"), or both
            ("objection:budget").

    Raises:
        UsageError: where an id is no signal's or several signals', or `be` is no label or kind.
    """
    with open_existing(settings, write=True) as store:
        chosen = find_signals(store, ids)
        truths = [_read_truth(be, one, settings, store) if be else ("", "") for one, _ in chosen]
        pairs = zip(chosen, truths, strict=True)
        return tuple(store.add_edit(_edit(one, utterance, *truth)) for (one, utterance), truth in pairs)


def add_signal(settings: Settings, conversation: str, words: str, kind: str, label: str = "") -> Edit:
    """Note a question or objection that was missed: words of a customer's utterance, exactly as they stand there.

    Raises UsageError where they do not stand in one utterance of a customer, and says what does.
    """
    labels = labels_of(settings)
    if kind not in labels:
        raise UsageError(f"No kind '{kind}' to add; there are {', '.join(labels)}.")
    with open_existing(settings, write=True) as store:
        chosen = find_conversation(store.conversations(), conversation)
        said = [one for one in store.utterances() if one.conversation_id == chosen.id]
        utterance, text = _find_words(words.strip(), said, Path(chosen.source).name)
        truth = _check_label(kind, label, settings) if label else (kind, _guess_label(kind, text, settings, store))
        target = ("signal", chosen.id, str(utterance.index), "", "", text, utterance.text)
        return store.add_edit(_new_edit(target, ":".join(truth)))


def undo_signal_edit(settings: Settings, edit_id: str = "") -> Edit:
    """Withdraw a judgement of a signal, the last one that still holds if none is named; gives the one withdrawn."""
    with open_existing(settings, write=True) as store:
        held = signals.signal_edits(store.edits())
        wanted = edit_id.strip().upper()
        undone = next((edit for edit in reversed(held) if not wanted or edit.id == wanted), None)
        if undone is None:
            there = ", ".join(edit.id for edit in held[-MAX_OFFERED:]) or "none"
            raise UsageError(f"No judgement {f'{wanted} ' if wanted else ''}to withdraw (the last held: {there}).")
        store.add_edit(Edit("", datetime.now(UTC), "undo", ("edit", undone.id)))
        return undone


def list_signal_edits(settings: Settings) -> tuple[tuple[Edit, str], ...]:
    """The judgements that hold, in order, each with its conversation's source; empty where that is gone."""
    with open_existing(settings) as store:
        source_of = {one.id: one.source for one in store.conversations()}
        return tuple((edit, source_of.get(edit.target[1], "")) for edit in signals.signal_edits(store.edits()))


def find_signals(store: Store, ids: Sequence[str]) -> list[tuple[Signal, Utterance]]:
    """The signals with these ids or beginnings of ids; UsageError where one is no signal's or several signals'."""
    said = {utterance.id: utterance for utterance in store.utterances()}
    found = store.signals()
    chosen: dict[str, tuple[Signal, Utterance]] = {}
    for given in ids:
        same = [one for one in found if given.strip() and one.id.startswith(given.strip().lower())]
        if len(same) != 1:
            many = f"{len(same)} signals begin with '{given}'; give more of the id" if same else f"No signal '{given}'"
            raise UsageError(f"{many}. `insights signals list` shows the ids.")
        chosen[same[0].id] = (same[0], said[same[0].utterance_id])
    return list(chosen.values())


def _edit(signal: Signal, utterance: Utterance, kind: str, label: str) -> Edit:
    place = (utterance.conversation_id, str(utterance.index))
    target = ("signal", *place, signal.kind, signal.label, signal.text, utterance.text)
    return _new_edit(target, f"{kind}:{label}" if kind else "")


def _new_edit(target: tuple[str, ...], value: str) -> Edit:
    return Edit("", datetime.now(UTC), "signal", target, value)


def _read_truth(be: str, signal: Signal, settings: Settings, store: Store) -> tuple[str, str]:
    """Kind and label of "budget", "question" or "objection:budget"."""
    kind, colon, label = be.strip().partition(":")
    kinds = labels_of(settings)
    if colon:
        return _check_label(kind, label, settings)
    if kind in kinds:
        return kind, _guess_label(kind, signal.text, settings, store)
    own = [name for name in (signal.kind, *kinds) if kind in kinds.get(name, ())]
    if own:
        return own[0], kind
    known = "; ".join(f"{name}: {', '.join(labels)}" for name, labels in kinds.items())
    raise UsageError(f"'{be}' is no kind and no label. There are {known}.")


def _check_label(kind: str, label: str, settings: Settings) -> tuple[str, str]:
    labels = labels_of(settings)
    if label not in labels.get(kind, ()):
        raise UsageError(f"No label '{label}' of {kind}; there are {', '.join(labels.get(kind, ())) or 'none'}.")
    return kind, label


def _guess_label(kind: str, text: str, settings: Settings, store: Store) -> str:
    """The label that the classifiers give the words, if they are of that kind."""
    tools = Tools(store)
    options = replace(detect_options(settings), question_threshold=0.0, objection_threshold=0.0)
    found = signals.detect([Utterance("", 0, "", "customer", 1.0, text)], tools.nlp, tools.embed, options)
    same = [one for one in found if one.kind == kind]
    return max(same, key=lambda one: one.score).label if same else ""


def _find_words(words: str, said: Sequence[Utterance], source: str) -> tuple[Utterance, str]:
    """The one customer's utterance that holds the words."""
    holding = [one for one in said if words and _holds(one.text, words)]
    customers = [one for one in holding if one.role == "customer"]
    if len(customers) == 1:
        return customers[0], words
    if customers:
        raise UsageError(f"A customer says “{words}” {len(customers)} times in {source}. Give more of the words.")
    if holding:
        speaker, role = holding[0].speaker, holding[0].role
        raise UsageError(
            f"“{words}” is said by {speaker} ({role}); only customers' words are signals. "
            "`insights roles set` corrects a role."
        )
    places = [signals.nearest_words(words, one, MIN_NEAR) for one in said if one.role == "customer"]
    near = [place.utterance.text[place.start : place.end] for place in places if place is not None]
    offered = "; ".join(f"“{text}”" for text in near[:MAX_OFFERED]) or "nothing like it"
    raise UsageError(f"No customer says “{words}” in {source}. Found: {offered}.")


def _holds(text: str, words: str) -> bool:
    """Whether the words stand in the text, cutting none in half."""
    start = text.find(words)
    while start >= 0:
        end = start + len(words)
        if not (text[start - 1 : start].isalnum() and words[0].isalnum()) and not (
            text[end : end + 1].isalnum() and words[-1].isalnum()
        ):
            return True
        start = text.find(words, start + 1)
    return False
