"""The main job, in order: sources, transcripts, utterances, signals, answers, themes, backlog, outputs.

This part alone knows the order. Each step keeps its results in the store under a key of its input, options, version and
models, and does only what is missing: a second run changes nothing, and a run that was killed goes on where it was.
"""

from insights.pipeline.analysing import own_types
from insights.pipeline.catching_up import catch_up
from insights.pipeline.correcting import SpeakerRole, correct_line, correct_role, list_role_edits, list_roles, undo_edit
from insights.pipeline.explaining import Reasons, explain_signal
from insights.pipeline.labelling import (
    accept_signals,
    add_signal,
    list_signal_edits,
    reject_signals,
    undo_signal_edit,
)
from insights.pipeline.learned import State, load_adapter, state_in_force
from insights.pipeline.listing import SHORT_ID, Listed, Wanted, list_almost, list_signals
from insights.pipeline.progress import Notify, Progress
from insights.pipeline.reporting import export_backlog, load_frames, load_ideas, search, write_outputs, write_report
from insights.pipeline.retraining import Learned, retrain, undo_retraining
from insights.pipeline.run import Summary, find_samples, needed_models, refresh, run

__all__ = [
    "SHORT_ID",
    "Learned",
    "Listed",
    "Notify",
    "Progress",
    "Reasons",
    "SpeakerRole",
    "State",
    "Summary",
    "Wanted",
    "accept_signals",
    "add_signal",
    "catch_up",
    "correct_line",
    "correct_role",
    "explain_signal",
    "export_backlog",
    "find_samples",
    "list_almost",
    "list_role_edits",
    "list_roles",
    "list_signal_edits",
    "list_signals",
    "load_adapter",
    "load_frames",
    "load_ideas",
    "needed_models",
    "own_types",
    "refresh",
    "reject_signals",
    "retrain",
    "run",
    "search",
    "state_in_force",
    "undo_edit",
    "undo_retraining",
    "undo_signal_edit",
    "write_outputs",
    "write_report",
]
