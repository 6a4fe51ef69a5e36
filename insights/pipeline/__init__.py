"""The main job, in order: sources, transcripts, utterances, signals, answers, themes, backlog, outputs.

This part alone knows the order. Each step keeps its results in the store under a key of its input, options, version and
models, and does only what is missing: a second run changes nothing, and a run that was killed goes on where it was.
"""

from insights.pipeline.correcting import SpeakerRole, correct_line, correct_role, list_role_edits, list_roles, undo_edit
from insights.pipeline.progress import Notify, Progress
from insights.pipeline.reporting import export_backlog, load_frames, load_ideas, search, write_outputs, write_report
from insights.pipeline.run import Summary, find_samples, needed_models, refresh, run

__all__ = [
    "Notify",
    "Progress",
    "SpeakerRole",
    "Summary",
    "correct_line",
    "correct_role",
    "export_backlog",
    "find_samples",
    "list_role_edits",
    "list_roles",
    "load_frames",
    "load_ideas",
    "needed_models",
    "refresh",
    "run",
    "search",
    "undo_edit",
    "write_outputs",
    "write_report",
]
