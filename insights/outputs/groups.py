"""The groups that conversations fall into: segment, stage, channel, outcome, or any column that the business gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from insights.errors import UsageError
from insights.types import Conversation

CHANNEL = "channel"  # call, meeting, email, voicemail
FIELDS = ("segment", "stage", "outcome", "account", "deal_id", "rep")  # of Metadata, as they are named there
GROUPS = ("segment", "stage", CHANNEL, "outcome")  # looked at unless others are asked for


def group_of(conversation: Conversation, column: str) -> str:
    """Say which group of a column a conversation belongs to; "" where nobody said."""
    if column == CHANNEL:
        return conversation.kind
    if column in FIELDS:
        return getattr(conversation.metadata, column) or ""
    return dict(conversation.metadata.extra).get(column, "")


def list_columns(conversations: Iterable[Conversation]) -> tuple[str, ...]:
    """List the columns that can be asked for, those of calls.csv and deals.csv that we do not know included."""
    extra = Counter(name for conversation in conversations for name, _ in conversation.metadata.extra)
    return (CHANNEL, *FIELDS, *sorted(set(extra) - {CHANNEL, *FIELDS}))


def check_columns(columns: Iterable[str], conversations: Iterable[Conversation]) -> None:
    """Raise UsageError where a column is none of the conversations'."""
    known = list_columns(conversations)
    for column in columns:
        if column not in known:
            raise UsageError(f"No conversation has a column '{column}'. There are: {', '.join(known)}.")
