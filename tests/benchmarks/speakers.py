"""Our voices beside Resemblyzer with k-means or spectral clustering, on mono calls: the same words for all.

    python tests/benchmarks/speakers.py ../shared/data --rival /path/to/python-with-resemblyzer

Telephone calls of `dev_calls.jsonl` with one channel, and the sample calls mixed to one. The rival is told how many
speakers there are; ours is told so in one row and finds it out in another. Each word gets the rival's label of the
window nearest to its middle. Scored as `insights evaluate calls` scores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from speech import Row, mix_down, read_calls, read_samples, show

from insights.evaluate.calls import score
from insights.transcripts import TranscribeOptions, probe, transcribe_all
from insights.types import Word

WANTED = ("der", "der.confused", "word_speaker_error", "speakers_right")
HOUR_S = 3600.0
PAUSE_S = 0.5  # a longer one is nobody's speech
Spoken = list[tuple[Word, str]]  # each word with the name of its speaker


def hear(rows: Sequence[Row], n_speakers: int | None) -> list[Spoken]:
    """The words of each call with speakers as we tell them; `n_speakers` 1 tells none apart."""
    recordings = [probe(Path(row["audio"]), HOUR_S) for row in rows]
    options = TranscribeOptions(language="en", n_speakers=n_speakers)
    heard = {recording.id: transcript for recording, transcript in transcribe_all(recordings, options)}
    return [
        [(word, segment.speaker) for segment in heard[recording.id].segments for word in segment.words]
        for recording in recordings
    ]


def count_speakers(row: Row) -> int:
    return len({turn["speaker"] for turn in row["turns"]})


def ask_rival(python: Path, rows: Sequence[Row]) -> list[Row]:
    """What resemblyzer_voices.py prints, a row a call."""
    arguments = [part for row in rows for part in (str(row["audio"]), str(count_speakers(row)))]
    script = Path(__file__).with_name("resemblyzer_voices.py")
    printed = subprocess.run([python, "-W", "ignore", script, *arguments], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in printed.stdout.splitlines()]


def label(words: Spoken, voices: Row, clusterer: str) -> Spoken:
    """Each word with the label of the nearest window."""
    middles, labels = np.array(voices["middles"]), voices["labels"][clusterer]
    return [(word, str(labels[int(np.abs(middles - (word.start_s + word.end_s) / 2).argmin())])) for word, _ in words]


def to_rows(name: str, words: Spoken) -> list[Row]:
    """Stretches of one speaker without a pause."""
    rows: list[Row] = []
    for speaker, run in groupby(sorted(words, key=lambda pair: pair[0].start_s), key=lambda pair: pair[1]):
        for word, _ in run:
            last = rows[-1] if rows else None
            if last and last["speaker"] == speaker and word.start_s - last["end"] <= PAUSE_S:
                last["text"] += word.text
                last["end"] = word.end_s
            else:
                rows.append(
                    {
                        "conversation_id": name,
                        "speaker": speaker,
                        "role": "unknown",
                        "start": word.start_s,
                        "end": word.end_s,
                        "text": word.text,
                    }
                )
    return rows


def line_of(name: str, rows: Sequence[Row], spoken: Sequence[Spoken]) -> str:
    predictions = [
        found for row, words in zip(rows, spoken, strict=True) for found in to_rows(row["conversation_id"], words)
    ]
    scores = score(rows, predictions)
    return f"| {name} | {' | '.join(show(key, scores[key]) for key in WANTED)} |"


def compare(rows: list[Row], rival: Path | None) -> None:
    """A table of one set."""
    print(f"| {len(rows)} calls | {' | '.join(WANTED)} |\n|---|{'---|' * len(WANTED)}")
    print(line_of("insights, number estimated", rows, hear(rows, None)), flush=True)
    told = [hear([row], count_speakers(row))[0] for row in rows]
    print(line_of("insights, number given", rows, told), flush=True)
    if rival:
        words, voices = hear(rows, 1), ask_rival(rival, rows)
        for clusterer in ("k-means", "spectral"):
            spoken = [label(heard, voice, clusterer) for heard, voice in zip(words, voices, strict=True)]
            print(line_of(f"Resemblyzer, {clusterer}, number given", rows, spoken), flush=True)


def main() -> None:
    """Measure both sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rival", type=Path, help="python of an environment with resemblyzer")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        compare(read_calls(chosen.folder, "mono"), chosen.rival)
        compare(mix_down(read_samples(), Path(work)), chosen.rival)


if __name__ == "__main__":
    main()
