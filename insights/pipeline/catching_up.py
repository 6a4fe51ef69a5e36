"""History read anew for types of objection that the settings have and the last run did not know."""

from __future__ import annotations

from insights.config import Settings
from insights.pipeline.concluding import TYPES, types_key
from insights.pipeline.loading import open_existing
from insights.pipeline.progress import Notify, ignore
from insights.pipeline.run import refresh


def catch_up(settings: Settings, *, notify: Notify = ignore) -> int:
    """Look for new types of objection in all that was read before; how many conversations were analysed.

    Only where the settings name types: a report that was asked for without them changes nothing in the store.
    """
    with open_existing(settings) as store:
        known = store.state().get(TYPES)
    return refresh(settings, notify=notify) if settings.objection_types and known != types_key(settings) else 0
