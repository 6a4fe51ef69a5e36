"""One Whisper model: sound in, words out, one packet at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from insights.transcripts.suspect import MAX_COMPRESSION, MIN_AVG_LOGPROB, NO_SPEECH, Doubts
from insights.types import Word

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

    from insights.transcripts.voice import Channel

MAX_TOKENS = 448  # Whisper's own limits
MAX_FRAMES = 3000  # 30 s
FRAMES_A_SECOND = 100
STEP_S = 0.02  # of Whisper's time tokens
LATEST_START = 50  # steps: the first words begin within a second
N_DRAWS = 5  # hypotheses drawn at random where the first attempt is poor
NO_SUPPRESSED = [-1]  # faster-whisper's word for "the usual symbols"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A packet as the model's encoder hears it."""

    output: Any  # ctranslate2.StorageView
    n_frames: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model takes a packet to say."""

    text: str
    doubts: Doubts
    end_s: float | None  # where in the packet the model says that the words end; None if it does not


class Ear:
    """A loaded model and its tokenizers."""

    def __init__(self, model: WhisperModel, names: Sequence[str] = ()) -> None:
        """Take a loaded model; `names` are words to expect, as they should be written."""
        self._model = model
        # Without a full stop the model goes on with the list instead of listening.
        self._names = ", ".join(names) + "." if names else ""
        self._last: tuple[Channel, Encoded] | None = None
        self.tokenizer = lru_cache(maxsize=8)(self._tokenizer)

    @property
    def is_multilingual(self) -> bool:
        """Whether it knows more than English."""
        return bool(self._model.model.is_multilingual)

    def _tokenizer(self, language: str) -> Tokenizer:
        from faster_whisper.tokenizer import Tokenizer

        many = self.is_multilingual
        return Tokenizer(self._model.hf_tokenizer, many, task="transcribe", language=language if many else "en")

    def encode(self, samples: Channel) -> Encoded:
        """The samples (at most 30 s) as the encoder hears them; asked twice in a row for the same ones, it works once.

        A recording's language is heard from the packet that its words begin with.
        """
        import numpy as np

        if self._last is None or not np.array_equal(self._last[0], samples):
            self._last = samples, self._encode(samples)
        return self._last[1]

    def _encode(self, samples: Channel) -> Encoded:
        from faster_whisper.audio import pad_or_trim

        features = self._model.feature_extractor(samples)
        n_frames = min(features.shape[-1] - 1, MAX_FRAMES)
        return Encoded(self._model.encode(pad_or_trim(features[:, :n_frames])), n_frames)

    def find_language(self, encoded: Encoded) -> tuple[str, float]:
        """The likeliest language and its probability."""
        if not self.is_multilingual:
            return "en", 1.0
        token, probability = self._model.model.detect_language(encoded.output)[0][0]
        return token[2:-2], float(probability)

    def hear(
        self, packets: Sequence[Encoded], language: str, beam_size: int, temperatures: Sequence[float] = (0.0,)
    ) -> list[Heard]:
        """The words of each packet, all heard at once: that takes half the time of one after the other.

        Of each the first temperature's whose result is neither doubtful nor a loop, else the best: Whisper's own
        fallback (Radford et al. 2022, section 4.5).
        """
        tries: list[list[Heard]] = [[] for _ in packets]
        waiting = list(range(len(packets)))
        for temperature in temperatures:
            found = self._generate([packets[place] for place in waiting], language, beam_size, temperature)
            for place, heard in zip(waiting, found, strict=True):
                tries[place].append(heard)
            waiting = [place for place in waiting if _is_poor(tries[place][-1])]
        return [_best(heard) for heard in tries]

    def _generate(
        self, packets: Sequence[Encoded], language: str, beam_size: int, temperature: float
    ) -> Iterator[Heard]:
        from faster_whisper.transcribe import get_suppressed_tokens

        if not packets:
            return
        tokenizer = self.tokenizer(language)
        drawn = {"beam_size": 1, "num_hypotheses": N_DRAWS, "sampling_topk": 0, "sampling_temperature": temperature}
        results = self._model.model.generate(
            _together([packet.output for packet in packets]),
            [self._model.get_prompt(tokenizer, [], hotwords=self._names or None)] * len(packets),
            max_length=MAX_TOKENS,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=list(get_suppressed_tokens(tokenizer, list(NO_SUPPRESSED)) or ()),
            max_initial_timestamp_index=LATEST_START,
            **(drawn if temperature > 0 else {"beam_size": beam_size}),
        )
        yield from (_heard(result, tokenizer) for result in results)

    def align(self, encoded: Encoded, language: str, text: str) -> tuple[Word, ...]:
        """The words of the text with their times in the packet and their probabilities; joined, they are the text."""
        from faster_whisper.transcribe import merge_punctuations

        if not text.strip():
            return ()
        tokenizer = self.tokenizer(language)
        found = self._model.find_alignment(tokenizer, [tokenizer.encode(text)], encoded.output, encoded.n_frames)[0]
        merge_punctuations(found, OPENERS, CLOSERS)
        return tuple(
            Word(part["word"], float(part["start"]), float(part["end"]), float(part["probability"]))
            for part in found
            if part["word"]
        )


def _heard(result: Any, tokenizer: Tokenizer) -> Heard:
    """The first hypothesis of ctranslate2's result."""
    from faster_whisper.transcribe import get_compression_ratio

    tokens = result.sequences_ids[0]
    avg_logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
    text = tokenizer.decode([token for token in tokens if token < tokenizer.eot])
    times = [token for token in tokens if token >= tokenizer.timestamp_begin]
    end_s = (times[-1] - tokenizer.timestamp_begin) * STEP_S if times and tokens[-1] == times[-1] else None
    doubts = Doubts(float(avg_logprob), float(result.no_speech_prob), float(get_compression_ratio(text.strip())))
    return Heard(text, doubts, end_s)


def _is_poor(heard: Heard) -> bool:
    """Whether another temperature should be tried."""
    doubts = heard.doubts
    if doubts.avg_logprob < MIN_AVG_LOGPROB:
        return doubts.no_speech_prob <= NO_SPEECH
    return doubts.compression_ratio > MAX_COMPRESSION


def _best(tries: Sequence[Heard]) -> Heard:
    if not _is_poor(tries[-1]):
        return tries[-1]
    calm = [heard for heard in tries if heard.doubts.compression_ratio <= MAX_COMPRESSION]
    return max(calm or tries, key=lambda heard: heard.doubts.avg_logprob)


def _together(outputs: Sequence[Any]) -> Any:
    """Encoder outputs of shape (1, n_frames, dim) as one of (n, n_frames, dim)."""
    import ctranslate2
    import numpy as np

    if len(outputs) == 1:
        return outputs[0]
    at_hand = [output.to_device(ctranslate2.Device.cpu) if output.device != "cpu" else output for output in outputs]
    return ctranslate2.StorageView.from_array(np.concatenate([np.array(output) for output in at_hand]))


OPENERS = "\"'“¿([{-"  # belong to the word after them,
CLOSERS = "\"'.。,，!！?？:：”)]}、"  # to the one before
