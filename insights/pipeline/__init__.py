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
from insights.pipeline.placing import short_id
from insights.pipeline.progress import Notify, Progress
from insights.pipeline.regrouping import list_regroupings, regroup_themes
from insights.pipeline.reporting import export_backlog, load_frames, load_ideas, search, write_outputs, write_report
from insights.pipeline.retraining import Learned, retrain, undo_retraining
from insights.pipeline.run import Summary, find_samples, needed_models, refresh, run
from insights.pipeline.theme_listing import ListedTheme, ShownItem, ShownTheme, list_themes, show_theme, sum_up_themes
from insights.pipeline.theming import (
    dismiss_theme,
    list_theme_edits,
    merge_themes,
    move_items,
    pin_theme,
    rename_theme,
    split_theme,
    undo_theme_edit,
)

__all__ = [
    "SHORT_ID",
    "Learned",
    "Listed",
    "ListedTheme",
    "Notify",
    "Progress",
    "Reasons",
    "ShownItem",
    "ShownTheme",
    "SpeakerRole",
    "State",
    "Summary",
    "Wanted",
    "accept_signals",
    "add_signal",
    "catch_up",
    "correct_line",
    "correct_role",
    "dismiss_theme",
    "explain_signal",
    "export_backlog",
    "find_samples",
    "list_almost",
    "list_regroupings",
    "list_role_edits",
    "list_roles",
    "list_signal_edits",
    "list_signals",
    "list_theme_edits",
    "list_themes",
    "load_adapter",
    "load_frames",
    "load_ideas",
    "merge_themes",
    "move_items",
    "needed_models",
    "own_types",
    "pin_theme",
    "refresh",
    "regroup_themes",
    "reject_signals",
    "rename_theme",
    "retrain",
    "run",
    "search",
    "short_id",
    "show_theme",
    "split_theme",
    "state_in_force",
    "sum_up_themes",
    "undo_edit",
    "undo_retraining",
    "undo_signal_edit",
    "undo_theme_edit",
    "write_outputs",
    "write_report",
]
