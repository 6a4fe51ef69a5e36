"""Speak sentences.txt as telephone calls: eight voices, 8 kHz, 300 to 3,400 Hz, µ-law; never committed.

    python tests/benchmarks/vocabulary/speak.py OUT --kokoro kokoro-v1.0.int8.onnx --voices kokoro-js/voices

Packages and weights are those of sample_calls/make_audio.py, whose voices and telephone line are used. Each sentence is
spoken twice, by different voices; what one voice says of a half, with names or without, is one recording with pauses.
OUT gets the recordings and `recordings.jsonl` (audio, half, named, text).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[2] / "sample_calls"))
import make_audio  # noqa: E402

VOICES = ("af_heart", "am_michael", "bf_emma", "bm_george", "am_fenrir", "af_bella", "af_sarah", "am_puck")
N_TIMES = 2  # each sentence is spoken by so many voices
PAUSE_S = 1.2
NOISE_RMS = 0.002


def read_sentences() -> Iterator[tuple[str, str, bool]]:
    """Half, sentence, whether it holds a name."""
    lines = (HERE / "vocabulary.txt").read_text("utf-8").splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    for line in (HERE / "sentences.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            half, text = line.split(" | ")
            yield half, text, any(name in text for name in names)


def main() -> None:
    """Write the recordings and their rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kokoro", type=Path, required=True)
    parser.add_argument("--voices", type=Path, required=True)
    asked = parser.parse_args()
    rows = (HERE / "phonemes.tsv").read_text("utf-8").splitlines()
    make_audio.SAID_AS.update(row.split("\t") for row in rows)
    make_audio.check_weights(asked.kokoro)
    speak = make_audio.load_voice(asked.kokoro, asked.voices)
    texts: dict[tuple[str, bool, str], list[str]] = defaultdict(list)
    for time in range(N_TIMES):
        for number, (half, text, named) in enumerate(read_sentences()):
            texts[half, named, VOICES[(number + 3 * time) % len(VOICES)]].append(text)
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "recordings.jsonl").open("w", encoding="utf-8") as file:
        for (half, named, voice), said in texts.items():
            name = f"{half}-{'names' if named else 'plain'}-{voice}"
            person = make_audio.Person(voice, "customer", "", voice)
            make_audio.encode(
                call(name, [speak(re.sub("e-mail", "email", text), person) for text in said]),
                make_audio.RATE_OF["phone"],
                asked.out / f"{name}.wav",
                "mulaw.wav",
            )
            row = {"audio": f"{name}.wav", "half": half, "named": named, "text": " ".join(said)}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            print(name, flush=True)


def call(name: str, clips: list[np.ndarray]) -> np.ndarray:
    """The clips with pauses and a little noise, sent through a telephone line: (1, n_samples) float32."""
    pause = np.zeros(int(PAUSE_S * make_audio.RATE_HZ), np.float32)
    track = np.concatenate([pause, *(part for clip in clips for part in (clip, pause))])
    track += np.random.default_rng(zlib.crc32(name.encode())).normal(0, NOISE_RMS, len(track))
    track = make_audio.through_line(track[None], make_audio.PHONE_BAND_HZ, make_audio.RATE_OF["phone"])
    return track * (make_audio.PEAK / np.abs(track).max())


if __name__ == "__main__":
    main()
