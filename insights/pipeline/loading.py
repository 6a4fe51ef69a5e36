"""Everything in a store, as the later steps take it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from insights import themes
from insights.config import Settings
from insights.errors import StoreError
from insights.outputs import Findings
from insights.sources.files import AUDIO_SUFFIXES
from insights.store import DATABASE_NAME, Store
from insights.types import ThemeKind

KINDS: tuple[ThemeKind, ...] = get_args(ThemeKind)


def open_existing(settings: Settings, *, write: bool = False) -> Store:
    """The store of the settings; StoreError where none has been made yet."""
    if not (settings.store / DATABASE_NAME).is_file():
        raise StoreError(f"No store in '{settings.store}'. Run `insights run PATH… --store {settings.store}`.")
    return Store(settings.store, write=write)


def find_sounds(store: Store) -> dict[str, Path]:
    """By conversation, the recording it was heard from, where that is still there; a recording's id is its file's."""
    paths = {file_id: Path(path) for file_id, path in store.file_paths().items()}
    return {
        file_id: path for file_id, path in paths.items() if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file()
    }


def load_findings(store: Store) -> Findings:
    """All that was found; conversations with sound can be played."""
    return Findings(
        conversations=store.conversations(),
        utterances=store.utterances(),
        signals=store.signals(),
        answers=store.answers(),
        outcomes=store.outcomes(),
        quotabilities=store.quotabilities(),
        phrases=store.phrases(),
        themes=store.themes(),
        ideas=store.ideas(),
        failures=store.failures(),
        playable=frozenset(find_sounds(store)),
        dismissed=frozenset(_find_dismissed(store)),
        regroupings=store.regroupings(),
    )


def load_memory(state: Mapping[str, Any], kind: ThemeKind) -> themes.Memory:
    """What the last grouping of a kind left in the store's state; an empty memory where there was none."""
    kept = state.get(f"themes/{kind}")
    return themes.memory_from_json(kept) if kept else themes.Memory(kind)


def _find_dismissed(store: Store) -> Iterator[str]:
    """The ids of items in themes that people said are none."""
    state = store.state()
    for kind in KINDS:
        memory = load_memory(state, kind)
        for theme in memory.themes:
            if theme.id in memory.dismissed:
                yield from theme.member_ids
