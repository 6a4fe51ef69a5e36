"""Speakers of one channel: voices in groups, how many there are, each word given to one of them or to none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from insights import models
from insights.transcripts.audio import RATE_HZ, decode, open_sound
from insights.transcripts.speakers import tell, tell_apart
from insights.transcripts.speakers.cluster import group
from insights.transcripts.speakers.voices import STEP_S, STRETCH_S, Voices, lay_out
from insights.transcripts.speakers.words import NOBODY, assign
from insights.transcripts.windows import Window
from insights.types import SUSPECT, Segment, Word

Floats = NDArray[np.float32]
DIM = 192
ROOT = Path(__file__).parents[1]


def unit(vectors: NDArray[np.float64]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)


def voices_of(speakers: Sequence[int], seed: int = 0, noise: float = 0.63) -> Voices:
    """A stretch of sound for each item, as CAM++ hears telephone speech: strangers' cosine 0.4, one voice's 0.6."""
    rng = np.random.default_rng(seed)
    shared, own = unit(rng.normal(size=DIM)), unit(rng.normal(size=(8, DIM)))
    drawn = unit(rng.normal(size=(len(speakers), DIM)))
    vectors = 0.63 * shared + 0.45 * own[list(speakers)] + noise * drawn
    starts = 2.0 * np.arange(len(speakers))
    return Voices(np.stack([starts, starts + STRETCH_S], axis=1), unit(vectors))


def turns(n_speakers: int, n_each: int) -> list[int]:
    """Who speaks in each stretch, by turns of two stretches."""
    return [place // 2 % n_speakers for place in range(n_speakers * n_each)]


def words_of(voices: Voices, n_each: int = 3) -> list[Word]:
    """So many words in each stretch; the last ends a sentence."""
    step_s = STRETCH_S / n_each
    return [
        Word(
            " yes." if place == n_each - 1 else " yes",
            float(start) + place * step_s,
            float(start) + (place + 1) * step_s,
        )
        for start in voices.spans[:, 0]
        for place in range(n_each)
    ]


def purity(found: Sequence[int], truth: Sequence[int]) -> float:
    """The share of items whose group is mostly of their speaker."""
    pairs = Counter(zip(found, truth, strict=True))
    return sum(max(n for (one, _), n in pairs.items() if one == name) for name in set(found)) / len(truth)


# --- how many speakers, and which stretch is whose


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n_speakers", range(1, 7))
def test_as_many_speakers_are_found_as_speak(n_speakers: int, seed: int) -> None:
    truth = turns(n_speakers, 24)
    voices = voices_of(truth, seed)
    centres = group(voices)
    assert len(centres) == n_speakers
    assert purity((voices.vectors @ centres.T).argmax(axis=1).tolist(), truth) > 0.95


@pytest.mark.parametrize("n_speakers", range(1, 6))
def test_a_number_of_speakers_that_is_given_is_kept_to(n_speakers: int) -> None:
    assert len(group(voices_of(turns(3, 20)), n_speakers)) == n_speakers


def test_no_more_speakers_than_stretches_are_made() -> None:
    assert len(group(voices_of([0, 1, 1]), 6)) == 3


@pytest.mark.parametrize("n_stretches", [1, 2, 4, 9, 40, 400])
def test_one_voice_is_one_speaker_however_long_it_speaks(n_stretches: int) -> None:
    assert len(group(voices_of([0] * n_stretches))) == 1


def test_somebody_who_says_little_is_a_speaker() -> None:
    """Eight seconds against two minutes."""
    truth = [0] * 60 + [1] * 6 + [0] * 20
    voices = voices_of(truth)
    centres = group(voices)
    assert len(centres) == 2
    assert purity((voices.vectors @ centres.T).argmax(axis=1).tolist(), truth) > 0.97


def test_a_single_odd_sound_is_no_speaker() -> None:
    """A cough or a ring is unlike every voice, and alone."""
    assert len(group(voices_of([0] * 30 + [1] + [0] * 30))) == 1


def test_hours_of_speech_are_compared_by_a_sample() -> None:
    """Four hours give some 15,000 stretches; each with each would take gigabytes, so at most 1,200 are."""
    voices = voices_of(turns(2, 1_500))
    assert len(group(voices)) == 2
    assert len(voices.sample(1200)) == 1200


def test_the_same_sound_gives_the_same_speakers() -> None:
    voices = voices_of(turns(3, 20), 5)
    assert (group(voices) == group(voices)).all()


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.05, 20)), max_size=8))
def test_stretches_cover_each_region_from_end_to_end(pairs: list[tuple[float, float]]) -> None:
    regions, begin_s = [], 0.0
    for pause_s, length_s in pairs:
        regions.append((begin_s + pause_s, begin_s + pause_s + length_s))
        begin_s = regions[-1][1] + 0.01
    spans = lay_out(regions)
    for start_s, end_s in regions:
        inside = [tuple(span) for span in spans if start_s - 1e-6 <= span[0] and span[1] <= end_s + 1e-6]
        if end_s - start_s > 0.41:
            assert inside[0][0] == pytest.approx(start_s)
            assert inside[-1][1] == pytest.approx(end_s)
            assert all(b[0] - a[0] <= STEP_S + 1e-6 for a, b in pairwise(inside))
    assert ((spans[:, 1] - spans[:, 0]) <= STRETCH_S + 1e-6).all()


# --- whose each word is


def test_each_word_goes_to_the_voice_that_says_it() -> None:
    truth = turns(2, 12)
    voices = voices_of(truth)
    found = assign(words_of(voices), voices, group(voices))
    assert NOBODY not in found
    assert purity(found, [speaker for speaker in truth for _ in range(3)]) == 1.0


def test_a_word_where_nobody_is_heard_is_nobodys() -> None:
    voices = voices_of(turns(2, 10))
    (found,) = assign([Word(" hello.", 500.0, 500.4)], voices, group(voices))
    assert found == NOBODY


def test_a_voice_as_near_to_one_as_to_the_other_is_nobodys() -> None:
    """A wrong name is worse than none."""
    voices = voices_of([0, 0, 0, 0, 1, 1, 1, 1])
    centres = group(voices, 2)
    between = Voices(voices.spans[:1], unit(centres.sum(axis=0, keepdims=True).astype(np.float64)))
    assert set(assign(words_of(between), between, centres)) == {NOBODY}


def test_a_voice_that_is_nobodys_is_given_to_nobody() -> None:
    """A third person, an announcement: unlike both voices."""
    voices = voices_of([0, 0, 0, 0, 1, 1, 1, 1])
    stranger = Voices(voices.spans[:1], unit(np.random.default_rng(9).normal(size=(1, DIM))))
    assert set(assign(words_of(stranger), stranger, group(voices, 2))) == {NOBODY}


def test_one_weak_word_inside_a_sentence_stays_with_it() -> None:
    voices = voices_of([0] * 8 + [1] * 8)
    centres = group(voices, 2)
    first = int((voices.vectors[0] @ centres.T).argmax())
    blend = 0.48 * centres[first] + 0.52 * centres[1 - first]  # hardly nearer to the other one
    spans = np.array([[0.0, 0.5], [0.5, 1.0], [1.0, 1.5]])
    vectors = unit(np.stack([centres[first], blend, centres[first]]).astype(np.float64))
    words = [Word(" we", 0.0, 0.5), Word(" can", 0.5, 1.0), Word(" go.", 1.0, 1.5)]
    assert assign(words, Voices(spans, vectors), centres) == [first] * 3


def test_no_words_no_speakers() -> None:
    voices = voices_of([0, 1])
    assert assign([], voices, group(voices, 2)) == []


# --- segments


def segment_of(words: Sequence[Word], flags: tuple[str, ...] = ()) -> Segment:
    text = "".join(word.text for word in words).strip()
    return Segment("mono", text, words[0].start_s, words[-1].end_s, flags=flags, words=tuple(words))


def told(monkeypatch: pytest.MonkeyPatch, segments: Sequence[Segment], voices: Voices) -> tuple[Segment, ...]:
    monkeypatch.setattr(tell, "hear_voices", lambda windows, encode: voices)
    return tell_apart(segments, [], lambda stretches: stretches)[0]


def test_speakers_are_numbered_as_they_first_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = [1, 1, 0, 0, 2, 2, 1, 0] * 6
    voices = voices_of(truth)
    words = words_of(voices)
    found = told(monkeypatch, [segment_of(words)], voices)
    assert list(dict.fromkeys(segment.speaker for segment in found)) == ["speaker 1", "speaker 2", "speaker 3"]
    assert found[0].speaker == "speaker 1"


def test_a_segment_in_which_the_speaker_changes_is_cut_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """No word is lost, none changed; each piece's text is its words and it keeps the flags."""
    truth = turns(2, 12)
    voices = voices_of(truth)
    words = words_of(voices)
    found = told(monkeypatch, [segment_of(words, (SUSPECT,))], voices)
    assert [word for segment in found for word in segment.words] == words
    assert all(segment.text == "".join(word.text for word in segment.words).strip() for segment in found)
    assert {segment.flags for segment in found} == {(SUSPECT,)}
    speakers = [segment.speaker for segment in found for _ in segment.words]
    assert purity([int(name[-1]) for name in speakers], [speaker for speaker in truth for _ in range(3)]) == 1.0


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_telling_apart_loses_no_word(data: st.DataObject) -> None:
    """Whatever the words' times and the voices: the same words, in segments that are their words joined."""
    voices = voices_of(data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=30)))
    starts = sorted(data.draw(st.lists(st.floats(0, 60), min_size=1, max_size=30)))
    words = [Word(f" w{place}", start_s, start_s + 0.3) for place, start_s in enumerate(starts)]
    size = data.draw(st.integers(1, 9))
    segments = [segment_of(words[first : first + size]) for first in range(0, len(words), size)]
    with pytest.MonkeyPatch.context() as monkeypatch:
        found = told(monkeypatch, segments, voices)
    assert sorted(word.text for segment in found for word in segment.words) == sorted(word.text for word in words)
    assert all(segment.text == "".join(word.text for word in segment.words).strip() for segment in found)


