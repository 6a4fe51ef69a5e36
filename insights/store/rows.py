"""Values to rows and back. A row that is read gives the value that was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from insights.types import (
    Answer,
    Conversation,
    Edit,
    Factor,
    Failure,
    Idea,
    Metadata,
    Outcome,
    Participant,
    Phrase,
    Quotability,
    Regrouping,
    Signal,
    SubTheme,
    Theme,
    Utterance,
    Wording,
)

Value = TypeVar("Value", Answer, Failure, Outcome, Phrase, Signal, Quotability, Utterance)
LISTS = frozenset({"why", "reasons"})  # tuples that JSON keeps as lists
THEME_PARTS: dict[str, Any] = {"variants": tuple[Wording, ...], "sub_themes": tuple[SubTheme, ...]}  # as JSON
METADATA_COLUMNS = tuple(field.name for field in fields(Metadata) if field.name != "extra")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def conversation_row(read: Conversation, described: Conversation, file_id: str) -> dict[str, Any]:
    """The row of a conversation: as it was read in `body`, what metadata adds in columns."""
    return {
        "id": read.id,
        "file_id": file_id,
        "kind": described.kind,
        "source": read.source,
        "thread_id": read.thread_id or read.id,
        "started_at": described.started_at,
        "language": read.language,
        "subject": read.subject,
        "duration_s": read.duration_s,
        "consent": read.consent,
        **{name: getattr(described.metadata, name) for name in METADATA_COLUMNS},
        "extra": [list(pair) for pair in described.metadata.extra],
        "participants": [asdict(participant) for participant in described.participants],
        "body": _adapter(Conversation).dump_json(read).decode(),
    }


def read_conversation(row: Mapping[str, Any]) -> Conversation:
    """The conversation as it was read, without the metadata laid over it."""
    conversation: Conversation = _adapter(Conversation).validate_json(row["body"])
    return replace(conversation, source=row["source"])


def described_conversation(row: Mapping[str, Any]) -> Conversation:
    """The conversation with its metadata, as every later stage sees it."""
    return replace(
        read_conversation(row),
        kind=row["kind"],
        thread_id=row["thread_id"],
        started_at=row["started_at"],
        participants=tuple(Participant(**fields_) for fields_ in row["participants"]),
        metadata=Metadata(
            **{name: row[name] for name in METADATA_COLUMNS}, extra=tuple((name, text) for name, text in row["extra"])
        ),
    )


def utterance_row(utterance: Utterance) -> dict[str, Any]:
    """The row of an utterance; its words' times stay with the conversation's segments."""
    row = {field.name: getattr(utterance, field.name) for field in fields(Utterance) if field.name != "words"}
    return {"id": utterance.id, **row}


def flat_row(value: Answer | Outcome | Phrase) -> dict[str, Any]:
    """The row of a value whose fields are columns."""
    return asdict(value)


def quotability_row(one: Quotability) -> dict[str, Any]:
    """The row of what is known of a praise."""
    return {**asdict(one), "reasons": list(one.reasons)}


def signal_row(signal: Signal) -> dict[str, Any]:
    """The row of a signal."""
    return {**asdict(signal), "why": list(signal.why)}


def value_of(kind: type[Value], row: Mapping[str, Any]) -> Value:
    """A flat value from its row; columns that the value lacks are left out."""
    named: dict[str, Any] = {field.name: row[field.name] for field in fields(kind) if field.name in row}
    for name in LISTS & named.keys():
        named[name] = tuple(named[name])
    return kind(**named)


def edit_row(edit: Edit) -> dict[str, Any]:
    """The row of an edit without its number, which the table gives."""
    return {
        "made_at": edit.made_at,
        "kind": edit.kind,
        "target": list(edit.target),
        "value": edit.value,
        "heard": [list(stretch) for stretch in edit.heard],
    }


def edit_of(row: Mapping[str, Any]) -> Edit:
    """An edit from its row."""
    return Edit(
        id=f"E-{row['number']:04d}",
        made_at=row["made_at"],
        kind=row["kind"],
        target=tuple(row["target"]),
        value=row["value"],
        heard=tuple((start_s, end_s) for start_s, end_s in row["heard"]),
    )


def regrouping_row(one: Regrouping) -> dict[str, Any]:
    """The row of a regrouping without its number, which the table gives."""
    return {"made_at": one.made_at, "body": _adapter(Regrouping).dump_json(one).decode()}


def regrouping_of(row: Mapping[str, Any]) -> Regrouping:
    """A regrouping from its row."""
    kept: Regrouping = _adapter(Regrouping).validate_json(row["body"])
    return replace(kept, made_at=row["made_at"])


def theme_row(theme: Theme) -> dict[str, Any]:
    """The row of a theme without its members."""
    row = {field.name: getattr(theme, field.name) for field in fields(Theme) if field.name != "signal_ids"}
    parts = {name: _adapter(kind).dump_json(row[name]).decode() for name, kind in THEME_PARTS.items()}
    return {**row, "keywords": list(theme.keywords), **parts}


def theme_of(row: Mapping[str, Any], signal_ids: tuple[str, ...]) -> Theme:
    """A theme from its row and its members, best first."""
    named: dict[str, Any] = {field.name: row[field.name] for field in fields(Theme) if field.name != "signal_ids"}
    parts = {name: _adapter(kind).validate_json(row[name]) for name, kind in THEME_PARTS.items()}
    return Theme(**{**named, "keywords": tuple(row["keywords"]), **parts}, signal_ids=signal_ids)


def idea_row(idea: Idea, rank: int) -> dict[str, Any]:
    """The row of an idea; rank 0 is the first to make."""
    factors = _adapter(tuple[Factor, ...]).dump_json(idea.factors).decode()
    row = {field.name: getattr(idea, field.name) for field in fields(Idea)}
    return {**row, "factors": factors, "evidence": list(idea.evidence), "rank": rank}


def idea_of(row: Mapping[str, Any]) -> Idea:
    """An idea from its row."""
    named: dict[str, Any] = {field.name: row[field.name] for field in fields(Idea)}
    named["factors"] = _adapter(tuple[Factor, ...]).validate_json(row["factors"])
    return Idea(**{**named, "evidence": tuple(row["evidence"])})


def pack_vector(vector: NDArray[np.float32]) -> bytes:
    """A vector as bytes: float32, little endian."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def unpack_vector(packed: bytes) -> NDArray[np.float32]:
    """The vector of `pack_vector`."""
    return np.frombuffer(packed, dtype="<f4").astype(np.float32)
