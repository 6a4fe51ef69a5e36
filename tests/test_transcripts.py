"""Transcripts: every sound format, every kind of bad file, channels, windows, pieces, workers, clips."""

from __future__ import annotations

import io
import math
import os
import re
import struct
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from insights import transcripts
from insights.errors import InsightsError, ModelError, SourceError
from insights.transcripts import TranscribeOptions, Transcript, cut_clip, probe, transcribe, transcribe_all
from insights.transcripts.audio import RATE_HZ, decode, open_sound
from insights.transcripts.pieces import cut_channel, merge, rejoin_hanging
from insights.transcripts.survey import survey
from insights.transcripts.suspect import Doubts, is_suspect, rows_of_equals
from insights.transcripts.windows import cut_at_pauses
from insights.types import SUSPECT, Recording, Segment, Word

Samples = NDArray[np.float32]
ROOT = Path(__file__).parents[1]
HOUR_S = 3600.0
OPTIONS = TranscribeOptions(language="en")


def tone(duration_s: float, hz: float = 440.0, rate_hz: int = 16_000, volume: float = 0.3) -> Samples:
    """A sine, (n_samples,)."""
    times = np.arange(int(duration_s * rate_hz)) / rate_hz
    return (volume * np.sin(2 * math.pi * hz * times)).astype(np.float32)


def write_sound(
    path: Path, *channels: Samples, codec: str = "pcm_s16le", rate_hz: int = 16_000, **options: str
) -> Path:
    """The channels as a sound file, container by the suffix."""
    layout = {1: "mono", 2: "stereo", 4: "quad"}[len(channels)]
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.stack(channels), format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(stream.codec_context.format or "s16", layout, rate_hz)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def write_wav(path: Path, *channels: Samples, rate_hz: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(len(channels))
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes((np.stack(channels).T * 32767).astype("<i2").tobytes())
    return path


def samples_of(path: Path) -> Samples:
    with open_sound(path) as container:
        return np.concatenate(list(decode(container, path, HOUR_S)), axis=1)


def pitch_of(channel: Samples) -> float:
    """The strongest frequency, in Hz."""
    spectrum = np.abs(np.fft.rfft(channel))
    return float(spectrum.argmax()) * RATE_HZ / len(channel)


FORMATS = {  # file name: codec, rate
    "pcm.wav": ("pcm_s16le", 44_100),
    "u8.wav": ("pcm_u8", 8_000),
    "mulaw.wav": ("pcm_mulaw", 8_000),
    "alaw.wav": ("pcm_alaw", 8_000),
    "adpcm-ima.wav": ("adpcm_ima_wav", 8_000),
    "adpcm-ms.wav": ("adpcm_ms", 8_000),
    "g726.wav": ("adpcm_g726", 8_000),
    "music.mp3": ("libmp3lame", 44_100),
    "voice.m4a": ("aac", 44_100),
    "video.mp4": ("aac", 48_000),
    "voice.ogg": ("libopus", 48_000),
    "voice.opus": ("libopus", 48_000),
    "loss.flac": ("flac", 22_050),
    "browser.webm": ("libopus", 48_000),
    "film.mkv": ("aac", 48_000),
    "phone.amr": ("libopencore_amrnb", 8_000),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_decodes_to_its_length_and_pitch(name: str, tmp_path: Path) -> None:
    """Three seconds of 440 Hz come out as three seconds of 440 Hz, whatever held them."""
    codec, rate_hz = FORMATS[name]
    path = write_sound(tmp_path / name, tone(3.0, rate_hz=rate_hz), codec=codec, rate_hz=rate_hz)
    assert probe(path, HOUR_S).duration_s == pytest.approx(3.0, abs=0.1)
    sound = survey(path, HOUR_S)
    assert sound.duration_s == pytest.approx(3.0, abs=0.1)
    assert (sound.n_channels, sound.is_stereo) == (1, False)
    assert pitch_of(samples_of(path)[0]) == pytest.approx(440.0, abs=3.0)


def test_gsm_in_a_wav_decodes(tmp_path: Path) -> None:
    """There is no encoder for it, so the frames are made up: 65 bytes hold 320 samples."""
    frames = bytes(range(1, 66)) * 50
    fmt = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(frames)) + frames
    path = tmp_path / "gsm.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert survey(path, HOUR_S).duration_s == pytest.approx(2.0, abs=0.05)


def test_the_id_is_the_hash_of_the_bytes(tmp_path: Path) -> None:
    first = write_wav(tmp_path / "a.wav", tone(1))
    second = tmp_path / "moved.wav"
    second.write_bytes(first.read_bytes())
    assert (
        probe(first, HOUR_S).id == probe(second, HOUR_S).id != probe(write_wav(tmp_path / "b.wav", tone(2)), HOUR_S).id
    )


# --- bad files: SourceError, one line, with the path and the reason


def wav_bytes(tmp_path: Path, duration_s: float = 20.0) -> bytes:
    return write_wav(tmp_path / "whole.wav", tone(duration_s)).read_bytes()


def silent_video(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(10):
            picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), dtype=np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def encrypted(path: Path) -> Path:
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "00" * 15 + "07", "encryption_kid": "00" * 15 + "09"}
    return write_sound(path, tone(5, rate_hz=44_100), codec="aac", rate_hz=44_100, **key)


