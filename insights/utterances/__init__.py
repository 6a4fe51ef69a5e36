"""From segments to utterances: what one speaker says at a stretch, and which side that speaker is on."""

from insights.utterances.roles import assign_roles
from insights.utterances.split import split

__all__ = ["assign_roles", "split"]
