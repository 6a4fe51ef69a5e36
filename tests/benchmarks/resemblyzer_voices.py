"""Whose voice is heard when, by Resemblyzer and k-means or spectral clustering: what speakers.py holds us against.

    python resemblyzer_voices.py CALL.wav SPEAKERS ...

Runs by itself in an environment with resemblyzer, scikit-learn and `setuptools<81`. Prints one JSON line a recording:
for each clusterer the middles of the 1.6 s windows, in seconds, and their labels. Silences stay, so that times hold.
"""

from __future__ import annotations

import json
import sys

import librosa
import numpy as np
from resemblyzer import VoiceEncoder
from resemblyzer.audio import normalize_volume
from resemblyzer.hparams import audio_norm_target_dBFS, sampling_rate
from sklearn.cluster import KMeans, SpectralClustering

WINDOWS_PER_S = 4
TOP_DB = 35  # quieter than the loudest by more is silence


def hear(path: str, n_speakers: int, encoder: VoiceEncoder) -> dict[str, object]:
    """The labels of one recording's windows of speech."""
    sound, _ = librosa.load(path, sr=sampling_rate, mono=True)
    sound = normalize_volume(sound, audio_norm_target_dBFS, increase_only=True)
    _, vectors, slices = encoder.embed_utterance(sound, return_partials=True, rate=WINDOWS_PER_S)
    middles = np.array([(part.start + part.stop) / 2 for part in slices]) / sampling_rate
    spoken = np.zeros(len(sound), bool)
    for start, end in librosa.effects.split(sound, top_db=TOP_DB):
        spoken[start:end] = True
    kept = [place for place, part in enumerate(slices) if spoken[part.start : part.stop].mean() > 0.5]
    vectors = np.asarray(vectors)[kept]
    clusterers = {
        "k-means": KMeans(n_speakers, n_init=10, random_state=0),
        "spectral": SpectralClustering(n_speakers, affinity="nearest_neighbors", random_state=0),
    }
    return {
        "middles": middles[kept].tolist(),
        "labels": {name: clusterer.fit_predict(vectors).tolist() for name, clusterer in clusterers.items()},
    }


if __name__ == "__main__":
    encoder = VoiceEncoder("cpu", verbose=False)
    for path, n_speakers in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        print(json.dumps(hear(path, int(n_speakers), encoder)), flush=True)
