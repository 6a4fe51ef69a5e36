"""The customer's vocabulary: names that recognised speech should hold, put right where they were almost heard."""

from insights.transcripts.vocabulary.correct import correct, count_corrections, restore
from insights.transcripts.vocabulary.entries import Entry, parse
from insights.transcripts.vocabulary.hints import hints_of
from insights.transcripts.vocabulary.spell import VERSION, spell_names

__all__ = ["VERSION", "Entry", "correct", "count_corrections", "hints_of", "parse", "restore", "spell_names"]
