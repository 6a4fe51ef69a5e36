"""Words: packed, heard, put to the vote, timed, doubted. What is invented or foreign never goes unmarked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import sounds
from hypothesis import given
from hypothesis import strategies as st

from insights.transcripts import TranscribeOptions, load_whisper, whisper
from insights.transcripts.audio import RATE_HZ, decode, open_sound
from insights.transcripts.ear import Encoded, Heard
from insights.transcripts.packets import PACKET_S, join, pack, rest_of
from insights.transcripts.passages import Passage, to_segments
from insights.transcripts.suspect import Doubts
from insights.transcripts.timing import MARGIN_S, snap
from insights.transcripts.voice import find_runs, find_voice
from insights.transcripts.vote import key_of, vote
from insights.transcripts.whisper import Whisper
from insights.types import FOREIGN, SUSPECT, Conversation, Word

SURE = Doubts(avg_logprob=-0.2, no_speech_prob=0.05, compression_ratio=1.4)
UNSURE = Doubts(avg_logprob=-0.6, no_speech_prob=0.05, compression_ratio=1.4)


def spoken(text: str, start_s: float = 0.0, word_s: float = 0.3) -> tuple[Word, ...]:
    """The text's words one after the other."""
    return tuple(
        Word(f" {word}", start_s + word_s * index, start_s + word_s * (index + 1), 0.9)
        for index, word in enumerate(text.split())
    )


# --- packets