def long_flac(path: Path) -> Path:
    return write_sound(path, np.zeros(8_000 * 700, dtype=np.float32), codec="flac", rate_hz=8_000)


def text_as(path: Path, text: bytes) -> Path:
    path.write_bytes(text)
    return path


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda d: d / "nowhere.wav", "no such file"),
    "a folder": (lambda d: d, "no such file"),
    "empty": (lambda d: text_as(d / "empty.wav", b""), r"the file is empty \(0 bytes\)"),
    "text named mp3": (lambda d: text_as(d / "text.mp3", b"Dear all, see you on Monday.\n" * 200), "sound"),
    "random bytes named mp3": (lambda d: text_as(d / "r.mp3", np.random.default_rng(1).bytes(50_000)), "sound"),
    "zip named m4a": (lambda d: text_as(d / "z.m4a", b"PK\x03\x04" + bytes(5_000)), "not a sound file"),
    "playlist": (lambda d: text_as(d / "list.wav", b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n"), "not a sound file"),
    "concat script": (lambda d: text_as(d / "c.wav", b"ffconcat version 1.0\nfile whole.wav\n"), "not a sound file"),
    "wav header only": (lambda d: text_as(d / "h.wav", wav_bytes(d)[:44]), "promises 640,044 bytes, 44 are there"),
    "wav of no frames": (lambda d: write_wav(d / "none.wav", tone(0)), "0 s"),
    "wav cut short": (
        lambda d: text_as(d / "cut.wav", wav_bytes(d)[:300_000]),
        "promises 640,044 bytes, 300,000 are there",
    ),
    "video without sound": (lambda d: silent_video(d / "film.mp4"), "has no sound track"),
    "encrypted": (lambda d: encrypted(d / "locked.mp4"), "encrypted"),
    "silent": (lambda d: write_wav(d / "silent.wav", np.zeros(16_000 * 12, dtype=np.float32)), r"silent \(12.0 s"),
    "a click": (lambda d: write_wav(d / "click.wav", tone(0.05)), "only 0.05 s of sound"),
    "longer than allowed": (lambda d: long_flac(d / "long.flac"), r"12 minutes long, at most 10 minutes"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_gives_one_clear_line(kind: str, tmp_path: Path) -> None:
    make, reason = BAD[kind]
    path = make(tmp_path)
    with pytest.raises(SourceError, match=reason) as caught:
        survey(path, 600.0)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("index-last.m4a", {}, "not a sound file"),  # nothing can be read without the index
        ("index-first.m4a", {"movflags": "faststart"}, "cut short: its header promises 20.0 s"),
        ("loss.flac", {}, "cut short: its header promises 20.0 s"),
    ],
)
def test_half_a_file_is_refused(name: str, options: dict[str, str], reason: str, tmp_path: Path) -> None:
    """Half a call would pass for the whole one, and be counted again once the file is copied whole."""
    codec = "flac" if name.endswith("flac") else "aac"
    path = write_sound(tmp_path / name, tone(20, rate_hz=44_100), codec=codec, rate_hz=44_100, **options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceError, match=reason):
        survey(path, HOUR_S)


def test_a_wav_whose_recorder_did_not_know_its_length_is_read(tmp_path: Path) -> None:
    """Recorders that write as they go leave the largest number there is."""
    data = bytearray(wav_bytes(tmp_path))
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    path = text_as(tmp_path / "live.wav", bytes(data))
    assert survey(path, HOUR_S).duration_s == pytest.approx(20.0, abs=0.01)


def test_a_header_that_understates_the_length_does_not_get_past_the_limit(tmp_path: Path) -> None:
    """What decodes is counted, whatever the file says of itself."""
    path = write_sound(tmp_path / "liar.flac", tone(60, rate_hz=8_000), codec="flac", rate_hz=8_000)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # STREAMINFO: the number of samples, 36 bits
    data[22:26] = struct.pack(">I", 8_000 * 5)
    path.write_bytes(data)
    assert probe(path, 30.0).duration_s == 5.0
    with pytest.raises(SourceError, match="longer, at most"):
        survey(path, 30.0)


def test_damaged_packets_are_passed_over_and_the_rest_keeps_its_time(tmp_path: Path) -> None:
    """A hole in the middle of an ogg file: what follows stays where it was."""
    rate_hz = 48_000
    sound = np.concatenate((tone(10, 440, rate_hz), tone(10, 880, rate_hz)))
    path = write_sound(tmp_path / "hole.ogg", sound, codec="libopus", rate_hz=rate_hz)
    data = bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : third + 2_000] = bytes(2_000)
    path.write_bytes(data)
    samples = samples_of(path)[0]
    assert len(samples) / RATE_HZ == pytest.approx(20.0, abs=0.2)
    assert pitch_of(samples[int(10.5 * RATE_HZ) : int(19.5 * RATE_HZ)]) == pytest.approx(880, abs=3)
    assert pitch_of(samples[int(1.0 * RATE_HZ) : int(4.0 * RATE_HZ)]) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("name", ["pcm.wav", "music.mp3", "voice.m4a", "voice.ogg", "loss.flac", "browser.webm"])
