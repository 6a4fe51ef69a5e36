"""Channel bleed: a voice that is heard in both channels is muted where it does not belong, and no other sound is."""

from __future__ import annotations

import wave
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from insights.transcripts import TranscribeOptions, Transcript, load_whisper, probe, transcribe
from insights.transcripts.audio import RATE_HZ, decode, open_sound
from insights.transcripts.bleed import Bleed, BleedFinder, mute
from insights.transcripts.survey import survey
from insights.types import Recording, Segment, Word

Samples = NDArray[np.float32]
Spans = tuple[tuple[float, float], ...]
HOUR_S = 3600.0
LENGTH_S = 20.0
LEFT_SPEAKS: Spans = ((0.5, 4.0), (8.0, 11.5), (15.0, 16.5))
RIGHT_SPEAKS: Spans = ((4.5, 7.5), (12.0, 14.5), (17.0, 19.5))
SAMPLE_CALL = Path(__file__).parents[1] / "sample_calls" / "calls" / "2026-10-20_larkfield_ostrander-mechanical.wav"


def voice(spans: Spans, seed: int, length_s: float = LENGTH_S) -> Samples:
    """Noise as coloured and as uneven as speech, in the spans; -50 dB below that elsewhere: (n_samples,)."""
    rng = np.random.default_rng(seed)
    n_samples = int(length_s * RATE_HZ)
    sound = np.convolve(rng.normal(0, 1, n_samples), rng.normal(0, 1, 40) * np.exp(-np.arange(40) / 8), mode="same")
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(n_samples) / RATE_HZ + seed)
    times = np.arange(n_samples) / RATE_HZ
    speaks = np.any([(times >= start_s) & (times < end_s) for start_s, end_s in spans], axis=0)
    sound *= 0.1 * syllables * speaks / sound.std()
    return (sound + rng.normal(0, 3e-4, n_samples)).astype(np.float32)


def late(sound: Samples, by_s: float) -> Samples:
    """The sound, that much later (or earlier)."""
    return np.roll(sound, round(by_s * RATE_HZ))


def find(left: Samples, right: Samples) -> tuple[Bleed, ...]:
    finder = BleedFinder()
    for start in range(0, len(left), 10 * RATE_HZ):
        finder.add(np.stack((left, right))[:, start : start + 10 * RATE_HZ])
    return finder.find()


def muted_s(before: Samples, after: Samples, spans: Spans) -> float:
    """Seconds within the spans that are silence now and were not before."""
    silenced = (before != 0) & (after == 0)
    return sum(float(silenced[int(a * RATE_HZ) : int(b * RATE_HZ)].mean()) * (b - a) for a, b in spans)


def length_of(spans: Spans) -> float:
    return sum(end_s - start_s for start_s, end_s in spans)


@pytest.mark.parametrize("late_s", [0.0, 0.005, 0.15, -0.02])
@pytest.mark.parametrize("gain_db", [-12, -20, -30])
def test_a_voice_heard_in_the_other_channel_is_muted_there(gain_db: float, late_s: float) -> None:
    """At any delay that lines and recorders have, and turned upside down as well."""
    left, right = voice(LEFT_SPEAKS, 1), voice(RIGHT_SPEAKS, 2)
    heard = left - 10 ** (gain_db / 20) * late(right, late_s)
    (bleed,) = bleeds = find(heard, right)
    assert bleed.into == 0
    assert bleed.level_db == pytest.approx(gain_db, abs=2.5)
    after = mute(np.stack((heard, right)), bleeds)
    assert muted_s(heard, after[0], RIGHT_SPEAKS) > 0.85 * length_of(RIGHT_SPEAKS)
    assert muted_s(heard, after[0], LEFT_SPEAKS) == 0.0
    assert (after[1] == right).all()


