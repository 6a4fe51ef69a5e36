"""Words that customers use of one type of objection, or one kind of question, more than they do elsewhere.

The measure is the weighted log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn: Fightin'
Words, Political Analysis 16, 2008, section 3.5.1), as z:

    delta(w) = log (y1 + a) / (n1 + a0 - y1 - a)  -  log (y2 + a) / (n2 + a0 - y2 - a)
    z(w) = delta(w) / sqrt(1 / (y1 + a) + 1 / (y2 + a))

y1 is how often a phrase w is said within signals of the label, y2 how often elsewhere by customers; n1 and n2 are the
sums over all phrases, a0 = PRIOR, a = a0 (y1 + y2) / (n1 + n2). Unlike there, a conversation counts a phrase once: one
who repeats himself is one. Shown are phrases of MIN_CONVERSATIONS conversations or more with z of MIN_Z or more.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from insights.signals.words import words
from insights.types import Phrase, Signal, SignalKind, Utterance

KINDS: tuple[SignalKind, ...] = ("objection", "question")
LENGTHS = range(2, 6)  # words
MIN_CONVERSATIONS = 3
MIN_Z = 1.96  # two-sided 5 %, were the counts not looked through for the largest
PRIOR = 500.0  # words' worth
N_SHOWN = 8  # of a label
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
BREAK = re.compile(r"[.?!,;:()“”\"…–—]")  # no phrase goes over these
EMPTY = words("empty")
OPEN_START = words("open_start")
OPEN_END = words("open_end")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations say each phrase, of one label or of all."""

    conversations: Counter[str]
    wordings: Mapping[str, Counter[str]]  # as it was written, by phrase


def find_phrases(
    signals: Sequence[Signal],
    utterances: Sequence[Utterance],
    thread_of: Mapping[str, str],
    has_personal: Callable[[str], bool],
) -> tuple[Phrase, ...]:
    """The distinctive phrases of every label, the most distinctive first within each.

    Args:
        signals: of all conversations.
        utterances: of all conversations; those of customers are the background.
        thread_of: by conversation, what counts as one: the call, or the thread of mail.
        has_personal: whether a text holds personal data; such phrases are left out.
    """
    said = {one.id: one for one in utterances if one.role == "customer"}
    everywhere = _grams_by_thread((one.text, thread_of[one.conversation_id]) for one in said.values())
    spans: dict[tuple[SignalKind, str], list[tuple[str, str]]] = defaultdict(list)
    for signal in signals:
        if signal.kind in KINDS and signal.label and signal.utterance_id in said:
            thread = thread_of[said[signal.utterance_id].conversation_id]
            spans[signal.kind, signal.label].append((signal.text, thread))
    return tuple(
        phrase
        for (kind, label), texts in sorted(spans.items())
        for phrase in _distinctive(kind, label, texts, everywhere)
        if not has_personal(phrase.text)
    )


def _distinctive(
    kind: SignalKind, label: str, texts: Sequence[tuple[str, str]], everywhere: Counts
) -> Iterator[Phrase]:
    n_all = len({thread for _, thread in texts})
    if n_all < MIN_CONVERSATIONS:
        return
    here = _grams_by_thread(texts)
    scores = log_odds(here.conversations, everywhere.conversations)
    wanted = [
        phrase
        for phrase, n_said in here.conversations.items()
        if n_said >= MIN_CONVERSATIONS and scores[phrase] >= MIN_Z and _is_whole(phrase)
    ]
    wanted.sort(key=lambda phrase: (-scores[phrase], -len(phrase), phrase))
    chosen: list[str] = []
    for phrase in wanted:
        if len(chosen) < N_SHOWN and not any(_within(phrase, other) or _within(other, phrase) for other in chosen):
            chosen.append(phrase)
            text = min(here.wordings[phrase].items(), key=lambda pair: (-pair[1], pair[0]))[0]
            yield Phrase(kind, label, text, here.conversations[phrase], n_all, round(scores[phrase], 2))


def log_odds(here: Mapping[str, int], everywhere: Mapping[str, int]) -> dict[str, float]:
    """The z of each phrase of `here` against the rest of `everywhere`, which holds `here`, too."""
    n_here, n_all = sum(here.values()), sum(everywhere.values())
    n_rest = max(n_all - n_here, 0)
    scores = {}
    for phrase, n_said in here.items():
        rest = max(everywhere.get(phrase, 0) - n_said, 0)
        prior = PRIOR * (n_said + rest) / max(n_here + n_rest, 1)
        first = (n_said + prior) / (n_here + PRIOR - n_said - prior)
        second = (rest + prior) / (n_rest + PRIOR - rest - prior)
        scores[phrase] = (math.log(first) - math.log(second)) / math.sqrt(1 / (n_said + prior) + 1 / (rest + prior))
    return scores


def _grams_by_thread(texts: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> Counts:
    """Phrases by how many threads say them; `texts` are pairs of a text and its thread."""
    threads: dict[str, set[str]] = defaultdict(set)
    wordings: dict[str, Counter[str]] = defaultdict(Counter)
    for text, thread in texts:
        for phrase, wording in find_grams(text):
            threads[phrase].add(thread)
            wordings[phrase][wording] += 1
    return Counts(Counter({phrase: len(found) for phrase, found in threads.items()}), wordings)


def find_grams(text: str) -> Iterator[tuple[str, str]]:
    """Runs of two to five words within a clause: in lower case, and as they stand in the text."""
    first = 0
    for end in [*(found.start() for found in BREAK.finditer(text)), len(text)]:
        places = [found.span() for found in WORD.finditer(text, first, end)]
        first = end
        for length in LENGTHS:
            for run in zip(*(places[offset:] for offset in range(length)), strict=False):
                wording = text[run[0][0] : run[-1][1]]
                yield " ".join(wording.casefold().replace("’", "'").split()), wording


def _is_whole(phrase: str) -> bool:
    """Whether it says something by itself: a word of content, and no article or the like at its ends."""
    said = phrase.split()
    return said[0] not in OPEN_START and said[-1] not in OPEN_END and any(word not in EMPTY for word in said)


def _within(inner: str, outer: str) -> bool:
    return f" {inner} " in f" {outer} "