def test_a_file_with_any_bytes_changed_is_read_or_refused(name: str, tmp_path: Path) -> None:
    """Whatever FFmpeg stumbles over, what comes out is sound or a SourceError, never another exception."""
    codec, rate_hz = FORMATS[name]
    whole = write_sound(tmp_path / name, tone(1.0, rate_hz=rate_hz), codec=codec, rate_hz=rate_hz).read_bytes()
    random = np.random.default_rng(len(whole))
    for n_changed in (1, 5, 50) * 4:
        data = bytearray(whole)
        for place in random.integers(0, min(len(data), int(random.choice([200, len(data)]))), n_changed):
            data[place] = int(random.integers(256))
        path = text_as(tmp_path / f"changed-{name}", bytes(data))
        try:
            assert 0 < survey(path, HOUR_S).duration_s <= HOUR_S
        except SourceError as error:
            assert str(error).startswith(str(path))


@pytest.mark.parametrize("rate_hz", [1, 100, 1_000_003, 2**31 - 1])
def test_an_absurd_sample_rate_is_refused_at_once(rate_hz: int, tmp_path: Path) -> None:
    """Resampling from such a rate could take hours for a file of some kilobytes."""
    data = bytearray(wav_bytes(tmp_path, 0.5))
    data[24:28] = struct.pack("<I", rate_hz)
    with pytest.raises(SourceError, match=r"samples a second|minutes long"):
        survey(text_as(tmp_path / "rate.wav", bytes(data)), HOUR_S)


def test_memory_stays_bounded_for_hours_of_compressed_silence(tmp_path: Path) -> None:
    """Twenty minutes of stereo silence are a small flac file; no block handed on is longer than some seconds."""
    silence = np.zeros(8_000 * 1_200, dtype=np.float32)
    path = write_sound(tmp_path / "silence.flac", silence, silence, codec="flac", rate_hz=8_000)
    with open_sound(path) as container:
        longest = max(block.shape[1] for block in decode(container, path, HOUR_S))
    assert longest < 20 * RATE_HZ