@pytest.mark.parametrize("n_stretches", [0, 1, 3])
def test_too_little_speech_stays_untold_and_that_is_said(n_stretches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    voices = voices_of([0, 1, 0][:n_stretches])
    monkeypatch.setattr(tell, "hear_voices", lambda windows, encode: voices)
    segments = (segment_of([Word(" Hello.", 0.0, 0.5)]),)
    found, notes = tell_apart(segments, [], lambda stretches: stretches)
    assert found == segments
    assert notes == ("the speakers could not be told apart: too little speech",)


def test_a_segment_without_words_is_given_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recognisers that time no words."""
    voices = voices_of(turns(2, 12))
    segments = [Segment("mono", "Hello there.", 0.0, 1.5), Segment("mono", "Hi.", 4.0, 5.5)]
    found = told(monkeypatch, segments, voices)
    assert [(segment.speaker, segment.text) for segment in found] == [
        ("speaker 1", "Hello there."),
        ("speaker 2", "Hi."),
    ]


# --- real voices

FIRST_S = 60.0  # of a call
DEV_DATA = ROOT.parent / "shared" / "data"
DEV_CALLS = [DEV_DATA / "audio" / "calls" / f"{name}.mono.wav" for name in ("eb82ec7b5f0944ca", "ff0296d00e5e4184")]
SAMPLES = ROOT / "sample_calls"
MONO_CALL = SAMPLES / "calls" / "2026-10-15_larkfield_greywater-fm.wav"
STEREO_CALL = SAMPLES / "calls" / "2026-10-20_larkfield_ostrander-mechanical.wav"


def begin_of(path: Path) -> Floats:
    """The first minute, (n_channels, n_samples)."""
    with open_sound(path) as container:
        return np.concatenate(list(decode(container, path, 3600.0)), axis=1)[:, : round(FIRST_S * RATE_HZ)]


def gold_of(path: Path) -> list[tuple[str, Segment]]:
    """Who says what in the first minute of a call, as people wrote it down; words spread over their turn."""
    gold = SAMPLES / "gold" / "calls.jsonl" if path.is_relative_to(SAMPLES) else DEV_DATA / "dev_calls.jsonl"
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    mine = [row for row in rows if path.name.startswith(row["conversation_id"])]
    said = [turn for row in mine for turn in row.get("turns", [row])]
    spoken = [turn for turn in said if turn["text"].strip() and turn["end"] < FIRST_S]
    return [(turn["speaker"], spread(turn["text"], turn["start"], turn["end"])) for turn in spoken]


def spread(text: str, start_s: float, end_s: float) -> Segment:
    spoken = text.split()
    times = np.linspace(start_s, end_s, len(spoken) + 1).tolist()
    return segment_of([Word(f" {word}", *span) for word, span in zip(spoken, pairwise(times), strict=True)])


@pytest.mark.model
@pytest.mark.parametrize("path", [*DEV_CALLS, MONO_CALL], ids=lambda path: path.name)
def test_two_people_on_one_channel_are_told_apart(path: Path) -> None:
    """Real telephone calls (where they are) and a sample call: two speakers, hardly a word with the wrong one."""
    if not path.is_file():
        pytest.skip("the development calls are not here")
    gold = gold_of(path)
    truth = {word: speaker for speaker, segment in gold for word in segment.words}
    segments, windows = [segment for _, segment in gold], [Window(0.0, begin_of(path))]
    found, notes = tell_apart(segments, windows, models.load_speaker_encoder())
    pairs = [(s.speaker, truth[word]) for s in found for word in s.words if s.speaker != "mono"]
    assert {speaker for speaker, _ in pairs} == {"speaker 1", "speaker 2"}
    assert len(pairs) > 0.9 * len(truth)
    assert purity([int(speaker[-1]) for speaker, _ in pairs], [int(name != pairs[0][1]) for _, name in pairs]) > 0.95
    assert notes[0].startswith("2 voices were told apart by their sound")


@pytest.mark.model
def test_one_side_of_a_call_is_one_voice() -> None:
    """The left channel alone: nobody is made up."""
    said = [segment for speaker, segment in gold_of(STEREO_CALL) if speaker == "rep"]
    windows = [Window(0.0, begin_of(STEREO_CALL)[:1])]
    found, _ = tell_apart(said, windows, models.load_speaker_encoder())
    assert {segment.speaker for segment in found} - {"mono"} == {"speaker 1"}
