"""Sounds without a word in them, on which a recogniser is tempted to write some: silence, noise, music, tones.

Used by tests (short) and by the benchmark (ten minutes). Everything is made with numpy; the same seed, the same sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]  # (n_samples,), -1 to 1
Make = Callable[[int, int, np.random.Generator], Samples]  # samples, rate, generator

RATE_HZ = 16_000
SEED = 7
DTMF_HZ = ((697, 1209), (697, 1336), (770, 1477), (852, 1209), (941, 1336), (770, 1336), (852, 1477), (697, 1477))
CHORDS_HZ = ((261.6, 329.6, 392.0), (220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (196.0, 246.9, 293.7))
MELODY_HZ = (523.3, 587.3, 659.3, 784.0, 659.3, 587.3, 523.3, 440.0, 392.0, 440.0, 523.3, 659.3)


def make_sounds(total_s: float, rate_hz: int = RATE_HZ, seed: int = SEED) -> dict[str, Samples]:
    """Every kind of sound by its name, together `total_s` long."""
    rng = np.random.default_rng(seed)
    n_samples = int(total_s / len(SOUNDS) * rate_hz)
    return {name: make(n_samples, rate_hz, rng).astype(np.float32) for name, make in SOUNDS.items()}


def silence(n: int, rate_hz: int, rng: np.random.Generator) -> Samples:
    """Digital silence."""
    return np.zeros(n, np.float32)


def hiss(volume: float, slope: float = 0.0) -> Make:
    """Noise whose power falls with frequency to the power of `slope`: 0 white, 1 pink, 2 brown."""

    def make(n: int, rate_hz: int, rng: np.random.Generator) -> Samples:
        hz = np.maximum(np.fft.rfftfreq(n, 1 / rate_hz), 20.0)
        noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) / hz ** (slope / 2), n)
        return np.asarray(volume * noise / np.sqrt(np.mean(noise**2)), np.float32)

    return make


def tones(hz: tuple[float, ...], on_s: float, off_s: float = 0.0, volume: float = 0.2) -> Make:
    """Sines sounding together, on and off."""

    def make(n: int, rate_hz: int, rng: np.random.Generator) -> Samples:
        times = np.arange(n) / rate_hz
        sounding = times % (on_s + off_s) < on_s
        return np.asarray(volume * sounding * sum(np.sin(2 * np.pi * f * times) for f in hz) / len(hz), np.float32)

    return make


def notes(chords: tuple[tuple[float, ...], ...], note_s: float, volume: float = 0.25) -> Make:
    """Plucked notes or chords with six overtones each, over and over."""

    def make(n: int, rate_hz: int, rng: np.random.Generator) -> Samples:
        size = int(note_s * rate_hz)
        times = np.arange(size) / rate_hz
        decay = np.exp(-2.5 * times / note_s) * np.minimum(times / 0.01, 1.0)
        played = [
            decay * sum(np.sin(2 * np.pi * f * k * times) / k for f in chord for k in range(1, 7)) / len(chord)
            for chord in chords
        ]
        return np.asarray(volume * np.resize(np.concatenate(played), n), np.float32)

    return make


def dtmf(n: int, rate_hz: int, rng: np.random.Generator) -> Samples:
    """Keys pressed, a tenth of a second each, now and then a pause."""
    made = np.zeros(n, np.float32)
    start = 0
    while start < n - rate_hz:
        pair = DTMF_HZ[int(rng.integers(len(DTMF_HZ)))]
        size = rate_hz // 10
        times = np.arange(size) / rate_hz
        made[start : start + size] = 0.2 * sum(np.sin(2 * np.pi * f * times) for f in pair)
        start += int(rate_hz * rng.choice([0.2, 0.25, 2.0]))
    return made


def bursts(length_s: float, band_hz: tuple[float, float], volume: float) -> Make:
    """Short bursts of noise in a band, at random: clicks, or something like coughs and laughs."""

    def make(n: int, rate_hz: int, rng: np.random.Generator) -> Samples:
        made = np.zeros(n)
        size = max(4, int(length_s * rate_hz))
        hz = np.fft.rfftfreq(size, 1 / rate_hz)
        inside = (hz >= band_hz[0]) & (hz <= band_hz[1])
        start = 0
        while start < n - 2 * size:
            burst = np.fft.irfft(np.where(inside, np.fft.rfft(rng.standard_normal(size)), 0), size)
            burst *= np.exp(-4 * np.arange(size) / size) * np.minimum(np.arange(size) / (0.1 * size), 1)
            made[start : start + size] += volume * burst / max(np.abs(burst).max(), 1e-9)
            start += size + int(rate_hz * rng.uniform(0.1, 3.0))
        return np.asarray(made, np.float32)

    return make


def breath(n: int, rate_hz: int, rng: np.random.Generator) -> Samples:
    """Noise that swells and falls every four seconds, like breathing into the telephone."""
    swell = np.clip(np.sin(2 * np.pi * np.arange(n) / (4 * rate_hz)), 0, None)
    return np.asarray(hiss(0.05, 1.0)(n, rate_hz, rng) * swell, np.float32)


def hum(n: int, rate_hz: int, rng: np.random.Generator) -> Samples:
    """Mains hum with its overtones, and some hiss."""
    times = np.arange(n) / rate_hz
    mains = sum(0.05 / k * np.sin(2 * np.pi * 50 * k * times) for k in (1, 2, 3, 5, 7))
    return np.asarray(mains + hiss(0.002)(n, rate_hz, rng), np.float32)


SOUNDS: Mapping[str, Make] = {
    "digital silence": silence,
    "faint noise": hiss(0.0005),
    "white noise": hiss(0.05),
    "pink noise": hiss(0.05, 1.0),
    "brown noise": hiss(0.1, 2.0),
    "hum": hum,
    "breathing": breath,
    "chords": notes(CHORDS_HZ, 1.2),
    "melody": notes(tuple((f,) for f in MELODY_HZ), 0.35),
    "melody over chords": notes(tuple((f, *CHORDS_HZ[i % 4]) for i, f in enumerate(MELODY_HZ)), 0.5),
    "ring tone, US": tones((440.0, 480.0), 2.0, 4.0),
    "ring tone, EU": tones((425.0,), 1.0, 4.0),
    "busy tone": tones((480.0, 620.0), 0.5, 0.5),
    "hold beep": tones((1400.0,), 0.2, 9.8),
    "keys": dtmf,
    "clicks": bursts(0.005, (200.0, 7_000.0), 0.5),
    "coughs": bursts(0.35, (150.0, 2_500.0), 0.4),
    "knocks": bursts(0.12, (60.0, 800.0), 0.6),
}
