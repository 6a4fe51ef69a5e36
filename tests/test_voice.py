"""Where somebody speaks: one pass of the detector, from which stretches of any fineness are made."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.transcripts import voice
from insights.transcripts.audio import RATE_HZ
from insights.transcripts.voice import STEP, Stretch, find_runs, find_voice

LENGTH = 60 * RATE_HZ
CHANNEL = np.zeros(LENGTH, np.float32)

Runs = tuple[Stretch, ...]


@st.composite
def runs(draw: st.DrawFn) -> Runs:
    """Runs of voice in a minute of sound as the detector finds them: its steps, no short pauses."""
    places = draw(st.lists(st.integers(0, LENGTH // (5 * STEP) - 1), unique=True, max_size=24).map(sorted))
    edges = [place * 5 * STEP for place in places]
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    voice._kept.clear()


def voice_in(monkeypatch: pytest.MonkeyPatch, found: Runs) -> None:
    monkeypatch.setattr(voice, "_detect", lambda channel: found)
    voice._kept.clear()


@given(runs(), st.sampled_from([200, 500, 1000]), st.sampled_from([0, 50, 400]), st.sampled_from([3.0, 29.5, math.inf]))
def test_stretches_hold_all_voice_in_order_and_share_nothing(
    found: Runs, min_silence_ms: int, pad_ms: int, max_s: float
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        voice_in(patched, found)
        stretches = find_voice(CHANNEL, min_silence_ms, pad_ms, max_s)
    assert all(0 <= start < end <= LENGTH for start, end in stretches)
    assert all(before[1] <= after[0] for before, after in pairwise(stretches))
    assert all(end - start <= max_s * RATE_HZ for start, end in stretches)
    heard = np.zeros(LENGTH, bool)
    for start, end in stretches:
        heard[start:end] = True
    assert all(heard[start:end].all() for start, end in found)


@given(runs(), st.integers(0, 400))
def test_pauses_shorter_than_asked_for_part_nothing_and_longer_ones_do(found: Runs, pad_ms: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        voice_in(patched, found)
        n_stretches = len(find_voice(CHANNEL, 1000, pad_ms))
    n_pauses = sum(after[0] - before[1] >= RATE_HZ + STEP for before, after in pairwise(found))
    assert n_stretches == (n_pauses + 1 if found else 0)


def test_neighbours_share_the_pause_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    voice_in(monkeypatch, ((RATE_HZ, 2 * RATE_HZ), (2 * RATE_HZ + 8000, 3 * RATE_HZ)))
    assert find_voice(CHANNEL, 400, 400) == (
        (RATE_HZ - 6400, 2 * RATE_HZ + 4000),
        (2 * RATE_HZ + 4000, 3 * RATE_HZ + 6400),
    )


def test_what_is_too_long_is_cut_in_its_longest_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    second = RATE_HZ
    found = ((0, 4 * second), (4 * second + 4000, 6 * second), (6 * second + 8000, 9 * second))
    voice_in(monkeypatch, found)
    assert find_voice(CHANNEL, 1000, 0, 8.0) == ((0, 6 * second), (6 * second + 8000, 9 * second))


def test_a_voice_without_a_pause_is_cut_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    voice_in(monkeypatch, ((0, 25 * RATE_HZ),))
    assert [(end - start) / RATE_HZ for start, end in find_voice(CHANNEL, 1000, 0, 10.0)] == [10.0, 10.0, 5.0]


def test_the_detector_goes_over_a_channel_once(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []

    def detect(channel: np.ndarray) -> Runs:
        heard.append(len(channel))
        return ((0, len(channel)),)

    monkeypatch.setattr(voice, "_detect", detect)
    for _ in range(2):  # an equal channel decoded again is the same one
        channel = np.sin(np.arange(RATE_HZ, dtype=np.float32))
        assert find_runs(channel) == find_voice(channel, 1000) == ((0, RATE_HZ),)
    find_runs(channel[:-1])
    assert heard == [RATE_HZ, RATE_HZ - 1]


def test_only_the_last_channels_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    voice_in(monkeypatch, ())
    for n_samples in range(1, 20):
        find_runs(np.zeros(n_samples, np.float32))
    assert len(voice._kept) == voice.N_KEPT
