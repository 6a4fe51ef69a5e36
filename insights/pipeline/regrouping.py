"""All themes grouped anew because a person wants it, or what that would change."""

from __future__ import annotations

from insights.config import Settings
from insights.errors import UsageError
from insights.pipeline.analysing import Tools
from insights.pipeline.concluding import conclude, find_groupings
from insights.pipeline.loading import KINDS, load_findings, open_existing
from insights.types import Regrouping

ASKED = "a person asked for it"


def regroup_themes(settings: Settings, kind: str = "", *, dry_run: bool = False) -> tuple[Regrouping, ...]:
    """Group all items of a kind anew, of every kind if none is named; what became of the themes.

    With `dry_run` nothing is kept. What people decided holds either way.
    """
    if kind and kind not in KINDS:
        raise UsageError(f"No kind of theme '{kind}'; there are {', '.join(KINDS)}.")
    anew = {one: ASKED for one in KINDS if kind in ("", one)}
    with open_existing(settings, write=True) as store:
        if not dry_run:
            return conclude(store, settings, Tools(store), anew=anew)
        groupings = find_groupings(store, load_findings(store), settings, Tools(store), anew)
        return tuple(one.regrouping for one in groupings.values() if one.regrouping)


def list_regroupings(settings: Settings) -> tuple[Regrouping, ...]:
    """When themes were grouped anew and what became of them, oldest first."""
    with open_existing(settings) as store:
        return store.regroupings()