@st.composite
def stretches(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Stretches of a channel in order, none longer than a packet, in samples."""
    places, found = 0, []
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 470_000)), max_size=6)):
        found.append((places + gap, places + gap + length))
        places += gap + length
    return found


@given(stretches())
def test_packets_hold_every_stretch_once_and_are_never_too_long(found: list[tuple[int, int]]) -> None:
    channel = np.zeros(found[-1][1] if found else 1, np.float32)
    packets = list(pack(channel, found))
    assert [stretch for packet in packets for stretch in packet.stretches] == found
    assert all(packet.duration_s <= PACKET_S for packet in packets)
    assert sum(len(packet.samples) for packet in packets) == sum(end - start for start, end in found)


@given(stretches().filter(bool), st.floats(0, 1), st.floats(0, 1))
def test_a_time_in_a_packet_lies_in_one_of_its_stretches(
    found: list[tuple[int, int]], first: float, second: float
) -> None:
    packet = next(pack(np.zeros(found[-1][1], np.float32), found))
    low, high = sorted((first * packet.duration_s, second * packet.duration_s))
    start_s, end_s = packet.place(low, high)
    assert start_s <= end_s
    assert any(start <= start_s * RATE_HZ + 1e-3 and end_s * RATE_HZ <= end + 1e-3 for start, end in packet.stretches)


def test_a_pause_taken_out_is_put_back() -> None:
    """Half a second into the second stretch of a packet is half a second after that stretch begins in the channel."""
    packet = join(np.zeros(RATE_HZ * 30, np.float32), [(0, RATE_HZ), (RATE_HZ * 20, RATE_HZ * 22)])
    assert packet.place(1.5, 1.8) == pytest.approx((20.5, 20.8))


def test_what_was_not_reached_is_left_over() -> None:
    packet = join(np.zeros(RATE_HZ * 30, np.float32), [(0, RATE_HZ), (RATE_HZ * 20, RATE_HZ * 23)])
    assert rest_of(packet, 2.0) == ((RATE_HZ * 21, RATE_HZ * 23),)
    assert rest_of(packet, 3.5) == ()


# --- votes


def test_two_against_one_decide_and_a_word_that_most_did_not_hear_goes() -> None:
    heard = ["I need to check my account, though.", "I need to check my account balance.", "I need a check my balance."]
    assert vote(heard, [1.0, 1.0, 1.0]).split() == ["I", "need", "to", "check", "my", "account,", "balance."]


def test_equals_keep_what_the_first_heard() -> None:
    assert vote(["Hi, Linda.", "Hi, then."], [1.0, 1.0]).split() == ["Hi,", "Linda."]


texts = st.lists(st.sampled_from(["yes", "No,", "price", "is", "forty", "a", "month."]), max_size=12).map(" ".join)


@given(texts, st.lists(st.floats(0.5, 2), min_size=1, max_size=4))
def test_where_all_heard_the_same_the_vote_is_that(text: str, weights: list[float]) -> None:
    assert vote([text] * len(weights), weights).split() == text.split()


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_vote_makes_up_no_word(heard: list[str]) -> None:
    known = {key_of(word) for text in heard for word in text.split()}
    assert {key_of(word) for word in vote(heard, [1.0] * len(heard)).split()} <= known


# --- times


def test_a_word_begins_and_ends_with_the_voice() -> None:
    """Whisper is early: its first word begins in the silence before the voice, its last ends before the voice does."""
    early = (Word(" Good", 0.6, 1.2), Word(" morning.", 1.2, 1.6))
    first, last = snap(early, [(1.0, 2.0)])
    assert (first.start_s, last.end_s) == pytest.approx((1.0 - MARGIN_S, 2.0 + MARGIN_S))


def test_a_word_stretched_over_a_pause_shrinks_to_its_voice() -> None:
    stretched = (Word(" That's", 5.0, 5.3), Word(" right.", 5.3, 66.0), Word(" And", 66.0, 66.3))
    found = snap(stretched, [(5.0, 6.0), (66.0, 67.0)])
    assert found[1].end_s == pytest.approx(6.0, abs=0.1)
    assert found[2].start_s == pytest.approx(66.0, abs=0.1)


def test_a_cough_far_from_a_word_does_not_draw_it() -> None:
    (word,) = snap((Word(" Yes.", 10.0, 10.4),), [(2.0, 3.0), (10.0, 10.4), (14.0, 14.5)])
    assert (word.start_s, word.end_s) == pytest.approx((10.0, 10.4), abs=0.1)


@st.composite
def timed(draw: st.DrawFn, n_max: int = 8) -> list[tuple[float, float]]:
    """Stretches in order, in seconds."""
    edges = draw(st.lists(st.integers(0, 600), max_size=2 * n_max, unique=True).map(sorted))
    return [(low / 10, high / 10) for low, high in zip(edges[::2], edges[1::2], strict=False)]


@given(timed(), timed())
def test_snapping_keeps_words_and_order(places: list[tuple[float, float]], runs: list[tuple[float, float]]) -> None:
    words = [Word(f" w{index}", start_s, end_s, 0.5) for index, (start_s, end_s) in enumerate(places)]
    found = snap(words, runs)
    assert [(word.text, word.probability) for word in found] == [(word.text, word.probability) for word in words]
    assert all(word.start_s <= word.end_s for word in found)
    assert all(before.start_s <= after.start_s for before, after in zip(found, found[1:], strict=False))


# --- passages


def test_an_invented_sentence_is_flagged_and_its_neighbours_are_not() -> None:
    words = spoken("What does it cost?") + spoken("Thanks for watching!", 10.0) + spoken("Forty a month.", 20.0)
    found = to_segments([Passage(words, SURE, 25.0)], [])
    assert [(segment.text, segment.flags) for segment in found] == [
        ("What does it cost?", ()),
        ("Thanks for watching!", (SUSPECT,)),
        ("Forty a month.", ()),
    ]


# --- a recogniser whose models say what they are told to


class FakeEar:
    """Hears in each packet the next of its lines, by beam and language; knows the language that it is given."""

    def __init__(self, lines: dict[tuple[str, int], Heard], language: tuple[str, float] = ("en", 0.99)) -> None:
        self.lines = lines
        self.language = language

    def encode(self, samples: whisper.Channel) -> Encoded:
        return Encoded(None, len(samples) // 160)

    def find_language(self, encoded: Encoded) -> tuple[str, float]:
        return self.language

    def hear(
        self, packets: Sequence[Encoded], language: str, beam_size: int, temperatures: Sequence[float] = (0.0,)
    ) -> list[Heard]:
        return [self.lines[language, beam_size] for _ in packets]

    def align(self, encoded: Encoded, language: str, text: str) -> tuple[Word, ...]:
        return spoken(text)


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """A channel of ten seconds that is all voice."""
    monkeypatch.setattr(whisper, "find_voice", lambda channel, *_: ((0, len(channel)),))
    return np.zeros(10 * RATE_HZ, np.float32)


def heard(text: str, doubts: Doubts = SURE) -> Heard:
    return Heard(text, doubts, 10.0)


def test_doubtful_words_are_put_to_the_vote_of_two_models(voice: np.ndarray) -> None:
    ear = FakeEar(
        {("en", 1): heard("which checkout would you like", UNSURE), ("en", 5): heard("which check would you")}
    )
    helper = FakeEar(
        {("en", 1): heard("which account would you like"), ("en", 5): heard("which account would you like")}
    )
    (found,) = Whisper(ear, TranscribeOptions(), helper).hear(voice, "en")
    assert found.text == "which account would you like"


def test_sure_words_are_heard_once(voice: np.ndarray) -> None:
    """The helper has nothing to say: asking it would fail."""
    (found,) = Whisper(FakeEar({("en", 1): heard("my checking account")}), TranscribeOptions(), FakeEar({})).hear(
        voice, "en"
    )
    assert found.text == "my checking account"


def test_a_german_side_is_heard_in_german_and_flagged(voice: np.ndarray) -> None:
    lines = {("en", 1): heard("Our doctor is gone.", UNSURE), ("de", 1): heard("Guten Tag, was kostet das?")}
    (found,) = Whisper(FakeEar(lines, ("de", 0.95)), TranscribeOptions()).hear(voice, "en")
    assert (found.text, found.flags) == ("Guten Tag, was kostet das?", (FOREIGN,))


@pytest.mark.parametrize(
    ("language", "options"),
    [(("de", 0.95), TranscribeOptions(language="en")), (("cy", 0.4), TranscribeOptions())],
    ids=["the language is given", "the other language is unsure"],
)
def test_english_stays_english(voice: np.ndarray, language: tuple[str, float], options: TranscribeOptions) -> None:
    (found,) = Whisper(FakeEar({("en", 1): heard("Good day.")}, language), options).hear(voice, "en")
    assert (found.text, found.flags) == ("Good day.", ())


def test_a_language_tried_in_vain_changes_nothing(voice: np.ndarray) -> None:
    lines = {("en", 1): heard("What does it cost?"), ("nl", 1): heard("Wat doe je kost?", UNSURE)}
    (found,) = Whisper(FakeEar(lines, ("nl", 0.8)), TranscribeOptions()).hear(voice, "en")
    assert (found.text, found.flags) == ("What does it cost?", ())


@pytest.mark.parametrize(("language", "is_english"), [("en", True), ("en-US", True), ("", True), ("de", False)])
def test_only_english_is_read(language: str, is_english: bool) -> None:
    assert Conversation("c", "call", "c.wav", (), language=language).is_english is is_english


# --- the real recogniser


def speech() -> np.ndarray:
    """Ten seconds of a real telephone call, one side, (n_samples,)."""
    path = Path(__file__).parents[2] / "shared" / "data" / "audio" / "calls" / "ff0296d00e5e4184.stereo.wav"
    if not path.is_file():
        pytest.skip("the development calls are not here")
    with open_sound(path) as container:
        samples = np.concatenate(list(decode(container, path, 3600.0)), axis=1)
    return np.ascontiguousarray(samples[0, 5 * RATE_HZ : 12 * RATE_HZ])


@pytest.mark.model
def test_sounds_without_words_give_none_that_is_read() -> None:
    """Silence, noise, music and telephone tones: what is written to them at all is flagged."""
    recogniser = load_whisper(TranscribeOptions(language="en"))
    for name, sound in sounds.make_sounds(120.0).items():
        unmarked = [segment.text for segment in recogniser.hear(sound, "en") if SUSPECT not in segment.flags]
        assert unmarked == [], name


@pytest.mark.model
def test_after_speech_a_long_silence_adds_no_words() -> None:
    said = speech()
    hum = np.random.default_rng(5).normal(0, 0.002, 60 * RATE_HZ).astype(np.float32)
    found = load_whisper(TranscribeOptions()).hear(np.concatenate((said, hum)), "en")
    assert "harper valley national bank" in " ".join(segment.text for segment in found).lower()
    assert all((segment.end_s or 0.0) <= len(said) / RATE_HZ + 0.5 for segment in found)


@pytest.mark.model
def test_the_voice_of_speech_is_found_where_it_is() -> None:
    """Three sentences with pauses, from 0.99 to 6.3 s of this stretch."""
    said = speech()
    voice, runs = find_voice(said, 1000, 400), find_runs(said)
    assert runs[0][0] / RATE_HZ == pytest.approx(0.99, abs=0.2)
    assert runs[-1][1] / RATE_HZ == pytest.approx(6.32, abs=0.2)
    assert voice[0][0] < runs[0][0]