# --- channels


def test_two_different_channels_stay_apart(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "s.wav", tone(3, 300), tone(3, 700))
    assert survey(path, HOUR_S).is_stereo
    left, right = samples_of(path)
    assert (pitch_of(left), pitch_of(right)) == (pytest.approx(300, abs=2), pytest.approx(700, abs=2))


@pytest.mark.parametrize("volume", [1.0, 0.5])
def test_the_same_sound_on_both_channels_is_taken_as_mono(volume: float, tmp_path: Path) -> None:
    """Dual mono, also where one side is quieter, and after lossy coding."""
    noise = np.random.default_rng(7).normal(0, 0.1, 44_100 * 3).astype(np.float32)
    path = write_sound(tmp_path / "d.mp3", noise, noise * volume, codec="libmp3lame", rate_hz=44_100)
    sound = survey(path, HOUR_S)
    assert not sound.is_stereo
    assert sound.notes == ("both channels carry the same sound; taken as one",)


def test_a_silent_channel_is_not_the_same_as_the_other(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "half.wav", tone(3), np.zeros(48_000, dtype=np.float32))
    assert survey(path, HOUR_S).is_stereo


def test_more_than_two_channels_are_mixed_and_that_is_said(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "four.wav", tone(2, 300), tone(2, 300), tone(2, 300), tone(2, 300))
    assert survey(path, HOUR_S).notes == ("4 channels, mixed to one",)
    assert samples_of(path).shape[0] == 1


# --- windows


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 40_000), min_size=1, max_size=12),
    window_s=st.floats(0.6, 4.0),
    n_channels=st.sampled_from([1, 2]),
)
def test_windows_joined_are_the_sound(lengths: list[int], window_s: float, n_channels: int) -> None:
    """Nothing is lost or doubled, no window is longer than allowed, and each begins where the last one ended."""
    random = np.random.default_rng(sum(lengths))
    blocks = [random.normal(0, 0.1, (n_channels, length)).astype(np.float32) for length in lengths]
    windows = list(cut_at_pauses(blocks, window_s=window_s, search_s=window_s / 2))
    assert np.array_equal(
        np.concatenate([window.samples for window in windows], axis=1), np.concatenate(blocks, axis=1)
    )
    assert all(window.duration_s <= window_s for window in windows)
    ends = np.cumsum([window.duration_s for window in windows])
    assert np.allclose([window.start_s for window in windows[1:]], ends[:-1])


def test_long_sound_is_cut_in_its_pause() -> None:
    sound = np.concatenate((tone(7), np.zeros(RATE_HZ, dtype=np.float32), tone(7)))
    first, second = cut_at_pauses([sound[None, :]], window_s=10.0, search_s=5.0)
    assert 7.0 < second.start_s < 8.0
    assert first.duration_s == second.start_s


# --- pieces and merging


def words_of(text: str, start_s: float = 0.0, word_s: float = 0.3) -> tuple[Word, ...]:
    parts = re.findall(r"\s*\S+", f" {text}")
    return tuple(
        Word(part, start_s + place * word_s, start_s + (place + 1) * word_s) for place, part in enumerate(parts)
    )


def segment_of(words: tuple[Word, ...], flags: tuple[str, ...] = ()) -> Segment:
    text = "".join(word.text for word in words).strip()
    return Segment("", text, words[0].start_s, words[-1].end_s, 0.8, flags, words)


def test_a_monologue_is_cut_at_sentence_ends() -> None:
    """After eight seconds a sentence's end is enough."""
    sentence = "one two three four five six seven eight nine ten."
    pieces = cut_channel([segment_of(words_of(" ".join([sentence] * 6)))])
    assert [piece.text for piece in pieces] == [f"{sentence} {sentence} {sentence}"] * 2


def test_a_sentence_that_the_recogniser_broke_is_joined() -> None:
    first = segment_of(words_of("we could also have a rental car available", 0.0))
    second = segment_of(words_of("for you at no charge. Okay?", 2.5))
    assert [piece.text for piece in cut_channel([first, second])] == [
        "we could also have a rental car available for you at no charge. Okay?"
    ]


