"""The store: what has been read, what was found in it, and nothing else; one folder, one database, one writer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, delete, insert, select, update

from insights.store import schema
from insights.store.database import lock_for_writing, open_engine
from insights.store.rows import (
    conversation_row,
    described_conversation,
    edit_of,
    edit_row,
    flat_row,
    idea_of,
    idea_row,
    pack_vector,
    quotability_row,
    read_conversation,
    regrouping_of,
    regrouping_row,
    signal_row,
    theme_of,
    theme_row,
    unpack_vector,
    utterance_row,
    value_of,
)
from insights.types import (
    Answer,
    Conversation,
    Edit,
    Failure,
    Idea,
    Outcome,
    Phrase,
    Quotability,
    Regrouping,
    Signal,
    Theme,
    Utterance,
)

BATCH = 500  # ids in one IN (…)
Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Following:
    """What follows from signals in their conversations."""

    answers: tuple[Answer, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    quotabilities: tuple[Quotability, ...] = ()
    phrases: tuple[Phrase, ...] = ()


class Store:
    """A store opened for reading, or with `write=True` for the one run that writes.

    Every `save_…` is one transaction: after a kill, each conversation is either wholly there or not at all.
    """

    def __init__(self, folder: Path, *, write: bool = False) -> None:
        self.folder = folder
        self._lock: FileLock | None = lock_for_writing(folder) if write else None
        self.engine = open_engine(folder)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the database and the writer's lock back."""
        self.engine.dispose()
        if self._lock:
            self._lock.release()

    # Reading files

    def file_keys(self) -> dict[str, str]:
        """By the hash of a file's bytes, the key under which it was last read."""
        return {row["id"]: row["key"] for row in self._rows(select(schema.files.c.id, schema.files.c.key))}

    def file_paths(self) -> dict[str, str]:
        """By the hash of a file's bytes, where it was last seen."""
        return {row["id"]: row["path"] for row in self._rows(select(schema.files.c.id, schema.files.c.path))}

    def save_file(self, file_id: str, path: Path, key: str, conversations: Sequence[Conversation]) -> None:
        """Keep what was read from a file, in place of what was read from it before."""
        with self.engine.begin() as connection:
            connection.execute(delete(schema.files).where(schema.files.c.id == file_id))
            connection.execute(insert(schema.files).values(id=file_id, path=str(path), key=key))
            for conversation in conversations:
                known = select(schema.conversations.c.id).where(schema.conversations.c.id == conversation.id)
                if connection.execute(known).first() is None:
                    row = conversation_row(conversation, conversation, file_id)
                    connection.execute(insert(schema.conversations).values(**row, analysis_key=""))

    def save_key(self, file_id: str, key: str) -> None:
        """Keep what a file now counts as read under."""
        with self.engine.begin() as connection:
            connection.execute(update(schema.files).where(schema.files.c.id == file_id).values(key=key))

    def move_file(self, file_id: str, path: Path) -> None:
        """Note that a known file now lies elsewhere."""
        with self.engine.begin() as connection:
            old = connection.execute(select(schema.files.c.path).where(schema.files.c.id == file_id)).scalar_one()
            connection.execute(update(schema.files).where(schema.files.c.id == file_id).values(path=str(path)))
            table = schema.conversations
            for row in connection.execute(select(table.c.id, table.c.source).where(table.c.file_id == file_id)).all():
                moved = str(path) + row.source.removeprefix(old)
                connection.execute(update(table).where(table.c.id == row.id).values(source=moved))

    def save_failures(self, failures: Iterable[Failure]) -> None:
        """Keep the files that could not be read, in place of those of the last run."""
        rows = {failure.source: asdict(failure) for failure in failures}
        with self.engine.begin() as connection:
            connection.execute(delete(schema.failures))
            _insert(connection, schema.failures, list(rows.values()))

    def failures(self) -> tuple[Failure, ...]:
        """The files that the last run could not read."""
        rows = self._rows(select(schema.failures).order_by(schema.failures.c.source))
        return tuple(value_of(Failure, row) for row in rows)

    # Conversations and what is in them

    def read_conversations(self) -> Iterator[tuple[str, Conversation, Conversation, str]]:
        """Each conversation: its file's id, as it was read, as it was last described, the key of its analysis."""
        for row in self._rows(select(schema.conversations).order_by(schema.conversations.c.id)):
            yield row["file_id"], read_conversation(row), described_conversation(row), row["analysis_key"]

    def save_description(self, read: Conversation, described: Conversation) -> None:
        """Lay new metadata over a conversation."""
        with self.engine.begin() as connection:
            table = schema.conversations
            file_id = connection.execute(select(table.c.file_id).where(table.c.id == read.id)).scalar_one()
            row = conversation_row(read, described, file_id)
            connection.execute(update(table).where(table.c.id == read.id).values(**row))

    def conversations(self) -> tuple[Conversation, ...]:
        """All conversations with their metadata, oldest first, undated ones last."""
        table = schema.conversations
        query = select(table).order_by(table.c.started_at.is_(None), table.c.started_at, table.c.id)
        return tuple(described_conversation(row) for row in self._rows(query))

    def save_analysis(
        self, conversation_id: str, key: str, utterances: Sequence[Utterance], signals: Sequence[Signal]
    ) -> None:
        """Keep a conversation's utterances and signals, in place of those it had.

        Raises ValueError where a signal's text is not the span of its utterance: no such quote enters the store.
        """
        check_quotes(utterances, signals)
        table = schema.utterances
        with self.engine.begin() as connection:
            connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
            _insert(connection, table, [utterance_row(utterance) for utterance in utterances])
            _insert(connection, schema.signals, [signal_row(signal) for signal in signals])
            conversation = schema.conversations.c.id == conversation_id
            connection.execute(update(schema.conversations).where(conversation).values(analysis_key=key))

    def utterances(self) -> tuple[Utterance, ...]:
        """All utterances, in the order of their conversations' ids and of what was said."""
        table = schema.utterances
        query = select(table).order_by(table.c.conversation_id, table.c.index)
        return tuple(value_of(Utterance, row) for row in self._rows(query))

    def signals(self) -> tuple[Signal, ...]:
        """All signals, in the order of their utterances."""
        table = schema.signals
        query = select(table).order_by(table.c.utterance_id, table.c.start, table.c.id)
        return tuple(value_of(Signal, row) for row in self._rows(query))

    def answers(self) -> tuple[Answer, ...]:
        """All answers, by their questions' ids."""
        rows = self._rows(select(schema.answers).order_by(schema.answers.c.question_id))
        return tuple(value_of(Answer, row) for row in rows)

    def outcomes(self) -> tuple[Outcome, ...]:
        """What followed each objection, by the objections' ids."""
        rows = self._rows(select(schema.outcomes).order_by(schema.outcomes.c.objection_id))
        return tuple(value_of(Outcome, row) for row in rows)

    def quotabilities(self) -> tuple[Quotability, ...]:
        """What is known of each praise, best to quote first."""
        table = schema.quotability
        rows = self._rows(select(table).order_by(table.c.score.desc(), table.c.praise_id))
        return tuple(value_of(Quotability, row) for row in rows)

    def phrases(self) -> tuple[Phrase, ...]:
        """Customers' phrases by kind and label, the most distinctive first."""
        table = schema.phrases
        rows = self._rows(select(table).order_by(table.c.kind, table.c.label, table.c.score.desc(), table.c.text))
        return tuple(value_of(Phrase, row) for row in rows)

    # Themes and ideas

    def save_findings(
        self,
        following: Following,
        themes: Sequence[Theme],
        ideas: Sequence[Idea],
        state: Mapping[str, Any],
        regroupings: Sequence[Regrouping] = (),
    ) -> None:
        """Keep what follows from all conversations together, at once; ideas come first to make first.

        Regroupings are added to the earlier ones.
        """
        members = [
            {"theme_id": theme.id, "signal_id": signal_id, "rank": rank}
            for theme in themes
            for rank, signal_id in enumerate(theme.signal_ids)
        ]
        rows = {
            schema.answers: [flat_row(answer) for answer in following.answers],
            schema.outcomes: [flat_row(outcome) for outcome in following.outcomes],
            schema.quotability: [quotability_row(one) for one in following.quotabilities],
            schema.phrases: [flat_row(phrase) for phrase in following.phrases],
            schema.themes: [theme_row(theme) for theme in themes],
            schema.theme_members: members,
            schema.ideas: [idea_row(idea, rank) for rank, idea in enumerate(ideas)],
            schema.state: [{"name": name, "value": value} for name, value in state.items()],
        }
        with self.engine.begin() as connection:
            for table in reversed(rows):
                connection.execute(delete(table))
            for table, new in rows.items():
                _insert(connection, table, new)
            _insert(connection, schema.regroupings, [regrouping_row(one) for one in regroupings])

    def regroupings(self) -> tuple[Regrouping, ...]:
        """When themes were grouped anew and what became of them, oldest first."""
        rows = self._rows(select(schema.regroupings).order_by(schema.regroupings.c.number))
        return tuple(regrouping_of(row) for row in rows)

    def themes(self) -> tuple[Theme, ...]:
        """All themes, by id."""
        members: dict[str, list[str]] = {}
        table = schema.theme_members
        for row in self._rows(select(table).order_by(table.c.theme_id, table.c.rank)):
            members.setdefault(row["theme_id"], []).append(row["signal_id"])
        rows = self._rows(select(schema.themes).order_by(schema.themes.c.id))
        return tuple(theme_of(row, tuple(members.get(row["id"], ()))) for row in rows)

    def state(self) -> dict[str, Any]:
        """What the last grouping left for the next."""
        return {row["name"]: row["value"] for row in self._rows(select(schema.state))}

    def ideas(self) -> tuple[Idea, ...]:
        """The backlog, first idea first."""
        return tuple(idea_of(row) for row in self._rows(select(schema.ideas).order_by(schema.ideas.c.rank)))

    # People's decisions

    def add_edit(self, edit: Edit) -> Edit:
        """Keep a decision, and give it with the id that it got; none is ever changed or deleted."""
        with self.engine.begin() as connection:
            added = insert(schema.edits).values(**edit_row(edit)).returning(schema.edits)
            return edit_of(dict(connection.execute(added).mappings().one()))

    def edits(self) -> tuple[Edit, ...]:
        """All decisions, oldest first."""
        return tuple(edit_of(row) for row in self._rows(select(schema.edits).order_by(schema.edits.c.number)))

    # Vectors

    def vectors(self, texts: Sequence[str], model_key: str) -> dict[str, Vector]:
        """The vectors already known, by text."""
        key_of = {text_key(text, model_key): text for text in texts}
        keys = sorted(key_of)
        found: dict[str, Vector] = {}
        for first in range(0, len(keys), BATCH):
            table = schema.vectors
            for row in self._rows(select(table).where(table.c.key.in_(keys[first : first + BATCH]))):
                found[key_of[row["key"]]] = unpack_vector(row["vector"])
        return found

    def save_vectors(self, vectors: Mapping[str, Vector], model_key: str) -> None:
        """Keep new vectors, by text."""
        with self.engine.begin() as connection:
            rows = [{"key": text_key(text, model_key), "vector": pack_vector(v)} for text, v in vectors.items()]
            _insert(connection, schema.vectors, rows)

    def _rows(self, query: Any) -> list[Mapping[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def check_quotes(utterances: Iterable[Utterance], signals: Iterable[Signal]) -> None:
    """Raise ValueError unless every signal's text is exactly its span of its utterance."""
    text_of = {utterance.id: utterance.text for utterance in utterances}
    for signal in signals:
        if text_of[signal.utterance_id][signal.start : signal.end] != signal.text:
            raise ValueError(f"Signal {signal.id} quotes {signal.text!r}, which its utterance does not say there.")


def text_key(text: str, model_key: str) -> str:
    """The key of a text's vector under a model."""
    return hashlib.sha256(f"{model_key}\n{text}".encode()).hexdigest()


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
