"""Which names a run expects to hear, and stored transcripts put right anew when they change."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from insights.config import VOCABULARY_NAME, Settings, read_vocabulary
from insights.pipeline.keys import key_of
from insights.store import Store
from insights.transcripts import vocabulary

SEPARATOR = "."  # between the key of what was recognised and that of the names put right in it


def add_vocabularies(settings: Settings, roots: Iterable[Path]) -> Settings:
    """The settings with what the vocabulary files in these folders add."""
    files = [root / VOCABULARY_NAME for root in roots if root.is_dir()]
    lines = [line for file in files if file.is_file() for line in read_vocabulary(file)]
    return settings.model_copy(update={"vocabulary": tuple(dict.fromkeys((*settings.vocabulary, *lines)))})


def names_expected(settings: Settings) -> tuple[str, ...]:
    """The lines of the vocabulary, and the names to be noticed."""
    return tuple(dict.fromkeys((*settings.vocabulary, *settings.names)))


def with_names(key: str, settings: Settings) -> str:
    """The key of a transcript: that of what was recognised, and of the names put right in it."""
    return key + SEPARATOR + key_of(vocabulary.VERSION, names_expected(settings))


def without_names(key: str) -> str:
    """The first half of `with_names`; any other key as it is."""
    return key.partition(SEPARATOR)[0]


def spell_anew(store: Store, key: str, seen: Iterable[Path], settings: Settings) -> int:
    """Put the names of these settings, and no others, right in what was recognised earlier; in how many recordings.

    Nothing is heard again. Only recordings read under `key` whose files were seen are looked at, those attached to mail
    with it.
    """
    wanted, paths = with_names(key, settings), {str(path) for path in seen}
    known = store.file_keys().items()
    stale = {one for one, old in known if SEPARATOR in old and without_names(old) == key and old != wanted}
    spelled = 0
    for file_id, read, described, _ in tuple(store.read_conversations()) if stale else ():
        if file_id in stale and _is_among(paths, read.source):
            segments = vocabulary.spell_names(read.segments, read.language, names_expected(settings))
            if segments != read.segments:
                store.save_description(replace(read, segments=segments), replace(described, segments=segments))
            store.save_key(file_id, wanted)
            spelled += 1
    return spelled


def _is_among(paths: Collection[str], source: str) -> bool:
    """Whether a source is one of the files, or in one: "box.mbox#3#voicemail.wav"."""
    parts = source.split("#")
    return any("#".join(parts[:end]) in paths for end in range(1, len(parts) + 1))