def test_a_flagged_segment_is_joined_to_nothing() -> None:
    """Invented words must not take true ones with them."""
    first = segment_of(words_of("we could", 0.0))
    second = segment_of(words_of("you you you", 0.7), (SUSPECT,))
    assert [(piece.text, piece.flags) for piece in cut_channel([first, second])] == [
        ("we could", ()),
        ("you you you", (SUSPECT,)),
    ]


def test_a_first_word_left_before_a_long_pause_goes_to_its_sentence() -> None:
    words = (*words_of("It is not.", 0.0), *words_of("You", 1.0), *words_of("can drop seats.", 12.0))
    moved = rejoin_hanging(words)
    assert [piece.text for piece in cut_channel([segment_of(words)])] == ["It is not.", "You can drop seats."]
    assert moved[3].end_s == 12.0
    assert moved[3].start_s == pytest.approx(11.8)


@st.composite
def segments(draw: st.DrawFn) -> list[Segment]:
    """Segments of one channel, in order, words with pauses between them."""
    made, time_s = [], 0.0
    for _ in range(draw(st.integers(0, 5))):
        words = []
        for _ in range(draw(st.integers(1, 12))):
            time_s += draw(st.sampled_from([0.0, 0.1, 0.5, 2.0, 9.0]))
            length_s = draw(st.sampled_from([0.0, 0.2, 0.6]))
            text = draw(st.sampled_from([" yes", " so,", " right.", " okay?", " 3.5", " you'", ' "no."']))
            words.append(Word(text, time_s, time_s + length_s, draw(st.floats(0, 1))))
            time_s += length_s
        made.append(segment_of(tuple(words), draw(st.sampled_from([(), (), (SUSPECT,)]))))
    return made


@given(segments())
def test_cutting_loses_no_word_and_keeps_the_order(made: list[Segment]) -> None:
    pieces = cut_channel(made)
    assert "".join(w.text for p in pieces for w in p.words) == "".join(w.text for s in made for w in s.words)
    for piece in pieces:
        assert piece.text == "".join(word.text for word in piece.words).strip()
        assert piece.start_s is not None
        assert piece.end_s is not None
        assert piece.start_s <= piece.end_s
        assert 0 <= piece.confidence <= 1
        assert all(word.start_s <= word.end_s for word in piece.words)
    starts = [piece.start_s for piece in pieces]
    assert starts == sorted(starts)


@given(segments(), segments())
def test_two_channels_are_merged_by_time_and_nothing_is_lost(left: list[Segment], right: list[Segment]) -> None:
    left = [replace(segment, speaker="left") for segment in left]
    right = [replace(segment, speaker="right") for segment in right]
    merged = merge(left, right)
    assert [segment.start_s for segment in merged] == sorted(
        s.start_s for s in (*left, *right) if s.start_s is not None
    )
    assert sorted(map(repr, merged)) == sorted(map(repr, (*left, *right)))
    assert [segment for segment in merged if segment.speaker == "left"] == sorted(
        left, key=lambda s: (s.start_s, s.end_s)
    )


# --- suspicion

SURE = Doubts(avg_logprob=-0.2, no_speech_prob=0.05, compression_ratio=1.4)


@pytest.mark.parametrize(
    ("text", "duration_s", "doubts"),
    [
        ("Thanks for watching!", 1.5, SURE),
        ("you", 0.5, replace(SURE, no_speech_prob=0.9, avg_logprob=-0.8)),
        ("whatever it was", 2.0, replace(SURE, avg_logprob=-1.3)),
        ("we go we go we go we go we go", 5.0, SURE),
        ("there are far too many words in this half second to have been said by anybody", 0.4, SURE),
        ("...", 1.0, SURE),
    ],
    ids=["credits", "silence", "unsure", "repeats", "too fast", "no word"],
)
def test_words_that_may_be_invented_are_flagged(text: str, duration_s: float, doubts: Doubts) -> None:
    assert is_suspect(text, duration_s, doubts)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you very much.",
        "No, no, no, no.",
        "Yeah, yeah, yeah, yeah, that's right.",
        "What does it cost per technician, per month, per year?",
        "Thanks for watching out for us on that invoice.",
    ],
)
def test_what_people_really_say_is_not_flagged(text: str) -> None:
    assert not is_suspect(text, 3.0, SURE)


