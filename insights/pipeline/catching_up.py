"""What a report takes in first: new types of objection, looked for in all history, and people's edits of themes."""

from __future__ import annotations

from insights.config import Settings
from insights.pipeline.analysing import Tools
from insights.pipeline.concluding import THEME_EDITS, TYPES, conclude, held_ids, types_key
from insights.pipeline.loading import open_existing
from insights.pipeline.progress import Notify, ignore
from insights.pipeline.run import refresh


def catch_up(settings: Settings, *, notify: Notify = ignore) -> int:
    """Look for new types of objection in all that was read before; how many conversations were analysed.

    Only where the settings name types: a report that was asked for without them changes nothing in what was found.
    Themes are grouped anew where people decided something of them since.
    """
    with open_existing(settings) as store:
        state = store.state()
        held = held_ids(store.edits())
    if settings.objection_types and state.get(TYPES) != types_key(settings):
        return refresh(settings, notify=notify)
    if state.get(THEME_EDITS, []) != held:
        with open_existing(settings, write=True) as store:
            conclude(store, settings, Tools(store))
    return 0
