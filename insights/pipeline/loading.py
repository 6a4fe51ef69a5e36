"""Everything in a store, as the later steps take it."""

from __future__ import annotations

from insights.outputs import Findings
from insights.store import Store


def load_findings(store: Store) -> Findings:
    """All that was found; conversations with sound can be played."""
    conversations = store.conversations()
    return Findings(
        conversations=conversations,
        utterances=store.utterances(),
        signals=store.signals(),
        answers=store.answers(),
        themes=store.themes(),
        ideas=store.ideas(),
        failures=store.failures(),
        playable=frozenset(item.id for item in conversations if item.duration_s is not None),
    )
