"""The recogniser: Whisper behind a voice detector, one channel at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from insights import models
from insights.transcripts.device import Wanted, load_model
from insights.transcripts.ear import Ear, Encoded, Heard
from insights.transcripts.packets import Packet, find_runs, find_voice, join, pack, rest_of
from insights.transcripts.passages import Passage, to_segments
from insights.transcripts.suspect import MAX_COMPRESSION
from insights.transcripts.vocabulary import hints_of
from insights.transcripts.vote import vote
from insights.types import Segment, Word

if TYPE_CHECKING:
    from insights.transcripts.packets import Channel

VERSION = "transcripts/4"  # part of the key under which transcripts are stored: raise it when results change
SEED = 0  # the recogniser draws at random where its first attempt is poor: the same draw each time

# A smaller model that errs elsewhere, by the model that it helps (docs/speech.md).
HELPERS = {"whisper-base": "whisper-tiny.en"}
DOUBTFUL = -0.5  # average log probability of a packet's words under which it is heard again
WIDE_BEAM = 5  # hypotheses followed at once when hearing again
OWN_WEIGHT, HELPER_WEIGHT = 1.2, 1.0  # of a vote
MIN_VOTERS = 3  # fewer decide nothing

SURE, DETECT_PACKETS = 0.5, 2  # a language this probable needs no second packet
FOREIGN_SURE = 0.7  # probability of another language from which on the packet is heard in it, too
FOREIGN_S = 3.0  # in less speech no language can be told


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """How recordings are turned into text."""

    model: str = "whisper-base"  # a name or short name of models/manifest.toml, or the path of a folder
    language: str | None = None  # "en", "de", …; None: heard from the recording
    beam_size: int = 1  # hypotheses followed at once; five are slower and no better here (docs/speech.md)
    vocabulary: tuple[str, ...] = ()  # names put right where they were almost heard; lines of a vocabulary.txt
    vocabulary_hints: bool = False  # the names are told to the recogniser, too: more of them heard, other words lost
    temperatures: tuple[float, ...] = (0.0, 0.4, 0.8)  # tried in order while the result is poor
    hear_again: bool = True  # doubtful stretches, with more hypotheses and a second model, word by word by vote
    min_silence_ms: int = 1000  # the voice detector parts speech at pauses this long
    max_duration_s: float = 4 * 3600  # longer recordings are refused
    threads: int = 1  # processor threads of one recogniser; the words are the same with any number
    n_speakers: int | None = None  # voices in a mono recording; None: found, two unless another number is evident
    device: Wanted = "auto"  # a graphics card if one works, else the processor


class Recogniser(Protocol):
    """What hears a channel."""

    def detect_language(self, channel: Channel) -> tuple[str, float] | None:
        """The language's code and its probability; None where nobody speaks."""

    def hear(self, channel: Channel, language: str) -> list[Segment]:
        """What is said, times from the channel's start; the speaker is left empty."""


Load = Callable[[TranscribeOptions], Recogniser]


