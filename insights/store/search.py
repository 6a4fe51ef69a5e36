"""Full-text search over what was said and written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from insights.store.store import Store

QUERY = text("""
    SELECT u.id, u.role, u.speaker, u.text, u.start_s, c.source, c.account, c.started_at, (
        SELECT GROUP_CONCAT(found, '; ') FROM (
            SELECT s.kind || CASE WHEN s.label = '' THEN '' ELSE ' (' || s.label || ')' END
                   || CASE WHEN a.status IS NULL THEN '' ELSE ': ' || a.status END
                   || CASE WHEN o.status IS NULL THEN '' ELSE ': ' || o.status END AS found
            FROM signals s
            LEFT JOIN answers a ON a.question_id = s.id
            LEFT JOIN outcomes o ON o.objection_id = s.id
            WHERE s.utterance_id = u.id ORDER BY s.start, s.kind
        )
    ) AS found
    FROM utterances_fts f
    JOIN utterances u ON u.rowid = f.rowid
    JOIN conversations c ON c.id = u.conversation_id
    WHERE utterances_fts MATCH :words
    ORDER BY bm25(utterances_fts), u.id
    LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Hit:
    """An utterance that holds the words, with where it was said."""

    utterance_id: str
    role: str
    speaker: str
    text: str
    start_s: float | None
    source: str
    account: str | None
    started_at: str | None
    found: str | None = None  # the signals in it, and what followed: "objection (price): accepted"


def search(store: Store, words: str, *, limit: int = 20) -> tuple[Hit, ...]:
    """Utterances that hold all the words, best first (BM25); nothing in `words` is taken for query syntax."""
    terms = " ".join('"' + word.replace('"', '""') + '"' for word in words.split())
    if not terms:
        return ()
    with store.engine.connect() as connection:
        return tuple(Hit(*row) for row in connection.execute(QUERY, {"words": terms, "limit": limit}))
