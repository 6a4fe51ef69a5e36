"""The ten data frames: a stable, documented schema over the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from insights.store.store import Store

if TYPE_CHECKING:
    import pandas as pd

QUERIES = {
    "conversations": """
        SELECT id, kind, source, started_at, account, deal_id, rep, stage, outcome, amount, segment,
               thread_id, subject, language, duration_s
        FROM conversations ORDER BY started_at IS NULL, started_at, id""",
    "utterances": """
        SELECT id, conversation_id, "index", speaker, role, role_confidence, role_reason, text, start_s, end_s
        FROM utterances ORDER BY conversation_id, "index\"""",
    "signals": """
        SELECT s.id, s.utterance_id, u.conversation_id, s.kind, s.label, s.text, s.wording, s.start, s."end", s.score,
               s.detector, s.start_s, s.end_s, m.theme_id, a.status AS answer_status, a.text AS answer_text,
               o.status AS outcome_status, o.text AS outcome_text, p.score AS quotability
        FROM signals s
        JOIN utterances u ON u.id = s.utterance_id
        LEFT JOIN theme_members m ON m.signal_id = s.id
        LEFT JOIN answers a ON a.question_id = s.id
        LEFT JOIN outcomes o ON o.objection_id = s.id
        LEFT JOIN quotability p ON p.praise_id = s.id
        ORDER BY s.utterance_id, s.start, s.id""",
    "themes": """
        SELECT t.id, t.kind, t.label, t.canonical, t.stability, t.cohesion, t.renamed, t.pinned,
               JSON_ARRAY_LENGTH(t.sub_themes) AS n_sub_themes, COUNT(*) AS n_signals,
               COUNT(DISTINCT c.thread_id) AS n_conversations,
               COUNT(DISTINCT COALESCE(NULLIF(LOWER(TRIM(c.account)), ''), c.thread_id)) AS n_accounts,
               MIN(c.started_at) AS first_heard_at, MAX(c.started_at) AS last_heard_at
        FROM themes t
        JOIN theme_members m ON m.theme_id = t.id
        LEFT JOIN signals s ON s.id = m.signal_id
        JOIN utterances u ON u.id = COALESCE(s.utterance_id, m.signal_id)
        JOIN conversations c ON c.id = u.conversation_id
        GROUP BY t.id ORDER BY t.id""",
    "sub_themes": """
        SELECT t.id AS theme_id, t.kind, p.key AS rank, p.value ->> '$.label' AS label,
               p.value ->> '$.canonical' AS canonical, p.value ->> '$.canonical_signal_id' AS canonical_signal_id,
               JSON_ARRAY_LENGTH(p.value, '$.signal_ids') AS n_signals
        FROM themes t, JSON_EACH(t.sub_themes) p ORDER BY t.id, p.key""",
    "ideas": """
        SELECT id, theme_id, rank, format, format_reason, title, priority, audience, status, owner, asset_url
        FROM ideas ORDER BY rank""",
    "phrases": """
        SELECT kind, label, text, n_conversations, n_all, score
        FROM phrases ORDER BY kind, label, score DESC, text""",
}
MOMENTS = ("started_at", "first_heard_at", "last_heard_at")
TREND_COLUMNS = (
    "theme_id", "kind", "label", "week", "column", "value", "n_accounts", "n_of", "rate", "low", "high",
)  # fmt: skip
TREE_COLUMNS = ("id", "parent_id", "label", "words", "distance", "n_topics", "topic_ids", "n_utterances")
TOPIC_WEEK_COLUMNS = ("topic_id", "label", "week", "n_utterances", "n_of", "share", "words")
TOPICS = "topics"  # in the store's state: the tree of topics and their weeks
Follow = Callable[[tuple[str, ...]], Iterable[Any]]  # columns to rows that have what TREND_COLUMNS names


def _follow_nothing(columns: tuple[str, ...]) -> Iterable[Any]:
    return ()


