"""Names told to the recogniser before it listens."""

from __future__ import annotations

from insights.transcripts.vocabulary.entries import parse

MAX_CHARS = 400  # Whisper takes 223 tokens; rare names make one of two letters or so


def hints_of(vocabulary: tuple[str, ...]) -> tuple[str, ...]:
    """The first names of the vocabulary, as many as the recogniser takes."""
    names: list[str] = []
    room = MAX_CHARS
    for entry in parse(vocabulary):
        room -= len(entry.text) + len(", ")
        if room < 0:
            break
        names.append(entry.text)
    return tuple(names)
