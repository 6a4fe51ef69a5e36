"""Which words of a stretch may stand for a name: how like they are, and how like they must be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from insights.transcripts.vocabulary.entries import Entry, Form
from insights.transcripts.vocabulary.ordinary import is_ordinary
from insights.transcripts.vocabulary.sounds import letters_of, sound_of
from insights.types import Word

MAX_RUN = 3  # words that may stand for one name, or as many as the name has
MIN_LETTERS = 4  # of a name; a shorter one is taken for it only where the letters are the same
NEED, NEED_SURE = 0.70, 0.15  # likeness needed, and how much more of words that the recogniser is sure of
ORDINARY_NEED, ORDINARY_SURE = 0.75, 0.30  # the same where every word is ordinary: sure ones (0.84) are never replaced
INNER_END = re.compile(r"[.,;:?!…][\"'”’)\]]*$")  # a name does not go on after such a mark
EDGES = re.compile(r"^(\W*)(.*?)((?:['’]s)?\W*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Match:
    """Words that seem to be a name: `words[start:end]`."""

    start: int
    end: int
    entry: Entry
    likeness: float  # 0-1


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive words, `words[start:end]`."""

    start: int
    end: int
    text: str  # without the marks around it
    need: float  # how like a name it must be; above 1: it is what it seems


def find_matches(words: Sequence[Word], entries: Sequence[Entry]) -> Iterator[Match]:
    """All runs of words that may stand for a name; those that share a word with a name as it should be are none."""
    longest = max([MAX_RUN, *(entry.n_words for entry in entries)])
    runs = list(_runs(words, longest))
    names = {entry.text for entry in entries}
    right = {place for run in runs if run.text in names for place in range(run.start, run.end)}
    for run in runs:
        if run.need <= 1 and right.isdisjoint(range(run.start, run.end)):
            yield from _match(run, entries)


def _runs(words: Sequence[Word], longest: int) -> Iterator[Run]:
    ordinary = [is_ordinary(word.text) for word in words]
    for start in range(len(words)):
        text, sureness = "", 1.0
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            text += words[end - 1].text
            sureness = min(sureness, words[end - 1].probability)
            yield Run(start, end, parts_of(text)[1], likeness_needed(sureness, all(ordinary[start:end])))
            if INNER_END.search(words[end - 1].text):
                break


def likeness_needed(sureness: float, ordinary: bool) -> float:
    """How like a name words must be, by the lowest of their probabilities.

    >>> likeness_needed(0.5, ordinary=False), likeness_needed(0.5, ordinary=True), likeness_needed(0.9, ordinary=True)
    (0.775, 0.9, 1.02)
    """
    need, more = (ORDINARY_NEED, ORDINARY_SURE) if ordinary else (NEED, NEED_SURE)
    return round(need + more * sureness, 6)


def _match(run: Run, entries: Sequence[Entry]) -> Iterator[Match]:
    """The entry that a run is likest to, if it is like enough."""
    heard = Form(letters_of(run.text), sound_of(run.text))
    if not heard.sound:
        return
    likest, best = 0.0, None
    for entry in entries:
        found = likeness(heard, entry, run.need)
        if found > likest:
            likest, best = found, entry
    if best is not None and likest >= run.need:
        yield Match(run.start, run.end, best, likest)


def likeness(heard: Form, entry: Entry, at_least: float = 0.0) -> float:
    """Mean of the likeness of letters and of sounds to the entry's likest form, 0 to 1; 0 below `at_least`.

    Each is one less the Levenshtein distance over the longer length.
    """
    from rapidfuzz.distance.Levenshtein import normalized_similarity

    best = 0.0
    for form in entry.forms:
        if len(form.letters) < MIN_LETTERS:
            best = max(best, float(heard.letters == form.letters))
            continue
        letters = normalized_similarity(heard.letters, form.letters)
        if (letters + 1.0) / 2 >= at_least:
            best = max(best, (letters + normalized_similarity(heard.sound, form.sound)) / 2)
    return best if best >= at_least else 0.0


def parts_of(text: str) -> tuple[str, str, str]:
    r"""What stands before, in and after the first and last letter, an 's at the end counted as after.

    >>> parts_of(' "Kestrelis\'s,')
    (' "', 'Kestrelis', "'s,")
    """
    found = EDGES.match(text)
    assert found is not None, "every text has edges"
    return found[1], " ".join(found[2].split()), found[3]
