"""Word error, speed and memory of the recogniser, as a Markdown table.

    python tests/benchmarks/transcribe.py ../shared/data --run whisper-base:5 --run whisper-tiny.en:1

The folder holds `dev_calls.jsonl` (turns of two-channel calls: conversation_id, speaker agent|caller, text) beside
audio/calls/ID.stereo.wav, and `dev_audio.jsonl` (id, audio, source, text) of short prompts, which are joined with
pauses into recordings of five minutes. Each line of the table is measured in a process of its own. Speed is given in
processor seconds, which a busy machine changes less than the clock.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
import wave
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from insights.transcripts import TranscribeOptions, load_whisper, probe, transcribe

PAUSE_S = 1.5
JOINED_S = 300.0
SIDES = {"agent": "left", "caller": "right", "mono": "mono"}
HEAD = "| model | beam | calls WER % | prompts WER % | suspect | audio s a CPU s | audio s a second | peak MB |"


@dataclass(frozen=True)
class Sample:
    """A recording and what is said on each side of it."""

    path: Path
    text_by_side: dict[str, str]
    is_call: bool


@dataclass(frozen=True)
class Figures:
    """One line of the table."""

    call_wer: float
    prompt_wer: float
    n_suspect: int
    audio_s: float
    cpu_s: float
    wall_s: float
    peak_mb: float


def read_calls(folder: Path) -> Iterator[Sample]:
    """The two-channel calls with the words of each side."""
    sides: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in (folder / "dev_calls.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sides[row["conversation_id"]][SIDES[row["speaker"]]].append(row["text"])
    for name, texts in sides.items():
        path = folder / "audio" / "calls" / f"{name}.stereo.wav"
        yield Sample(path, {side: " ".join(said) for side, said in texts.items()}, is_call=True)


def join_prompts(folder: Path, into: Path) -> Iterator[Sample]:
    """Short telephone prompts, joined with pauses."""
    rows = [json.loads(line) for line in (folder / "dev_audio.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["source"].startswith("asterisk") and row["text"]]
    held, texts = b"", list[str]()
    for row in rows:
        with wave.open(str(folder / row["audio"])) as sound:
            rate = sound.getframerate()
            held += sound.readframes(sound.getnframes()) + bytes(2 * int(PAUSE_S * rate))
        texts.append(row["text"])
        if len(held) > 2 * rate * JOINED_S or row is rows[-1]:
            path = into / f"prompts-{row['id'].replace('/', '-')}.wav"
            with wave.open(str(path), "wb") as joined:
                joined.setnchannels(1)
                joined.setsampwidth(2)
                joined.setframerate(rate)
                joined.writeframes(held)
            yield Sample(path, {"mono": " ".join(texts)}, is_call=False)
            held, texts = b"", []


def word_errors(samples: list[Sample], said: list[dict[str, str]]) -> float:
    """WER in per cent over all sides together, after Whisper's English normaliser."""
    import jiwer
    from whisper_normalizer.english import EnglishTextNormalizer

    normalise = EnglishTextNormalizer()
    pairs = [
        (normalise(text), normalise(words.get(side, "")))
        for sample, words in zip(samples, said, strict=True)
        for side, text in sample.text_by_side.items()
    ]
    return 100 * float(jiwer.wer([gold for gold, _ in pairs], [found for _, found in pairs]))


def measure(samples: list[Sample], options: TranscribeOptions) -> Figures:
    """Transcribe everything once in this process."""
    recogniser = load_whisper(options)
    wall, cpu = time.perf_counter(), time.process_time()
    said, n_suspect, audio_s = [], 0, 0.0
    for sample in samples:
        transcript = transcribe(probe(sample.path, options.max_duration_s), options, recogniser)
        words: dict[str, str] = defaultdict(str)
        for segment in transcript.segments:
            words[segment.speaker] += " " + segment.text
            n_suspect += bool(segment.flags)
        said.append(words)
        audio_s += transcript.duration_s
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    wer = {
        kind: word_errors(
            [sample for sample in samples if sample.is_call is kind],
            [words for sample, words in zip(samples, said, strict=True) if sample.is_call is kind],
        )
        for kind in (True, False)
    }
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(wer[True], wer[False], n_suspect, audio_s, cpu, wall, peak_mb)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--run", action="append", default=[], help="MODEL:BEAM, may be repeated")
    parser.add_argument("--min-silence-ms", type=int, default=TranscribeOptions().min_silence_ms)
    arguments = parser.parse_args()
    runs = arguments.run or ["whisper-base:5", "whisper-base:1", "whisper-tiny.en:5", "whisper-tiny.en:1"]
    sys.stdout.write(f"{HEAD}\n|{'---|' * 8}\n")
    with tempfile.TemporaryDirectory() as folder:
        samples = [*read_calls(arguments.data), *join_prompts(arguments.data, Path(folder))]
        for run in runs:
            model, beam = run.rsplit(":", 1)
            options = TranscribeOptions(
                model=model, beam_size=int(beam), language="en", min_silence_ms=arguments.min_silence_ms
            )
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found = pool.apply(measure, (samples, options))
            sys.stdout.write(
                f"| {model} | {beam} | {found.call_wer:.1f} | {found.prompt_wer:.1f} | {found.n_suspect} "
                f"| {found.audio_s / found.cpu_s:.1f} | {found.audio_s / found.wall_s:.1f} | {found.peak_mb:.0f} |\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
