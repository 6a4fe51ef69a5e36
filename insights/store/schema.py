"""The tables, as SQLAlchemy sees them; migrations/ builds them in a database."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime; SQLite keeps no zone, so it is written and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment, aware again."""
        return value.replace(tzinfo=UTC) if value else None


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _conversation_id() -> Column[str]:
    return Column("conversation_id", String, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)


files = Table(
    "files",
    metadata,
    Column("id", String, primary_key=True),  # sha256 of the bytes
    Column("path", Text, nullable=False),  # where it was last seen
    Column("key", String, nullable=False),  # of the reading: file, reader version, options, model
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("file_id", String, ForeignKey("files.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),
    Column("source", Text, nullable=False),
    Column("thread_id", String, nullable=False),
    Column("started_at", UtcDateTime),
    Column("language", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("duration_s", Float),
    Column("consent", Text, nullable=False),
    Column("account", Text),
    Column("deal_id", Text),
    Column("rep", Text),
    Column("stage", Text),
    Column("outcome", Text),
    Column("amount", Float),
    Column("segment", Text),
    Column("extra", JSON, nullable=False),  # further metadata, as pairs
    Column("participants", JSON, nullable=False),
    Column("body", Text, nullable=False),  # the Conversation as it was read, as JSON; metadata is laid over it
    Column("analysis_key", String, nullable=False),  # of its utterances and signals; "" before the first analysis
    Index("ix_conversations_file_id", "file_id"),
    Index("ix_conversations_thread_id", "thread_id"),
)

utterances = Table(
    "utterances",
    metadata,
    Column("id", String, primary_key=True),
    _conversation_id(),
    Column("index", Integer, nullable=False),
    Column("speaker", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("role_confidence", Float, nullable=False),
    Column("role_reason", String, nullable=False, server_default=""),  # how the role was decided
    Column("text", Text, nullable=False),
    Column("start_s", Float),
    Column("end_s", Float),
    Index("ix_utterances_conversation_id", "conversation_id"),
)

signals = Table(
    "signals",
    metadata,
    Column("id", String, primary_key=True),
    Column("utterance_id", String, ForeignKey("utterances.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),
    Column("label", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("detector", String, nullable=False),
    Column("start_s", Float),
    Column("end_s", Float),
    Column("why", JSON, nullable=False),
    Column("wording", Text, nullable=False, server_default=""),  # of a question, readable by itself
    Index("ix_signals_utterance_id", "utterance_id"),
)

answers = Table(
    "answers",
    metadata,
    Column("question_id", String, ForeignKey("signals.id", ondelete="CASCADE"), primary_key=True),
    Column("status", String, nullable=False),
    Column("utterance_id", String),
    Column("text", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("objection_id", String, ForeignKey("signals.id", ondelete="CASCADE"), primary_key=True),
    Column("status", String, nullable=False),
    Column("utterance_id", String),
    Column("text", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
)

quotability = Table(
    "quotability",
    metadata,
    Column("praise_id", String, ForeignKey("signals.id", ondelete="CASCADE"), primary_key=True),
    Column("score", Float, nullable=False),
    Column("reasons", JSON, nullable=False),
)

phrases = Table(
    "phrases",
    metadata,
    Column("kind", String, primary_key=True),
    Column("label", String, primary_key=True),
    Column("text", String, primary_key=True),
    Column("n_conversations", Integer, nullable=False),
    Column("n_all", Integer, nullable=False),
    Column("score", Float, nullable=False),
)

themes = Table(
    "themes",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("label", Text, nullable=False),
    Column("canonical", Text, nullable=False),
    Column("canonical_signal_id", String, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("stability", Float, nullable=False),
    Column("renamed", Boolean, nullable=False, server_default=false()),  # the label is a person's
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("cohesion", Float),  # NULL: not measured
    Column("variants", Text, nullable=False, server_default="[]"),  # tuple[Wording, ...] as JSON
    Column("sub_themes", Text, nullable=False, server_default="[]"),  # tuple[SubTheme, ...] as JSON
)

theme_members = Table(
    "theme_members",
    metadata,
    Column("theme_id", String, ForeignKey("themes.id", ondelete="CASCADE"), primary_key=True),
    Column("signal_id", String, primary_key=True),  # an utterance's id where the theme is a topic
    Column("rank", Integer, nullable=False),  # 0 is the best evidence
    Index("ix_theme_members_signal_id", "signal_id"),
)

state = Table(  # what the next run must know: theme numbers already used, the key of the last grouping
    "state",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", JSON, nullable=False),
)

ideas = Table(
    "ideas",
    metadata,
    Column("id", String, primary_key=True),
    Column("theme_id", String, ForeignKey("themes.id", ondelete="CASCADE"), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("format", String, nullable=False),
    Column("format_reason", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("priority", Float, nullable=False),
    Column("factors", Text, nullable=False),  # tuple[Factor, ...] as JSON
    Column("evidence", JSON, nullable=False),
    Column("audience", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("owner", Text, nullable=False),
    Column("asset_url", Text, nullable=False),
)

regroupings = Table(  # when all items of a kind were grouped anew; rows are added, never changed or deleted
    "regroupings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("body", Text, nullable=False),  # the Regrouping as JSON
)

vectors = Table(
    "vectors",
    metadata,
    Column("key", String, primary_key=True),  # sha256 of the model's key and the text
    Column("vector", LargeBinary, nullable=False),  # float32 unit vector, little endian
)

failures = Table(
    "failures",
    metadata,
    Column("source", Text, primary_key=True),
    Column("stage", String, nullable=False),
    Column("reason", Text, nullable=False),
)

edits = Table(  # people's decisions, in the order in which they were made; rows are added, never changed or deleted
    "edits",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("kind", String, nullable=False),
    Column("target", JSON, nullable=False),
    Column("value", Text, nullable=False),
    Column("heard", JSON, nullable=False),  # stretches of seconds, as pairs
)
