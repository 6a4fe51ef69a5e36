"""From segments to utterances: what one speaker says at a stretch, and which side that speaker is on."""

from insights.utterances.roles import assign_roles
from insights.utterances.split import split

VERSION = "utterances/3"  # a change of results is a change of this

__all__ = ["VERSION", "assign_roles", "split"]