class Whisper:
    """A Whisper model, and where it is in doubt a second one."""

    def __init__(self, ear: Ear, options: TranscribeOptions, helper: Ear | None = None) -> None:
        """Take loaded models."""
        self._options = options
        self._ear = ear
        self._helper = helper

    def detect_language(self, channel: Channel) -> tuple[str, float] | None:
        """The language of the first half minute of speech; of the next, where that is unsure and the next is not."""
        found: list[tuple[str, float]] = []
        for packet in islice(self._packets(channel), DETECT_PACKETS):
            found.append(self._ear.find_language(self._ear.encode(packet.samples)))
            if found[-1][1] > SURE:
                break
        return max(found, key=lambda pair: pair[1], default=None)

    def hear(self, channel: Channel, language: str) -> list[Segment]:
        """What is said, in pieces of a sentence or a few; those that may be invented or are foreign are flagged."""
        import ctranslate2

        ctranslate2.set_random_seed(SEED)
        waiting = deque(self._packets(channel))
        passages: list[Passage] = []
        while waiting:
            packet = waiting.popleft()
            passage = self._hear_packet(packet, language)
            passages.append(passage)
            if rest := rest_of(packet, passage.end_s):
                waiting.appendleft(join(channel, rest))
        return to_segments(passages, find_runs(channel))

    def _packets(self, channel: Channel) -> Iterator[Packet]:
        return pack(channel, find_voice(channel, self._options.min_silence_ms))

    def _hear_packet(self, packet: Packet, language: str) -> Passage:
        """What is said in a packet, times from the channel's start."""
        encoded = self._ear.encode(packet.samples)
        heard, spoken = self._hear_in(encoded, language), language
        if other := self._find_other(packet, encoded, language):
            heard_other = self._hear_in(encoded, other)
            if heard_other.doubts.avg_logprob > heard.doubts.avg_logprob:
                heard, spoken = heard_other, other
        text = heard.text
        if heard.doubts.avg_logprob < DOUBTFUL and spoken == "en" and self._helper is not None:
            text = self._vote(packet, encoded, heard)
        words = [word for word in self._ear.align(encoded, spoken, text) if word.start_s < packet.duration_s]
        end_s = max(heard.end_s or packet.duration_s, words[-1].end_s if words else 0.0)
        return Passage(tuple(_placed(words, packet)), heard.doubts, end_s, is_foreign=spoken != language)

    def _hear_in(self, encoded: Encoded, language: str) -> Heard:
        return self._ear.hear(encoded, language, self._options.beam_size, self._options.temperatures)

    def _find_other(self, packet: Packet, encoded: Encoded, language: str) -> str | None:
        """Another language that the packet may be in."""
        if self._options.language is not None or packet.duration_s < FOREIGN_S:
            return None
        other, probability = self._ear.find_language(encoded)
        return other if other != language and probability >= FOREIGN_SURE else None

    def _vote(self, packet: Packet, encoded: Encoded, first: Heard) -> str:
        """The packet's words by vote of both models, each with one hypothesis and with five."""
        helper = self._helper
        if helper is None:
            return first.text
        again = helper.encode(packet.samples)
        heard = [
            (first, OWN_WEIGHT),
            (self._ear.hear(encoded, "en", WIDE_BEAM), OWN_WEIGHT),
            (helper.hear(again, "en", 1), HELPER_WEIGHT),
            (helper.hear(again, "en", WIDE_BEAM), HELPER_WEIGHT),
        ]
        calm = [(one.text, weight) for one, weight in heard if one.doubts.compression_ratio <= MAX_COMPRESSION]
        if len(calm) < MIN_VOTERS:
            return first.text
        return vote([text for text, _ in calm], [weight for _, weight in calm])


def _placed(words: Sequence[Word], packet: Packet) -> Iterator[Word]:
    """The words at their times in the channel."""
    for word in words:
        start_s, end_s = packet.place(word.start_s, min(word.end_s, packet.duration_s))
        yield replace(word, start_s=start_s, end_s=end_s)


def load_whisper(options: TranscribeOptions) -> Recogniser:
    """The recogniser with the verified weights of `options.model`, and of its helper where it has one."""
    helper = helper_of(options)
    return Whisper(_load_ear(options.model, options), options, _load_ear(helper, options) if helper else None)


def _load_ear(name: str, options: TranscribeOptions) -> Ear:
    """A model: int8 on the processor, float16 on a graphics card if there is one."""
    hints = hints_of(options.vocabulary) if options.vocabulary_hints else ()
    return Ear(load_model(models.path(name), options.device, options.threads), hints)


def helper_of(options: TranscribeOptions) -> str | None:
    """The model that helps where the chosen one is in doubt."""
    return HELPERS.get(models.label(options.model)) if options.hear_again else None
