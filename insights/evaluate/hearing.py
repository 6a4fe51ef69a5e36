"""Calls heard as a run hears them: transcribed by worker processes, cut into utterances, told who is who."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from insights.errors import InsightsError, SourceError, UsageError
from insights.evaluate.rows import Row
from insights.evaluate.tools import Tools
from insights.types import SUSPECT, Conversation, Recording, Utterance, Word

if TYPE_CHECKING:
    from insights.transcripts import Transcript

log = logging.getLogger(__name__)

PAUSE_S = 0.5  # a longer one inside an utterance is nobody's speech: the rows before and after it are two


def predict(rows: Sequence[Row], tools: Tools) -> tuple[list[Row], Mapping[str, float]]:
    """One row a stretch of speech without a pause, and what it took.

    Of a call that cannot be read nothing is heard, so all its words count as missed; how many those are is told. Words
    flagged as possibly invented are counted and predicted as not said, for no signal is drawn from them.
    """
    recordings, failed = _probe(rows, tools)
    tools.nlp.max_length  # noqa: B018 - loaded before the clock starts
    began_s = time.perf_counter()
    transcripts = _transcribe(recordings, tools)
    predictions: list[Row] = []
    for number, row in enumerate(rows):
        recording = recordings.get(number)
        transcript = transcripts.get(recording.id) if recording else None
        if recording and transcript:
            utterances = _tell_apart(recording, transcript, tools)
            predictions += [piece for utterance in utterances for piece in to_rows(row["conversation_id"], utterance)]
    seconds = time.perf_counter() - began_s
    audio_s = sum(transcript.duration_s for transcript in transcripts.values())
    return predictions, {
        "failed": failed + sum(recording.id not in transcripts for recording in recordings.values()),
        "words_flagged": sum(map(_count_flagged, transcripts.values())),
        "audio_seconds": audio_s,
        "seconds": seconds,
        "speed": audio_s / seconds,
        "peak_mb": peak_mb(),
    }


def _probe(rows: Sequence[Row], tools: Tools) -> tuple[dict[int, Recording], int]:
    """The recording of each row by its number, and how many cannot be read."""
    from insights.transcripts import probe

    recordings: dict[int, Recording] = {}
    for number, row in enumerate(rows):
        path = tools.folder / Path(row["audio"])
        if not path.is_file():
            raise UsageError(f"Call '{row['conversation_id']}': no audio '{path}'; the path is taken beside the file.")
        try:
            recordings[number] = probe(path, tools.settings.max_duration_s)
        except SourceError as error:
            log.warning("%s", error)
    return recordings, len(rows) - len(recordings)


def _transcribe(recordings: Mapping[int, Recording], tools: Tools) -> dict[str, Transcript]:
    """Transcripts by recording id, of those that could be made."""
    from insights.pipeline.reading import transcribe_options
    from insights.transcripts import transcribe_all

    wanted = {recording.id: recording for recording in recordings.values()}  # one file may stand in several rows
    transcripts: dict[str, Transcript] = {}
    options = transcribe_options(tools.settings)
    for recording, result in transcribe_all(wanted.values(), options, tools.settings.workers):
        if isinstance(result, InsightsError):
            log.warning("%s", result)
        else:
            transcripts[recording.id] = result
    return transcripts


def _tell_apart(recording: Recording, transcript: Transcript, tools: Tools) -> tuple[Utterance, ...]:
    from insights.utterances import assign_roles, split

    call = Conversation(recording.id, "call", recording.path, transcript.segments, language=transcript.language)
    return assign_roles(call, split(call, tools.nlp), tools.settings)


def to_rows(conversation_id: str | int, utterance: Utterance) -> Iterator[Row]:
    """The utterance as predictions, parted at its pauses; as one where its words do not say where those are."""
    runs = list(_runs(utterance.words))
    texts = [" ".join("".join(word.text for word in run).split()) for run in runs]
    if " ".join(texts) == utterance.text:
        pieces = [(run[0].start_s, run[-1].end_s, text) for run, text in zip(runs, texts, strict=True)]
    else:
        pieces = [(utterance.start_s or 0.0, utterance.end_s or 0.0, utterance.text)]
    for start_s, end_s, text in pieces:
        yield {
            "conversation_id": conversation_id,
            "start": start_s,
            "end": end_s,
            "speaker": utterance.speaker,
            "role": utterance.role,
            "text": text,
        }


def _runs(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    first = 0
    for place in range(1, len(words)):
        if words[place].start_s - words[place - 1].end_s > PAUSE_S:
            yield words[first:place]
            first = place
    if words:
        yield words[first:]


def _count_flagged(transcript: Transcript) -> int:
    return sum(len(segment.text.split()) for segment in transcript.segments if SUSPECT in segment.flags)


def peak_mb() -> float:
    """The most memory that this process or any one that it started and saw end has held, in megabytes."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    users = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in users) * unit / 1e6
