"""Each word given to one of the voices, or to none where too little speaks for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from insights.types import Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.transcripts.speakers.voices import Voices

    Scores = NDArray[np.float64]  # (n_words, n_speakers) cosine of the sound around a word to each voice; 0: no sound

NOBODY = -1
SENTENCE_END = (".", "?", "!", "…", "。", "？", "！")
PAUSE_S = 0.3  # turns change in pauses as long as this, and at the ends of sentences
# What a change of speakers costs between two words, in cosine times seconds: a word of half a second inside a sentence
# goes to another speaker than those around it only if his voice is 0.28 nearer.
COST_INSIDE, COST_PAUSE, COST_SENTENCE = 0.07, 0.04, 0.02
MIN_WORD_S, MAX_WORD_S = 0.1, 0.6  # the time that a word counts for: the recogniser's times are no better
EDGE = 0.02  # weight of a stretch that has the word at its edge; 1 in its middle
MIN_LIKE = 0.6  # a phrase less like the nearest voice is not given to it: strangers reach 0.5 on average,
MIN_AHEAD = 0.02  # nor one that is hardly nearer to one voice than to the next


def assign(words: Sequence[Word], voices: Voices, centres: NDArray[np.float32]) -> list[int]:
    """For each word the place of its speaker in `centres`, or NOBODY.

    The sequence of speakers with the highest sum of evidence less the costs of its changes (Viterbi 1967); phrases
    whose evidence is weak are given to nobody: a wrong name is worse than none.
    """
    if not words:
        return []
    scores = score(words, voices, centres)
    speakers = _most_likely(words, scores)
    for first, last in _phrases(words, speakers):
        if not _is_clear(words[first:last], scores[first:last], speakers[first]):
            speakers[first:last] = [NOBODY] * (last - first)
    return speakers


def score(words: Sequence[Word], voices: Voices, centres: NDArray[np.float32]) -> Scores:
    """How near the sound around each word is to each voice: (n_words, n_speakers); 0 where there is no speech."""
    import numpy as np

    likes = (voices.vectors @ centres.T).astype(np.float64)
    starts, ends = voices.spans.T
    scores = np.zeros((len(words), len(centres)))
    for place, word in enumerate(words):
        shared_s = np.minimum(ends, word.end_s) - np.maximum(starts, word.start_s)
        touching = np.flatnonzero(shared_s > 0)
        if len(touching):
            middle = (word.start_s + word.end_s) / 2
            off = np.abs(middle - (starts + ends)[touching] / 2) / ((ends - starts)[touching] / 2)
            weights = shared_s[touching] * np.maximum(1 - off, EDGE)
            scores[place] = weights @ likes[touching] / weights.sum()
    return scores


def _most_likely(words: Sequence[Word], scores: Scores) -> list[int]:
    import numpy as np

    evidence = scores * _durations(words)[:, None]
    n_speakers = scores.shape[1]
    came_from = np.zeros(scores.shape, dtype=np.intp)
    total = evidence[0]
    for place in range(1, len(words)):
        changed = total.max() - _cost(words[place - 1], words[place])
        came_from[place] = np.where(total >= changed, np.arange(n_speakers), total.argmax())
        total = np.maximum(total, changed) + evidence[place]
    speakers = [int(total.argmax())]
    for place in range(len(words) - 1, 0, -1):
        speakers.append(int(came_from[place][speakers[-1]]))
    return speakers[::-1]


def _cost(before: Word, after: Word) -> float:
    if before.text.rstrip().endswith(SENTENCE_END):
        return COST_SENTENCE
    return COST_PAUSE if after.start_s - before.end_s >= PAUSE_S else COST_INSIDE


def _durations(words: Sequence[Word]) -> NDArray[np.float64]:
    import numpy as np

    return np.clip([word.end_s - word.start_s for word in words], MIN_WORD_S, MAX_WORD_S)


def _phrases(words: Sequence[Word], speakers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of words of one speaker without a pause or the end of a sentence inside: first, last + 1."""
    first = 0
    for place in range(1, len(words)):
        if speakers[place] != speakers[first] or _cost(words[place - 1], words[place]) < COST_INSIDE:
            yield first, place
            first = place
    yield first, len(words)


def _is_clear(words: Sequence[Word], scores: Scores, speaker: int) -> bool:
    """Whether a phrase is near to its speaker's voice and nearer than to any other."""
    import numpy as np

    seconds = _durations(words) * (scores.max(axis=1) > 0)
    if not seconds.sum():
        return False
    means = seconds @ scores / seconds.sum()
    others = np.delete(means, speaker)
    ahead = means[speaker] - others.max() if len(others) else 1.0
    return bool(means[speaker] >= MIN_LIKE and ahead >= MIN_AHEAD)
