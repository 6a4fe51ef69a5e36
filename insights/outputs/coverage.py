"""What a report rests on and what was left out, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import tzinfo

from insights.outputs.findings import Findings, Mention, account_of
from insights.outputs.weeks import week_of
from insights.types import FOREIGN, SUSPECT, Coverage


def measure_coverage(
    findings: Findings, said_now: Iterable[Mention], themed: set[str], week: str, zone: tzinfo
) -> Coverage:
    """Count the week's conversations and utterances; files that failed and undated ones belong to no week."""
    met = [one for one in findings.conversations if week_of(one.started_at, zone) == week]
    ids = {conversation.id for conversation in met}
    segments = [segment for one in met for segment in one.segments]
    kinds = Counter(conversation.kind for conversation in met)
    roles = Counter(utterance.role for utterance in findings.utterances if utterance.conversation_id in ids)
    heard = [
        one for one in met if findings.playable is None or one.id in findings.playable
    ]  # not known by captions only
    seconds = sum(one.duration_s or 0 for one in heard if one.kind in {"call", "voicemail", "meeting"})
    return Coverage(
        n_calls=kinds["call"],
        n_meetings=kinds["meeting"],
        n_emails=kinds["email"],
        n_voicemails=kinds["voicemail"],
        hours_audio=seconds / 3600,
        n_accounts=len({account_of(conversation) for conversation in met}),
        n_undated=sum(one.started_at is None for one in findings.conversations),
        n_utterances=roles.total(),
        n_customer_utterances=roles["customer"],
        n_unknown_utterances=roles["unknown"],
        n_suspect_segments=sum(SUSPECT in segment.flags for segment in segments),
        n_unthemed_signals=sum(
            mention.signal.kind in {"question", "objection"} and mention.signal.id not in themed for mention in said_now
        ),
        failures=tuple(sorted(findings.failures, key=lambda failure: (failure.source, failure.reason))),
        n_suspect_words=sum(len(segment.text.split()) for segment in segments if SUSPECT in segment.flags),
        n_foreign_segments=sum(FOREIGN in segment.flags for segment in segments),
        n_foreign_conversations=sum(not conversation.is_english for conversation in met),
        n_corrections=sum(bool(word.heard) for segment in segments if segment.recognised for word in segment.words),
    )
