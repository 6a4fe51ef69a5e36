"""The recogniser: Whisper behind a voice detector, one channel at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from insights import models
from insights.transcripts.again import Take, hear_again
from insights.transcripts.audio import RATE_HZ
from insights.transcripts.device import Wanted, load_model
from insights.transcripts.ear import Ear
from insights.transcripts.packets import PACKET_S, Packet, join, pack, rest_of
from insights.transcripts.passages import Passage, to_segments
from insights.transcripts.vocabulary import hints_of
from insights.transcripts.voice import find_runs, find_voice
from insights.types import Segment, Word

if TYPE_CHECKING:
    from insights.transcripts.voice import Channel

VERSION = "transcripts/5"  # part of the key under which transcripts are stored: raise it when results change
SEED = 0  # the recogniser draws at random where its first attempt is poor: the same draw each time
BATCH = 8  # packets heard at once; more are no faster and take memory
PAD_MS = 400  # left around a stretch of speech, for soft beginnings and ends

# A smaller model that errs elsewhere, by the model that it helps (docs/speech.md).
HELPERS = {"whisper-base": "whisper-tiny.en"}

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
    hear_again: bool = False  # doubtful stretches, with more hypotheses and a second model, word by word by vote
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
        waiting = list(self._packets(channel))
        passages: list[Passage] = []
        while waiting:
            found = [passage for batch in _batches(waiting) for passage in self._hear_batch(batch, language)]
            passages += found
            rests = (rest_of(packet, passage.end_s) for packet, passage in zip(waiting, found, strict=True))
            waiting = [join(channel, rest) for rest in rests if rest]
        spoken = sorted((passage for passage in passages if passage.words), key=lambda one: one.words[0].start_s)
        return to_segments(spoken, [(start / RATE_HZ, end / RATE_HZ) for start, end in find_runs(channel)])

    def _packets(self, channel: Channel) -> Iterator[Packet]:
        return pack(channel, find_voice(channel, self._options.min_silence_ms, PAD_MS, PACKET_S))

    def _hear_batch(self, packets: Sequence[Packet], language: str) -> Iterator[Passage]:
        """What is said in each packet, times from the channel's start."""
        encoded = [self._ear.encode(packet.samples) for packet in packets]
        heard = self._ear.hear(encoded, language, self._options.beam_size, self._options.temperatures)
        takes = [
            self._try_other(Take(packet, sound, said, language))
            for packet, sound, said in zip(packets, encoded, heard, strict=True)
        ]
        if self._helper is not None:
            takes = hear_again(takes, self._ear, self._helper)
        for take in takes:
            yield self._passage(take, is_foreign=take.language != language)

    def _try_other(self, take: Take) -> Take:
        """The take, or one in another language that the packet seems to be in, if that makes better sense."""
        if self._options.language is not None or take.packet.duration_s < FOREIGN_S:
            return take
        other, probability = self._ear.find_language(take.encoded)
        if other == take.language or probability < FOREIGN_SURE:
            return take
        (heard,) = self._ear.hear([take.encoded], other, self._options.beam_size, self._options.temperatures)
        is_better = heard.doubts.avg_logprob > take.heard.doubts.avg_logprob
        return replace(take, heard=heard, language=other) if is_better else take

    def _passage(self, take: Take, is_foreign: bool) -> Passage:
        packet, heard = take.packet, take.heard
        words = self._ear.align(take.encoded, take.language, heard.text)
        within = [word for word in words if word.start_s < packet.duration_s]
        end_s = max(heard.end_s or packet.duration_s, within[-1].end_s if within else 0.0)
        return Passage(tuple(_placed(within, packet)), heard.doubts, end_s, is_foreign)


def _batches(packets: Sequence[Packet]) -> Iterator[Sequence[Packet]]:
    return (packets[start : start + BATCH] for start in range(0, len(packets), BATCH))


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