class Frames:
    """What a store holds, as pandas data frames; each is read when first asked for.

    Moments are aware UTC; `week` columns are ISO weeks ("2026-W45") in the time zone given.
    """

    def __init__(self, store: Store, zone: ZoneInfo, follow: Follow = _follow_nothing) -> None:
        """`follow` counts themes by week and group; without it, trends are empty."""
        self._store = store
        self._zone = zone
        self._follow = follow

    @cached_property
    def conversations(self) -> pd.DataFrame:
        """One row a call, meeting, voicemail or mail, with its week and its metadata."""
        frame = self._read("conversations")
        frame.insert(4, "week", self._weeks(frame["started_at"]))
        return frame

    @cached_property
    def utterances(self) -> pd.DataFrame:
        """One row an utterance, with its speaker's role, how sure that is, and how it was decided."""
        return self._read("utterances")

    @cached_property
    def signals(self) -> pd.DataFrame:
        """One row a question, objection, praise, need, next step or mention, with its span, theme and what followed.

        Questions have a wording that can be read by itself and their answer, objections their outcome with the
        customer's words that show it, praise its quotability.
        """
        return self._read("signals")

    @cached_property
    def themes(self) -> pd.DataFrame:
        """One row a theme: signals, conversations (a thread of mail is one), accounts (else conversations), weeks.

        `stability` and `cohesion` say how sure it is (0 to 1), `n_sub_themes` into how many parts it falls.
        `renamed` says that the label is a person's, `pinned` that a person wants the theme to stay; themes that people
        dismissed are not among them.
        """
        frame = self._read("themes").astype({"renamed": bool, "pinned": bool})
        for moment, week in (("first_heard_at", "first_week"), ("last_heard_at", "last_week")):
            frame[week] = self._weeks(frame.pop(moment))
        return frame

    @cached_property
    def sub_themes(self) -> pd.DataFrame:
        """One row a part of a theme, the largest of each first: its wording and how often it was said.

        They have no ids: a part may change from run to run, its theme stays.
        """
        return self._read("sub_themes")

    @cached_property
    def ideas(self) -> pd.DataFrame:
        """The backlog, first idea first."""
        return self._read("ideas")

    @cached_property
    def phrases(self) -> pd.DataFrame:
        """Words that customers use of one type of objection or kind of question more than elsewhere."""
        return self._read("phrases")

    @cached_property
    def trends(self) -> pd.DataFrame:
        """One row a theme, week and group: all conversations, then each segment, stage, channel and outcome.

        `n_accounts` said it, of `n_of` met (else conversations, each once a week and group); `rate` with its 95 %
        interval `low` to `high`, empty in weeks in which nobody of the group was met. `column` says what the group
        `value` is of; it is "all", and the value empty, in the rows over all conversations.
        """
        return self.trends_by("segment", "stage", "channel", "outcome")

    def trends_by(self, *columns: str) -> pd.DataFrame:
        """The trends by other columns: `rep`, `account`, `deal_id`, or any other of calls.csv and deals.csv."""
        import pandas as pd

        rows = map(attrgetter(*TREND_COLUMNS), self._follow(columns))
        frame = pd.DataFrame(rows, columns=list(TREND_COLUMNS))
        return frame.astype({"n_accounts": int, "n_of": int, "rate": float, "low": float, "high": float})

    @cached_property
    def topic_tree(self) -> pd.DataFrame:
        """One row a topic, and one for each group of topics that belong together, the widest first.

        `parent_id` is the group that a row is in, empty at the top; `distance` the mean cosine distance between the two
        parts of a group, 0 for a topic; `words` tell it from the others. Groups ("G-01", the closest) are numbered
        anew in each run, topics keep their ids.
        """
        import pandas as pd

        labels = self.themes.set_index("id")["label"].to_dict()
        rows = [
            {
                **node,
                "label": labels.get(node["id"], ""),
                "words": ", ".join(node["words"]),
                "n_topics": len(node["topic_ids"]),
                "topic_ids": ", ".join(node["topic_ids"]),
            }
            for node in self._topics("tree")
        ]
        frame = pd.DataFrame(rows, columns=list(TREE_COLUMNS))
        return frame.astype({"distance": float, "n_topics": int, "n_utterances": int})

    @cached_property
    def topics_over_time(self) -> pd.DataFrame:
        """One row a topic and week, from the first week with conversations to the last; zeros are zeros.

        `n_utterances` of `n_of` utterances of customers that week that are about something; `share` is empty in a week
        without any. `words` were said that week and tell the topic from others then.
        """
        import pandas as pd

        labels = self.themes.set_index("id")["label"].to_dict()
        rows = [
            {**week, "label": labels.get(week["topic_id"], ""), "words": ", ".join(week["words"])}
            for week in self._topics("weeks")
        ]
        frame = pd.DataFrame(rows, columns=list(TOPIC_WEEK_COLUMNS)).astype({"n_utterances": int, "n_of": int})
        frame["share"] = frame["n_utterances"] / frame["n_of"].where(frame["n_of"] > 0)
        return frame

    def _topics(self, part: str) -> list[dict[str, Any]]:
        kept: list[dict[str, Any]] = self._store.state().get(TOPICS, {}).get(part, [])
        return kept

    def _read(self, name: str) -> pd.DataFrame:
        import pandas as pd
        from sqlalchemy import text

        with self._store.engine.connect() as connection:
            frame = pd.read_sql(text(QUERIES[name]), connection)
        for column in frame.columns.intersection(list(MOMENTS)):
            frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
        return frame

    def _weeks(self, moments: pd.Series) -> pd.Series:
        iso = moments.dt.tz_convert(self._zone).dt.isocalendar()
        weeks: pd.Series = iso["year"].astype("string") + "-W" + iso["week"].astype("string").str.zfill(2)
        return weeks