def test_a_segment_repeated_in_a_loop_is_flagged_and_a_list_that_compresses_is_not() -> None:
    texts = ["Okay.", "Thank you.", "thank you.", "Thank you.", "Okay."]
    looping = replace(SURE, compression_ratio=3.0)
    rows = rows_of_equals(texts)
    assert rows == [1, 3, 3, 3, 1]
    assert [is_suspect(text, 2.0, looping, n) for text, n in zip(texts, rows, strict=True)] == [
        False,
        True,
        True,
        True,
        False,
    ]


# --- a recording, with a recogniser whose behaviour is known


class FakeWhisper:
    """Hears each stretch of a loud channel as one word: its pitch."""

    def __init__(self, language: tuple[str, float] | None = ("en", 0.99)) -> None:
        self.language = language

    def detect_language(self, channel: Samples) -> tuple[str, float] | None:
        return self.language if np.abs(channel).max() > 0.01 else None

    def hear(self, channel: Samples, language: str) -> list[Segment]:
        steps = np.abs(channel[: len(channel) // 1600 * 1600].reshape(-1, 1600)).max(axis=1) > 0.01
        edges = np.flatnonzero(np.diff(np.concatenate(([0], steps.astype(int), [0]))))
        return [self._word(channel, first / 10, last / 10) for first, last in edges.reshape(-1, 2)]

    def _word(self, channel: Samples, start_s: float, end_s: float) -> Segment:
        pitch = pitch_of(channel[int(start_s * RATE_HZ) : int(end_s * RATE_HZ)])
        return segment_of((Word(f" {round(pitch, -1):.0f}.", start_s, end_s),))


@dataclass
class CrashingWhisper(FakeWhisper):
    """Ends its process where it hears 900 Hz, as a segmentation fault would."""

    def __init__(self) -> None:
        super().__init__()

    def hear(self, channel: Samples, language: str) -> list[Segment]:
        heard = super().hear(channel, language)
        if any("900" in segment.text for segment in heard):
            os._exit(11)
        return heard


def load_fake(options: TranscribeOptions) -> FakeWhisper:
    return FakeWhisper()


def load_crashing(options: TranscribeOptions) -> FakeWhisper:
    return CrashingWhisper()


def load_nothing(options: TranscribeOptions) -> FakeWhisper:
    raise ModelError("No model 'fake'. Run `insights models get fake`.")


def load_dying(options: TranscribeOptions) -> FakeWhisper:
    os._exit(3)


def silence(duration_s: float) -> Samples:
    return np.zeros(int(duration_s * RATE_HZ), dtype=np.float32)


def call(path: Path) -> Recording:
    """Left says 300 Hz at 0 s and 8 s, right 700 Hz at 4 s."""
    left = np.concatenate((tone(2, 300), silence(6), tone(2, 300)))
    right = np.concatenate((silence(4), tone(2, 700), silence(4)))
    return probe(write_wav(path, left, right), HOUR_S)


def said(transcript: Transcript) -> list[tuple[str, float | None, str]]:
    return [(segment.speaker, segment.start_s, segment.text) for segment in transcript.segments]


def test_each_channel_is_heard_by_itself_and_merged_by_time(tmp_path: Path) -> None:
    done: list[float] = []
    found = transcribe(call(tmp_path / "c.wav"), TranscribeOptions(), FakeWhisper(), done.append)
    assert said(found) == [("left", 0.0, "300."), ("right", 4.0, "700."), ("left", 8.0, "300.")]
    assert (found.language, found.n_channels, found.duration_s, found.notes) == ("en", 2, 10.0, ())
    assert done == [10.0]


def test_words_of_later_windows_keep_their_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times count from the start of the recording, not of the window, for segments and words alike."""
    monkeypatch.setattr(cut_at_pauses, "__defaults__", (5.0, 3.0))
    found = transcribe(call(tmp_path / "c.wav"), OPTIONS, FakeWhisper())
    starts = [segment.start_s for segment in found.segments]
    assert starts[-1] == pytest.approx(8.0, abs=0.11)
    assert [segment.words[0].start_s for segment in found.segments] == starts


def test_a_call_with_one_silent_side_is_taken_as_mono(tmp_path: Path) -> None:
    """Both people may be on the other side, so the side says nothing of who speaks."""
    path = write_wav(tmp_path / "half.wav", tone(3, 300), silence(3))
    found = transcribe(probe(path, HOUR_S), OPTIONS, FakeWhisper())
    assert said(found) == [("mono", 0.0, "300.")]
    assert found.notes[0] == "only the left channel has speech; taken as a mono recording"


def test_an_uncertain_language_is_said(tmp_path: Path) -> None:
    found = transcribe(call(tmp_path / "c.wav"), TranscribeOptions(), FakeWhisper(("cy", 0.31)))
    assert found.language == "cy"
    assert found.notes == ("language uncertain: cy with probability 0.31",)


def test_a_recording_without_speech_gives_no_words_and_says_so(tmp_path: Path) -> None:
    found = transcribe(call(tmp_path / "c.wav"), TranscribeOptions(), FakeWhisper(language=None))
    assert found.segments == ()
    assert found.notes == ("no speech was found",)


# --- many recordings


def batch(tmp_path: Path) -> list[Recording]:
    """A short call, a longer one, and a file that is none."""
    good = [
        probe(write_wav(tmp_path / "short.wav", tone(2, 300)), HOUR_S),
        probe(write_wav(tmp_path / "long.wav", tone(6, 500)), HOUR_S),
    ]
    bad = text_as(tmp_path / "bad.wav", b"not a sound")
    return [*good, Recording(id="bad", path=str(bad), duration_s=0.0, n_channels=0)]


def test_a_bad_file_does_not_stop_a_batch(tmp_path: Path) -> None:
    """Longest first; each recording comes back once, with its transcript or its error; progress ends at the whole."""
    progress: list[transcripts.Progress] = []
    found = list(transcribe_all(batch(tmp_path), OPTIONS, workers=1, load=load_fake, on_progress=progress.append))
    assert [Path(recording.path).name for recording, _ in found] == ["long.wav", "short.wav", "bad.wav"]
    results = [result for _, result in found]
    assert [said(result) for result in results if isinstance(result, Transcript)] == [
        [("mono", 0.0, "500.")],
        [("mono", 0.0, "300.")],
    ]
    assert isinstance(results[2], SourceError)
    assert (progress[-1].n_done, progress[-1].n_total) == (3, 3)
    assert progress[-1].done_s == pytest.approx(progress[-1].total_s)
    assert [step.done_s for step in progress] == sorted(step.done_s for step in progress)


def test_a_crash_costs_one_recording(tmp_path: Path) -> None:
    """The process that dies is replaced; the rest of the batch is heard."""
    crash = probe(write_wav(tmp_path / "crash.wav", tone(8, 900)), HOUR_S)
    found = dict(transcribe_all([crash, *batch(tmp_path)[:2]], OPTIONS, workers=1, load=load_crashing))
    assert isinstance(found[crash], SourceError)
    assert "crash.wav: the recogniser's process ended while reading it (exit code 11)" in str(found[crash])
    assert sum(isinstance(result, Transcript) for result in found.values()) == 2


def test_a_missing_model_stops_the_batch_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Run `insights models get fake`"):
        list(transcribe_all(batch(tmp_path), OPTIONS, workers=1, load=load_nothing))


def test_a_recogniser_that_cannot_start_is_not_started_again(tmp_path: Path) -> None:
    with pytest.raises(InsightsError, match="could not be started: its process ended with exit code 3"):
        list(transcribe_all(batch(tmp_path), OPTIONS, workers=1, load=load_dying))


def test_closing_a_batch_ends_its_processes(tmp_path: Path) -> None:
    """As Ctrl-C does: no process outlives the batch."""
    import multiprocessing

    running = transcribe_all(batch(tmp_path), OPTIONS, workers=2, load=load_fake)
    next(running)
    running.close()
    assert multiprocessing.active_children() == []


def test_an_empty_batch_starts_nothing() -> None:
    assert list(transcribe_all([], OPTIONS, load=load_dying)) == []


# --- clips


def clip_samples(clip: bytes) -> Iterator[Samples]:
    with av.open(io.BytesIO(clip)) as container:
        assert container.format.name == "mp3"
        assert container.streams.audio[0].channels == 1
        for frame in container.decode(audio=0):
            yield frame.to_ndarray()[0]


CLIP_SOURCES = ["pcm.wav", "adpcm-ima.wav", "music.mp3", "voice.m4a", "voice.ogg", "loss.flac", "browser.webm"]


@pytest.mark.parametrize("name", CLIP_SOURCES)
def test_a_clip_holds_exactly_its_moment(name: str, tmp_path: Path) -> None:
    """The pitch changes every second: a clip from second 20 to 22 has the pitches of these two."""
    codec, rate_hz = FORMATS[name]
    sound = np.concatenate([tone(1, 300 + 20 * second, rate_hz) for second in range(40)])
    path = write_sound(tmp_path / name, sound, codec=codec, rate_hz=rate_hz)
    clip = cut_clip(path, 20.0, 22.0)
    samples = np.concatenate(list(clip_samples(clip)))
    assert len(samples) / RATE_HZ == pytest.approx(2.0, abs=0.15)
    assert len(clip) < 12_000
    assert pitch_of(samples[4_000:14_000]) == pytest.approx(700, abs=4)
    assert pitch_of(samples[20_000:30_000]) == pytest.approx(720, abs=4)


def test_a_clip_of_two_channels_has_both(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "s.wav", tone(4, 300), tone(4, 700))
    samples = np.concatenate(list(clip_samples(cut_clip(path, 1.0, 3.0))))
    spectrum = np.abs(np.fft.rfft(samples[2_000:30_000]))
    loudest = np.sort(spectrum.argsort()[-2:] * RATE_HZ / 28_000)
    assert loudest == pytest.approx([300, 700], abs=3)


def test_a_clip_is_never_longer_than_asked(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "s.wav", tone(30))
    assert sum(map(len, clip_samples(cut_clip(path, 2.0, 29.0, max_s=5.0)))) / RATE_HZ == pytest.approx(5.0, abs=0.15)


@pytest.mark.parametrize(
    ("start_s", "end_s", "reason"), [(5, 5, "end must come"), (-1, 2, "end must"), (60, 62, "no sound")]
)
def test_a_clip_outside_the_recording_is_an_error(start_s: float, end_s: float, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=reason):
        cut_clip(write_wav(tmp_path / "s.wav", tone(10)), start_s, end_s)


# --- the real recogniser


def sample_call() -> Path:
    """A stereo call whose left side gives its name, from the development data."""
    path = ROOT.parent / "shared" / "data" / "audio" / "calls" / "eb82ec7b5f0944ca.stereo.wav"
    if not path.is_file():
        pytest.skip("the development calls are not here")
    return path


@pytest.mark.model
def test_real_words_come_out_on_their_side() -> None:
    """The agent (left) says her name, the caller (right) his; through worker processes, as a run does it."""
    ((_, found),) = transcribe_all([probe(sample_call(), HOUR_S)], TranscribeOptions(), workers=1)
    assert isinstance(found, Transcript)
    by_side = {
        side: " ".join(s.text for s in found.segments if s.speaker == side).lower() for side in ("left", "right")
    }
    assert "patricia" in by_side["left"]
    assert "david miller" in by_side["right"]
    assert "checking account" in by_side["left"]
    assert "patricia" not in by_side["right"]
    assert found.language == "en"
    assert all(segment.words for segment in found.segments)


@pytest.mark.model
def test_noise_without_speech_gives_no_words(tmp_path: Path) -> None:
    """Line noise is where recognisers invent words; the voice detector keeps it from them."""
    noise = np.random.default_rng(3).normal(0, 0.02, RATE_HZ * 20).astype(np.float32)
    found = transcribe(probe(write_wav(tmp_path / "n.wav", noise), HOUR_S), TranscribeOptions())
    assert [segment.text for segment in found.segments if SUSPECT not in segment.flags] == []
