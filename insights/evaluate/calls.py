"""Calls: whether the words are right, and the speakers told apart and on the right side."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from insights.errors import SourceError, UsageError
from insights.evaluate.rows import Row
from insights.evaluate.speech import Errors, Speech, Turn, count_speakers_errors, count_word_errors
from insights.evaluate.tools import Tools
from insights.types import Conversation, Utterance

log = logging.getLogger(__name__)

MAX_TIME_S = 24 * 3600  # of a gold turn: frames are laid out up to it


def predict(rows: Sequence[Row], tools: Tools) -> tuple[list[Row], Mapping[str, float]]:
    """Transcribe each call, cut it into utterances and tell who is who.

    Of a call that cannot be read nothing is heard, so all its words count as missed; how many those are is told.
    """
    from insights.pipeline.reading import transcribe_options
    from insights.transcripts import load_whisper

    recogniser = load_whisper(transcribe_options(tools.settings))
    tools.nlp.max_length  # noqa: B018 - loaded before the clock starts
    predictions: list[Row] = []
    audio_s, n_failed, began_s = 0.0, 0, time.perf_counter()
    for row in rows:
        try:
            duration_s, utterances = _hear(row, tools, recogniser)
        except SourceError as error:
            log.warning("%s", error)
            n_failed += 1
            continue
        audio_s += duration_s
        predictions += (_to_prediction(row, utterance) for utterance in utterances)
    seconds = time.perf_counter() - began_s
    return predictions, {"failed": n_failed, "audio_seconds": audio_s, "seconds": seconds, "speed": audio_s / seconds}


def _hear(row: Row, tools: Tools, recogniser: Any) -> tuple[float, tuple[Utterance, ...]]:
    from insights.pipeline.reading import transcribe_options
    from insights.transcripts import probe, transcribe
    from insights.utterances import assign_roles, split

    path = tools.folder / Path(row["audio"])
    if not path.is_file():
        raise UsageError(f"Call '{row['conversation_id']}': no audio '{path}'; the path is taken beside the file.")
    recording = probe(path, tools.settings.max_duration_s)
    heard = transcribe(recording, transcribe_options(tools.settings), recogniser)
    conversation = Conversation(recording.id, "call", str(path), heard.segments, duration_s=heard.duration_s)
    utterances = assign_roles(conversation, split(conversation, tools.nlp), tools.settings)
    return heard.duration_s, utterances


def _to_prediction(row: Row, utterance: Utterance) -> Row:
    return {
        "conversation_id": row["conversation_id"],
        "start": utterance.start_s,
        "end": utterance.end_s,
        "speaker": utterance.speaker,
        "role": utterance.role,
        "text": utterance.text,
    }


def score(rows: Sequence[Row], predictions: Sequence[Row]) -> dict[str, float | int | None]:
    """Word error rate in all and by channel, diarization error rate, and shares of words on the right and on no side.

    wer: where as many speakers were told apart as there are, each is compared with the person it fits best; else the
    words in the order of time. Errors are summed over all calls, then divided by the words (seconds) of the gold.
    """
    words: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    speakers, roles = Errors(), Counter[str]()
    scored = [row for row in rows if isinstance(row.get("turns"), list)]
    for row in scored:
        gold = _read_gold(row)
        heard = _read_heard([guess for guess in predictions if guess["conversation_id"] == row["conversation_id"]])
        for channel, (n_errors, n_words) in count_word_errors(gold, heard).items():
            errors[channel] += n_errors
            words[channel] += n_words
        speakers += count_speakers_errors(gold, heard)
        roles += _judge_roles(gold, heard)
    scores: dict[str, float | int | None] = {"scored": len(scored), "words": words[""]}
    for channel in sorted(words):
        name = f"wer.{channel}" if channel else "wer"
        scores[name] = errors[channel] / words[channel] if words[channel] else None
    scores["der"] = speakers.rate
    for name, kind in (("role_accuracy", "right"), ("role_unknown", "unknown")):
        scores[name] = roles[kind] / roles.total() if roles else None
    return scores


def _read_gold(row: Row) -> list[Turn]:
    from insights.sources import read_role

    turns = []
    for turn in row["turns"]:
        if not isinstance(turn, dict) or not _is_time(turn.get("start")) or not _is_time(turn.get("end")):
            raise UsageError(
                f"Call '{row['conversation_id']}': a turn needs 'start' and 'end' in seconds, 'speaker' and 'text'."
            )
        speaker = str(turn.get("speaker") or "")
        turns.append(
            Turn(speaker, str(turn.get("text") or ""), float(turn["start"]), float(turn["end"]), read_role(speaker))
        )
    return turns


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= MAX_TIME_S


def _read_heard(guesses: Sequence[Row]) -> Speech:
    return [
        Turn(guess["speaker"], guess["text"], guess["start"] or 0.0, guess["end"] or 0.0, guess["role"])
        for guess in guesses
    ]


def _judge_roles(gold: Speech, heard: Speech) -> Counter[str]:
    """Count heard words as right, wrong or unknown by the role of the gold turn they lie in, if any."""
    judged: Counter[str] = Counter()
    for turn in heard:
        nearest = max(gold, key=lambda other: other.overlap_s(turn), default=None)
        if nearest and nearest.overlap_s(turn) > 0 and nearest.role != "unknown":
            verdict = "right" if nearest.role == turn.role else "unknown" if turn.role == "unknown" else "wrong"
            judged[verdict] += len(turn.text.split())
    return judged