def test_both_channels_may_hear_each_other() -> None:
    left, right = voice(LEFT_SPEAKS, 1), voice(RIGHT_SPEAKS, 2)
    heard = np.stack((left + 0.1 * late(right, 0.004), right + 0.05 * late(left, 0.004)))
    bleeds = find(*heard)
    assert [bleed.into for bleed in bleeds] == [0, 1]
    after = mute(heard, bleeds)
    for into, own, other in ((0, LEFT_SPEAKS, RIGHT_SPEAKS), (1, RIGHT_SPEAKS, LEFT_SPEAKS)):
        assert muted_s(heard[into], after[into], own) == 0.0
        assert muted_s(heard[into], after[into], other) > 0.85 * length_of(other)


@pytest.mark.parametrize("own_db", [0, -10])
def test_who_talks_while_the_other_is_heard_is_not_muted(own_db: float) -> None:
    """True double talk, also by a voice much softer than the other one."""
    both: Spans = ((5.0, 6.5), (12.5, 13.5))
    own = voice((*LEFT_SPEAKS, *both), 1) * np.float32(10 ** (own_db / 20))
    right = voice(RIGHT_SPEAKS, 2)
    heard = own + 0.1 * late(right, 0.003)
    bleeds = find(heard, right)
    assert [bleed.into for bleed in bleeds] == [0]
    after = mute(np.stack((heard, right)), bleeds)
    assert muted_s(heard, after[0], both) < 0.05 * length_of(both)


@pytest.mark.parametrize("right_speaks", [RIGHT_SPEAKS, LEFT_SPEAKS, ((0.0, LENGTH_S),)])
def test_channels_that_do_not_hear_each_other_are_left_alone(right_speaks: Spans) -> None:
    """Taking turns, talking at the same time all along, or one talking without end."""
    assert find(voice(LEFT_SPEAKS, 1), voice(right_speaks, 2)) == ()


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.9, 3.0])
def test_too_little_sound_tells_no_bleed(seconds: float) -> None:
    n_samples = int(seconds * RATE_HZ)
    left, right = voice(LEFT_SPEAKS, 1)[:n_samples], voice(RIGHT_SPEAKS, 2)[:n_samples]
    assert find(left + right, right) == ()


def test_a_channel_that_carries_both_sides_keeps_only_its_own() -> None:
    left, right = voice(LEFT_SPEAKS, 1), voice(RIGHT_SPEAKS, 2)
    bleeds = find(left + right, right)
    assert [bleed.into for bleed in bleeds] == [0]
    after = mute(np.stack((left + right, right)), bleeds)
    assert muted_s(left + right, after[0], RIGHT_SPEAKS) > 0.85 * length_of(RIGHT_SPEAKS)
    assert (after[1] == right).all()


