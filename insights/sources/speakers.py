"""Who speaks, where a transcript writes "Name: text"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from insights.sources.turns import Turn

# "Dana Whitmore (Larkfield): hi", ">> DANA: hi", "[SPEAKER_01]: hi"; the name is at most 60 characters on one line.
LABEL = re.compile(r"(?:>>\s?|-\s)?\[?([^\W_][^:\n\[\]<>]{0,59}?)\]?\s?:(?:\s+|$)")
PARTICLES = frozenset(
    {"al", "and", "bin", "da", "de", "del", "den", "der", "di", "du", "from", "la", "van", "von", "y"}
)
MAX_NAME_WORDS = 6
MIN_LABELLED_SHARE = 0.5  # of the cues: then even a name that stands once is a speaker's


def find_label(text: str) -> tuple[str, str] | None:
    """Split "Name: words" into name and words; None where what stands before the colon is no name."""
    match = LABEL.match(text)
    if not match or not looks_like_name(match[1]):
        return None
    return match[1].strip(), text[match.end() :]


def looks_like_name(text: str) -> bool:
    """Tell "Dana van Dyke", "SPEAKER_01", "Guest 2" or an address from the start of a sentence."""
    words = text.replace("(", " ").replace(")", " ").split()
    if not words or len(words) > MAX_NAME_WORDS:
        return False
    return "@" in text or all(word in PARTICLES or not word[0].islower() for word in words)


def label_turns(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Move "Name: " from the front of texts to the speaker.

    A label is believed where it comes back, or where at least half of all cues have one. As captions write a name
    when the speaker changes, a cue without a label goes on with the speaker before it.
    """
    labels = [None if turn.speaker else find_label(turn.text) for turn in turns]
    counts = Counter(label[0] for label in labels if label)
    trusted = counts.total() >= MIN_LABELLED_SHARE * len(turns)
    speaker, labelled = "", []
    for turn, label in zip(turns, labels, strict=True):
        if turn.speaker:
            speaker = turn.speaker
        elif label and (trusted or counts[label[0]] > 1):
            speaker, turn = label[0], replace(turn, text=label[1])
        labelled.append(replace(turn, speaker=speaker))
    return tuple(labelled)
