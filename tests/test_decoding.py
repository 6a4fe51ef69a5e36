"""Decoding: what telephone systems write, one format a line, and what must be refused in one clear line."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from test_transcripts import HOUR_S, RATE_HZ, pitch_of, samples_of, text_as, tone, write_sound, write_wav

from insights.errors import SourceError
from insights.sources import discover
from insights.transcripts import cut_clip, probe
from insights.transcripts.audio import BARE
from insights.transcripts.survey import survey

FORMATS = {  # name: codec, rate; what test_transcripts does not have
    "pcm24.wav": ("pcm_s24le", 48_000),
    "pcm32.wav": ("pcm_s32le", 44_100),
    "float.wav": ("pcm_f32le", 22_050),
    "double.wav": ("pcm_f64le", 16_000),
    "slow.wav": ("pcm_s16le", 11_025),
    "g722.wav": ("adpcm_g722", 16_000),
    "g722.g722": ("adpcm_g722", 16_000),
    "voice.aac": ("aac", 44_100),
    "apple.m4a": ("alac", 44_100),
    "narrow.mp3": ("libmp3lame", 8_000),
    "slow.mp3": ("libmp3lame", 11_025),
    "narrow.ogg": ("libopus", 8_000),
    "phone.3gp": ("libopencore_amrnb", 8_000),
    "apple.mov": ("aac", 48_000),
    "apple.caf": ("pcm_s16be", 48_000),
    "old.aiff": ("pcm_s16be", 11_025),
    "sun.au": ("pcm_mulaw", 8_000),
    "long.w64": ("pcm_s16le", 32_000),
    "film.mkv": ("ac3", 48_000),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_decodes_to_its_length_and_pitch(name: str, tmp_path: Path) -> None:
    codec, rate_hz = FORMATS[name]
    path = write_sound(tmp_path / name, tone(3.0, rate_hz=rate_hz), codec=codec, rate_hz=rate_hz)
    assert probe(path, HOUR_S).duration_s == pytest.approx(3.0, abs=0.1)
    assert survey(path, HOUR_S).duration_s == pytest.approx(3.0, abs=0.1)
    assert pitch_of(samples_of(path)[0]) == pytest.approx(440.0, abs=3.0)
    assert discover([tmp_path]) == (path,)  # a folder with such a file offers it


def test_windows_media_decodes(tmp_path: Path) -> None:
    """Its encoder asks for a bit rate."""
    path = tmp_path / "voice.wma"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("wmav2", rate=44_100, layout="mono", bit_rate=64_000)
        frame = av.AudioFrame.from_ndarray(tone(3.0, rate_hz=44_100)[None, :], format="fltp", layout="mono")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert survey(path, HOUR_S).duration_s == pytest.approx(3.0, abs=0.1)
    assert pitch_of(samples_of(path)[0]) == pytest.approx(440.0, abs=3.0)


def test_bare_gsm_decodes(tmp_path: Path) -> None:
    """As telephone systems leave it; there is no encoder, so the frames are made up: 33 bytes hold 160 samples."""
    frame = bytes([0xD5, *range(7, 39)])
    path = text_as(tmp_path / "call.gsm", frame * 150)
    assert survey(path, HOUR_S).duration_s == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_a_voice_band_tone_passes_any_sample_rate_unchanged(rate_hz: int, tmp_path: Path) -> None:
    """3.4 kHz, the upper edge of the telephone: neither weakened nor mirrored by the resampler."""
    path = write_wav(tmp_path / "edge.wav", tone(2.0, 3_400, rate_hz), rate_hz=rate_hz)
    middle = samples_of(path)[0][RATE_HZ // 2 : -RATE_HZ // 2]
    power = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) ** 2
    hz = np.fft.rfftfreq(len(middle), 1 / RATE_HZ)
    beside = power[np.abs(hz - 3_400) > 50].max() / power.max()
    assert 10 * np.log10(beside) < -45
    assert np.abs(middle).max() == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("n_channels", [3, 4, 6, 8, 16, 64])
@pytest.mark.parametrize("which", [0, 3, -1], ids=["first", "fourth", "last"])
def test_each_of_many_channels_is_heard_in_the_mix(n_channels: int, which: int, tmp_path: Path) -> None:
    """The fourth of six is the bass of a cinema, which FFmpeg drops; here it may be a person."""
    sound = np.zeros((16_000, n_channels), dtype="<i2")
    sound[:, min(which, n_channels - 1)] = tone(2.0, rate_hz=8_000) * 32_767
    path = text_as(tmp_path / "many.wav", wav(n_channels, 8_000, sound.tobytes()))
    assert pitch_of(samples_of(path)[0]) == pytest.approx(440.0, abs=3.0)
    assert survey(path, HOUR_S).notes == (f"{n_channels} channels, mixed to one",)
    assert cut_clip(path, 0.5, 1.5)


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le", "pcm_s32le", "pcm_f32le"])
def test_a_mix_is_as_loud_as_its_parts_whatever_the_samples(codec: str, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "quad.wav", *[tone(2.0)] * 4, codec=codec)
    mix = samples_of(path)[0]
    assert np.abs(mix).max() == pytest.approx(0.3, abs=0.02)
    assert abs(mix.mean()) < 0.005


# --- refused in one line, at once


def wav(
    n_channels: int = 1, rate_hz: int = 8_000, data: bytes = bytes(64_000), *, bits: int = 16, tag: int = 1
) -> bytes:
    """A wav with whatever header."""
    width = n_channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, n_channels, rate_hz, rate_hz * width % 2**32, width % 2**16, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def noise(n_bytes: int) -> bytes:
    return np.random.default_rng(5).bytes(n_bytes)


def dead_link(path: Path) -> Path:
    path.symlink_to(path.parent / "nowhere.wav")
    return path


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "65535 channels": (
        lambda d: text_as(d / "c.wav", wav(65_535, 8_000, noise(800_000))),
        "channels|cannot be decoded",
    ),
    "no channels": (lambda d: text_as(d / "c.wav", wav(0)), "cannot be decoded|known format|unknown way"),
    "1 sample a second": (lambda d: text_as(d / "c.wav", wav(1, 1)), "minutes long|samples a second"),
    "no sample rate": (lambda d: text_as(d / "c.wav", wav(1, 0)), "not a sound file of a known format"),
    "no bits": (lambda d: text_as(d / "c.wav", wav(bits=0)), "coded in an unknown way"),
    "unknown coding": (lambda d: text_as(d / "c.wav", wav(tag=0x9999)), "coded in an unknown way"),
    "web page named mp3": (lambda d: text_as(d / "c.mp3", b"<!DOCTYPE html><html>404</html>"), "not a sound file"),
    "adaptive stream": (
        lambda d: text_as(d / "c.mp4", b'<?xml version="1.0"?><MPD xmlns="dash"/>'),
        "not a sound file",
    ),
    "session description": (
        lambda d: text_as(d / "c.wav", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nt=0 0\nm=audio 5004 RTP/AVP 0\n"),
        "not a sound file",
    ),
    "stream playlist": (
        lambda d: text_as(d / "c.mp3", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n"),
        "not a sound file",
    ),
    "random flac": (lambda d: text_as(d / "c.flac", b"fLaC" + noise(50_000)), "not a sound file"),
    "random amr": (lambda d: text_as(d / "c.amr", b"#!AMR\n" + noise(50_000)), "cannot be decoded|damaged|sound"),
    "random ogg": (lambda d: text_as(d / "c.ogg", noise(50_000)), "not a sound file"),
    "zeros named mp3": (lambda d: text_as(d / "c.mp3", bytes(100_000)), "damaged|not a sound file"),
    "tags alone": (lambda d: text_as(d / "c.mp3", b"ID3\x04\0\0\0\0\x0f\x76" + bytes(2_038)), "not a sound file"),
    "link to nothing": (lambda d: dead_link(d / "c.wav"), "no such file"),
    "pipe": (lambda d: fifo(d / "c.wav"), "no such file"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_recording_is_refused_at_once_in_one_line(kind: str, tmp_path: Path) -> None:
    make, reason = REFUSED[kind]
    path = make(tmp_path)
    began = time.monotonic()
    with pytest.raises(SourceError, match=reason) as caught:
        survey(path, HOUR_S)
    assert time.monotonic() - began < 5.0
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", BARE)
def test_bare_samples_are_refused_with_the_command_that_helps(suffix: str, tmp_path: Path) -> None:
    path = text_as(tmp_path / f"call{suffix}", noise(90_000))
    with pytest.raises(SourceError, match=rf"bare samples without a header.*`(sox|ffmpeg) .*call{suffix} call.wav`"):
        survey(path, HOUR_S)


@pytest.mark.parametrize(
    "name", ["concat:call.wav|call.wav", "file:call.wav", "pipe:0", "subfile,,start,0,end,9,,:call.wav"]
)
def test_a_name_like_a_protocol_is_a_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg would open other files, or wait for the keyboard."""
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / "call.wav", tone(9))
    write_wav(tmp_path / "own.wav", tone(2)).rename(name)
    assert survey(Path(name), HOUR_S).duration_s == 2.0


def test_a_link_to_a_recording_is_read(tmp_path: Path) -> None:
    link = tmp_path / "link.wav"
    link.symlink_to(write_wav(tmp_path / "call.wav", tone(2)))
    assert survey(link, HOUR_S).duration_s == 2.0
