"""The customer's vocabulary: names that recognised speech should hold, put right where they were almost heard."""

from insights.transcripts.vocabulary.correct import correct, count_corrections, restore
from insights.transcripts.vocabulary.entries import Entry, parse

__all__ = ["Entry", "correct", "count_corrections", "parse", "restore"]
