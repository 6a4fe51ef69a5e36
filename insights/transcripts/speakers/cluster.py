"""Vectors of voices in groups, one for each speaker; how many there are is found from how well they part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from insights.transcripts.speakers.separation import likeness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.transcripts.speakers.voices import Voices

    Floats = NDArray[np.float32]
    Labels = NDArray[np.intp]

MAX_SPEAKERS = 6
MAX_STRETCHES = 1200  # stretches that are compared each with each; the others join the group that they are nearest to
MIN_PER_SPEAKER = 3  # stretches on average, to try for so many speakers
# Two groups are two speakers, not one voice in two moods, if they are less alike than this (`separation.likeness`).
# Real pairs on telephone lines had 0.55 to 0.87, one voice split in two 0.89 to 0.97.
ALIKE_TWO = 0.88
ALIKE_MORE = 0.84  # more than two speakers must be evident,
ALIKE_FEW = 0.80  # and so must one who says little
STRETCHES_TWO, STRETCHES_MORE, STRETCHES_FEW = 5, 6, 3  # in the smallest group, for each of these
N_ROUNDS = 30


def group(voices: Voices, n_speakers: int | None = None) -> Floats:
    """The mean vector of each speaker's voice: (n_speakers, dim), unit rows.

    Args:
        voices: at least one stretch.
        n_speakers: how many there are, if known; by default one to six, two unless another number is evident.
    """
    sample = voices.sample(MAX_STRETCHES)
    labels = _best(sample, n_speakers) if n_speakers else _estimate(sample)
    return centres_of(sample.vectors, labels)


def _estimate(voices: Voices) -> Labels:
    import numpy as np

    best: Labels = np.zeros(len(voices), dtype=np.intp)
    for n_speakers in range(2, MAX_SPEAKERS + 1):
        if len(voices) < MIN_PER_SPEAKER * n_speakers:
            break
        evident = [labels for labels in _partitions(voices, n_speakers) if is_evident(voices, labels)]
        if evident:
            best = max(evident, key=lambda labels: _tightness(voices.vectors, labels))
    return best


def _best(voices: Voices, n_speakers: int) -> Labels:
    n_speakers = min(n_speakers, len(voices))
    return max(_partitions(voices, n_speakers), key=lambda labels: _tightness(voices.vectors, labels))


def is_evident(voices: Voices, labels: Labels) -> bool:
    """Whether groups of stretches are as many people: large enough, and no two of them alike."""
    import numpy as np

    sizes = np.bincount(labels)
    smallest = int(sizes.min())
    if smallest < STRETCHES_FEW:
        return False
    nearest = likeness(voices, labels)
    if len(sizes) > 2:
        return smallest >= STRETCHES_MORE and nearest < ALIKE_MORE
    return nearest < (ALIKE_TWO if smallest >= STRETCHES_TWO else ALIKE_FEW)


def _partitions(voices: Voices, n_groups: int) -> Iterator[Labels]:
    """Ways to part the stretches: by their graph, and around the most distant ones, which finds who says little."""
    if n_groups == 1 or n_groups >= len(voices):
        yield _around(voices.vectors, _distant(voices.vectors, n_groups))
        return
    yield _settle(voices.vectors, _spectral(voices.vectors, n_groups))
    yield _settle(voices.vectors, _around(voices.vectors, _distant(voices.vectors, n_groups)))


def _spectral(vectors: Floats, n_groups: int) -> Labels:
    """Spectral clustering (Shi and Malik 2000) of the graph in which voices hang together that are alike.

    The vectors of all voices share a large part: without their mean, strangers' cosines are about zero or less, and
    those below are no edges.
    """
    import numpy as np
    from sklearn.manifold import spectral_embedding

    centred = _unit(vectors - vectors.mean(axis=0))
    edges = np.maximum(centred @ centred.T, 1e-6).astype(np.float64)  # never quite zero: the graph stays in one piece
    places = spectral_embedding(edges, n_components=n_groups, drop_first=False, random_state=0)
    from sklearn.cluster import KMeans

    labels: Labels = KMeans(n_groups, n_init=10, random_state=0).fit_predict(places)
    return labels


def _distant(vectors: Floats, n_groups: int) -> Floats:
    """The stretch nearest to the mean, then again and again the one least like those chosen: (n_groups, dim)."""
    import numpy as np

    chosen = [int((vectors @ vectors.mean(axis=0)).argmax())]
    while len(chosen) < n_groups:
        chosen.append(int((vectors @ vectors[chosen].T).max(axis=1).argmin()))
    return np.asarray(vectors[chosen])


def _settle(vectors: Floats, labels: Labels) -> Labels:
    """The labels after each stretch has gone to the group that it is nearest to, until none moves."""
    for _ in range(N_ROUNDS):
        moved = _around(vectors, centres_of(vectors, labels))
        if (moved == labels).all():
            break
        labels = moved
    return labels


def _around(vectors: Floats, centres: Floats) -> Labels:
    labels: Labels = (vectors @ centres.T).argmax(axis=1)
    return labels


def centres_of(vectors: Floats, labels: Labels) -> Floats:
    """The mean of each group: (n_groups, dim), unit rows; empty groups are left out."""
    import numpy as np

    return _unit(np.stack([vectors[labels == label].mean(axis=0) for label in np.unique(labels)]))


def _tightness(vectors: Floats, labels: Labels) -> float:
    """The mean cosine of the stretches to the middle of their group."""
    import numpy as np

    centres = centres_of(vectors, labels)
    places = np.unique(labels, return_inverse=True)[1]
    return float((vectors * centres[places]).sum(axis=1).mean())


def _unit(vectors: Floats) -> Floats:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
