"""Why a stored signal is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from insights import signals
from insights.config import Settings
from insights.pipeline.analysing import Tools, detect_options
from insights.pipeline.labelling import find_signals
from insights.pipeline.learned import load_adapter
from insights.pipeline.loading import open_existing
from insights.types import Edit

STALE = 0.005  # scores are stored to four digits; a sentence whose score differs by more was read by other classifiers


@dataclass(frozen=True, slots=True)
class Reasons:
    """An explanation with where the signal was said and what people said of it."""

    explanation: signals.Explanation
    source: str  # file name of the conversation
    edit: Edit | None  # by which a person accepted, changed or added it
    is_stale: bool  # the stored score is not what the classifiers say now
    is_adapted: bool  # scores are corrected by what the user's labels taught


def explain_signal(settings: Settings, signal_id: str) -> Reasons:
    """Take a signal's score apart; UsageError where the id is no signal's or several signals'."""
    adapter = load_adapter(settings.store)
    options = replace(detect_options(settings), adapter=adapter)
    with open_existing(settings, write=True) as store:  # the vector of the sentence is kept
        [(signal, utterance)] = find_signals(store, [signal_id])
        said = [one for one in store.utterances() if one.conversation_id == utterance.conversation_id]
        source = next(one.source for one in store.conversations() if one.id == utterance.conversation_id)
        tools = Tools(store)
        explanation = signals.explain(signal, said, tools.nlp, tools.embed, options)
        edits = {edit.id: edit for edit in signals.signal_edits(store.edits())}
        edit = next((edits[end] for why in signal.why if (end := why.rpartition(" ")[2]) in edits), None)
    by_person = signal.detector == signals.PERSON
    score = explanation.score
    is_stale = not by_person and adapter is None and score is not None and abs(score - signal.score) > STALE
    return Reasons(explanation, Path(source).name, edit, is_stale, adapter is not None)
