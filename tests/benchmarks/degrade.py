"""Clean speech made to sound like bad telephone calls, with its words: for choosing settings where real calls are few.

    python tests/benchmarks/degrade.py ../shared/data OUT

A few of the clips of `dev_audio.jsonl` that have words, with pauses of 0.5 to 7 s, make a recording of about 40 s. Each
goes through a telephone line of its own: band, clipping, noise at 5 to 20 dB, level, codec (µ-law or AMR). The two
halves, `tune` and `report`, share no clip: what is chosen on one is told from the other. OUT gets the wav files and
`degraded.jsonl`, which `insights evaluate calls` reads. The same seed makes the same files.
"""

from __future__ import annotations

import argparse
import json
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]  # (n_samples,) at RATE_HZ, -1 to 1
Turn = dict[str, str | float]  # as `insights evaluate calls` reads it

RATE_HZ = 8_000
SEED = 3
BAND_HZ = (300.0, 3_400.0)
SPEECH_RMS = 0.08
SNR_DB = (5.0, 20.0)
LEVELS = (1.0, 1.0, 0.3, 0.1, 0.03)
AMR_BIT_RATES = (4_750, 7_950, 12_200)
PAUSE_S = (0.5, 7.0)
RECORDING_S = 40.0


@dataclass(frozen=True)
class Clip:
    """Something said, as it was recorded."""

    samples: Samples
    text: str


def read_clips(folder: Path) -> Iterator[Clip]:
    """The clips with words, at 8 kHz."""
    for line in (folder / "dev_audio.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["text"]:
            yield Clip(read_sound(folder / row["audio"]), row["text"])


def read_sound(path: Path) -> Samples:
    """The first channel at 8 kHz."""
    import av

    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE_HZ)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def telephone(samples: Samples, rng: np.random.Generator) -> Samples:
    """The sound at the far end of a bad line."""
    loud = in_band(samples) * (SPEECH_RMS / max(rms(samples[samples != 0]), 1e-6))
    if rng.random() < 0.25:
        loud = np.clip(loud, -0.15, 0.15)
    loud = loud + noise(len(loud), rng) * (SPEECH_RMS / 10 ** (rng.uniform(*SNR_DB) / 20))
    loud = loud * rng.choice(LEVELS)
    coded = to_amr(loud, int(rng.choice(AMR_BIT_RATES))) if rng.random() < 0.5 else to_mulaw(loud)
    return coded.astype(np.float32)


def in_band(samples: Samples) -> Samples:
    """What a telephone lets through."""
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    return np.fft.irfft(np.where((hz >= BAND_HZ[0]) & (hz <= BAND_HZ[1]), spectrum, 0), len(samples)).astype(np.float32)


def noise(n_samples: int, rng: np.random.Generator) -> Samples:
    """White to pink noise of root mean square 1."""
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    hz = np.maximum(np.fft.rfftfreq(n_samples, 1 / RATE_HZ), 50.0)
    made = np.fft.irfft(spectrum / hz ** rng.uniform(0.0, 0.7), n_samples)
    return (made / rms(made)).astype(np.float32)


def rms(samples: NDArray[np.floating]) -> float:
    """The root mean square."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def to_mulaw(samples: Samples) -> Samples:
    """There and back through G.711's µ-law of 8 bits."""
    squeezed = np.sign(samples) * np.log1p(255 * np.abs(np.clip(samples, -1, 1))) / np.log(256)
    steps = np.round(squeezed * 127) / 127
    return (np.sign(steps) * (256 ** np.abs(steps) - 1) / 255).astype(np.float32)


def to_amr(samples: Samples, bit_rate: int) -> Samples:
    """There and back through AMR narrow band."""
    import av

    coder = av.CodecContext.create("libopencore_amrnb", "w")
    coder.sample_rate, coder.layout, coder.format, coder.bit_rate = RATE_HZ, "mono", "s16", bit_rate
    decoder = av.CodecContext.create("amrnb", "r")
    decoder.sample_rate, decoder.layout = RATE_HZ, "mono"
    padded = np.pad(samples, (0, -len(samples) % 160))
    pieces = []
    for start in range(0, len(padded), 160):
        block = (np.clip(padded[start : start + 160], -1, 1) * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, start
        for packet in coder.encode(frame):
            pieces += [decoded.to_ndarray()[0] for decoded in decoder.decode(packet)]
    return np.concatenate(pieces)[: len(samples)]


def make(folder: Path, into: Path) -> Path:
    """Write the recordings and their list; the list's path."""
    rng = np.random.default_rng(SEED)
    clips = list(read_clips(folder))
    order = rng.permutation(len(clips))
    into.mkdir(parents=True, exist_ok=True)
    rows = []
    for half, places in (("tune", order[::2]), ("report", order[1::2])):
        for number, (samples, turns) in enumerate(join([clips[place] for place in places], rng)):
            name = f"{half}-{number:02d}"
            write_wav(into / f"{name}.wav", samples)
            rows.append({"conversation_id": name, "half": half, "audio": f"{name}.wav", "turns": turns})
    listed = into / "degraded.jsonl"
    listed.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return listed


def join(clips: list[Clip], rng: np.random.Generator) -> Iterator[tuple[Samples, list[Turn]]]:
    """Clips with pauses between, in recordings of about 40 s, each through a line of its own."""
    pieces, turns = list[Samples](), list[Turn]()
    for place, clip in enumerate(clips):
        pieces += [np.zeros(int(rng.uniform(*PAUSE_S) * RATE_HZ), np.float32), clip.samples / rms(clip.samples)]
        end_s = sum(map(len, pieces)) / RATE_HZ
        start_s = end_s - len(clip.samples) / RATE_HZ
        turns.append({"speaker": "caller", "start": round(start_s, 2), "end": round(end_s, 2), "text": clip.text})
        if end_s > RECORDING_S or place == len(clips) - 1:
            yield telephone(np.concatenate(pieces), rng), turns
            pieces, turns = [], []


def write_wav(path: Path, samples: Samples) -> None:
    """One channel, 16 bits."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def main() -> None:
    """Make the recordings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    make(arguments.data, arguments.out)


if __name__ == "__main__":
    main()