@pytest.mark.parametrize("gain_db", [0, -4, -9])
def test_the_same_sound_twice_is_kept_once_wherever_it_is_late(gain_db: float) -> None:
    """Two channels of one microphone, one of them delayed by its coder: not the same samples, yet the same words."""
    sound = voice((*LEFT_SPEAKS, *RIGHT_SPEAKS), 1)
    pair = np.stack((sound, np.float32(10 ** (gain_db / 20)) * late(sound, 0.004)))
    after = mute(pair, find(*pair))
    kept = np.abs(after).reshape(2, -1, RATE_HZ // 10).max(axis=2) > 0.02
    assert not (kept[0] & kept[1]).any()
    assert (kept[0] | kept[1]).sum() >= 0.97 * (np.abs(sound).reshape(-1, RATE_HZ // 10).max(axis=1) > 0.02).sum()


@given(
    n_samples=st.integers(1, 3 * RATE_HZ),
    bleeds=st.lists(st.sampled_from([0, 1]), unique=True),
    lag=st.integers(-6_400, 6_400),
)
@settings(max_examples=20, deadline=None)
def test_muting_only_ever_silences(n_samples: int, bleeds: list[int], lag: int) -> None:
    """Whatever the way between the channels: each sample stays as it is or becomes zero, one side at most."""
    sound = voice(LEFT_SPEAKS, 3, length_s=3.0)[:n_samples]
    pair = np.stack((sound, late(sound, 0.01)))
    ways = [Bleed(into, -10.0, 0.9, lag, (0.5, 0.3)) for into in bleeds]
    after = mute(pair, ways)
    assert after.shape == pair.shape
    assert after.dtype == pair.dtype
    changed = after != pair
    assert (after[changed] == 0).all()
    assert not changed.all(axis=0).any()


# --- whole recordings


def write_wav(path: Path, *channels: Samples) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(len(channels))
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes((np.stack(channels).T * 32767).astype("<i2").tobytes())
    return path


class Listener:
    """Hears each stretch of a channel that is not silence as one word, however soft."""

    def detect_language(self, channel: Samples) -> tuple[str, float] | None:
        return ("en", 0.99)

    def hear(self, channel: Samples, language: str) -> list[Segment]:
        steps = np.abs(channel[: len(channel) // 8000 * 8000].reshape(-1, 8000)).max(axis=1) > 0.004
        edges = np.flatnonzero(np.diff(np.concatenate(([0], steps.astype(int), [0])))).reshape(-1, 2)
        words = [Word(" Yes.", float(first) / 2, float(last) / 2) for first, last in edges]
        return [Segment("", "Yes.", word.start_s, word.end_s, words=(word,)) for word in words]


def hear(path: Path) -> Transcript:
    recording = Recording(id="0", path=str(path), duration_s=LENGTH_S, n_channels=2)
    return transcribe(recording, TranscribeOptions(language="en"), Listener())


def test_words_that_bled_into_the_other_channel_stand_once_and_that_is_said(tmp_path: Path) -> None:
    left, right = voice(LEFT_SPEAKS, 1), voice(RIGHT_SPEAKS, 2)
    clean = hear(write_wav(tmp_path / "clean.wav", left, right))
    heard = hear(write_wav(tmp_path / "bleed.wav", left + 0.1 * right, right))
    assert [(s.speaker, s.start_s) for s in heard.segments] == [(s.speaker, s.start_s) for s in clean.segments]
    assert len(clean.segments) == 6
    assert clean.notes == ()
    said = "the right side is heard in the left channel, too (-20 dB); muted there where nobody else speaks"
    assert heard.notes == (said,)


def test_one_sound_on_two_channels_of_which_one_is_late_is_taken_as_mono(tmp_path: Path) -> None:
    sound = voice(LEFT_SPEAKS, 1)
    heard = hear(write_wav(tmp_path / "late.wav", sound, 0.8 * late(sound, 0.004)))
    assert [segment.speaker for segment in heard.segments] == ["mono"] * len(LEFT_SPEAKS)
    assert any(note.endswith("channel has speech; taken as a mono recording") for note in heard.notes)


def test_a_recording_of_one_channel_has_no_bleed(tmp_path: Path) -> None:
    assert survey(write_wav(tmp_path / "one.wav", voice(LEFT_SPEAKS, 1)), HOUR_S).bleeds == ()


def beginning_of_call(seconds: int) -> Samples:
    with open_sound(SAMPLE_CALL) as container:
        return np.concatenate(list(decode(container, SAMPLE_CALL, HOUR_S)), axis=1)[:, : seconds * RATE_HZ]


@pytest.mark.model
def test_real_speech_that_bled_is_recognised_once(tmp_path: Path) -> None:
    """A call of the sample, its right side heard on the left at -20 dB: the left side says as many words as before."""
    left, right = beginning_of_call(25)
    options = TranscribeOptions(language="en")
    recogniser = load_whisper(options)
    counts = []
    for name, channels in {"clean": (left, right), "bleed": (left + 0.1 * late(right, 0.004), right)}.items():
        found = transcribe(probe(write_wav(tmp_path / f"{name}.wav", *channels), HOUR_S), options, recogniser)
        words = chain.from_iterable(s.text.split() for s in found.segments if s.speaker == "left")
        counts.append(len(list(words)))
    assert counts[0] > 20
    assert counts[1] == pytest.approx(counts[0], rel=0.05)
