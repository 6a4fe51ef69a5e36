"""From segments to utterances: what one speaker says at a stretch, and which side that speaker is on."""

from insights.utterances.corrections import (
    CHANNELS,
    ROLES,
    Corrections,
    find_corrections,
    line_of,
    longest_stretches,
    role_edits,
    squash_line,
)
from insights.utterances.roles import assign_roles
from insights.utterances.split import split

VERSION = "utterances/4"  # a change of results is a change of this

__all__ = [
    "CHANNELS",
    "ROLES",
    "VERSION",
    "Corrections",
    "assign_roles",
    "find_corrections",
    "line_of",
    "longest_stretches",
    "role_edits",
    "split",
    "squash_line",
]
