"""Our recogniser beside whisper-ctranslate2: same weights, same recordings, same cores, one after the other.

    python tests/benchmarks/speed.py ../shared/data --rival /path/to/whisper-ctranslate2

Recordings: the telephone calls of `dev_calls.jsonl` with one channel, the prompts of `dev_audio.jsonl` joined to five
minutes, and its longer telephone recordings without words. Prints a Markdown table: seconds from start to end (models
loaded, processes started), processor seconds, the memory of all processes together at its peak, and the word error rate
where the words are known. The rival's command is what its users would type: a model, a voice detector, a language.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from speech import Row, join_prompts, read_calls, read_clips

from insights import models
from insights.evaluate.speech import Errors, count_errors
from insights.transcripts import TranscribeOptions, cores, probe, transcribe_all

MODEL = "whisper-base"
POLL_S = 0.2
OURS = {
    "insights, words": {"n_speakers": 1},
    "insights, words and speakers": {},
    "insights, words and speakers, doubtful speech heard again": {"hear_again": True},
}
RIVALS: dict[str, tuple[str, ...]] = {"whisper-ctranslate2": (), "whisper-ctranslate2 --batched": ("--batched", "True")}


@dataclass(frozen=True)
class Cost:
    """What a process and its children took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def watch(command: Sequence[str]) -> Cost:
    """Run a command to its end; memory is added up over its processes five times a second."""
    before, started, peak = _cpu_s(), time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    over = threading.Event()

    def poll() -> None:
        nonlocal peak
        while not over.wait(POLL_S):
            peak = max(peak, _memory(process.pid))

    poller = threading.Thread(target=poll)
    poller.start()
    code = process.wait()
    over.set()
    poller.join()
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return Cost(time.perf_counter() - started, _cpu_s() - before, peak / 1e6)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _memory(pid: int) -> int:
    """Bytes that a process and its children alone hold, and their part of what they share."""
    try:
        parent = psutil.Process(pid)
        return sum(process.memory_full_info().pss for process in (parent, *parent.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


def hear_ours(recordings: Sequence[str], options: dict[str, object], into: Path) -> None:
    """What `insights run` does with recordings, up to the transcripts; one text a recording."""
    chosen = TranscribeOptions(model=MODEL, language="en", **options)  # type: ignore[arg-type]
    probed = [probe(Path(name), chosen.max_duration_s) for name in recordings]
    for recording, made in transcribe_all(probed, chosen, cores.count_cores()):
        if isinstance(made, Exception):
            raise made
        text = " ".join(segment.text for segment in made.segments)
        (into / f"{Path(recording.path).stem}.txt").write_text(text, encoding="utf-8")


def ours(recordings: Sequence[Path], options: dict[str, object], into: Path) -> list[str]:
    return [sys.executable, __file__, "--hear", json.dumps(options), "--into", str(into), *map(str, recordings)]


def rival(command: str, recordings: Sequence[Path], options: Sequence[str], into: Path) -> list[str]:
    fixed = [
        "--model_directory",
        str(models.path(MODEL)),
        "--compute_type",
        "int8",
        "--device",
        "cpu",
        "--language",
        "en",
    ]
    chosen = ["--threads", str(cores.count_cores()), "--vad_filter", "True", "--output_format", "txt", "--output_dir"]
    return [command, *fixed, *chosen, str(into), *options, *map(str, recordings)]


def read_recordings(folder: Path, work: Path) -> list[Row]:
    """The recordings with their turns, those without words with none."""
    clips = read_clips(folder)
    unwritten = [clip for clip in clips if not clip["text"] and not clip.get("rttm") and (clip["duration"] or 0) > 60]
    bare = [{"conversation_id": Path(clip["audio"]).stem, "audio": clip["audio"], "turns": []} for clip in unwritten]
    return [*read_calls(folder, "mono"), *join_prompts(clips, work), *bare]


def word_error_rate(rows: Sequence[Row], texts: Path) -> float:
    """Over all recordings whose words are known."""
    total = Errors()
    for row in rows:
        if row["turns"]:
            gold = " ".join(turn["text"] for turn in sorted(row["turns"], key=lambda turn: turn["start"]))
            heard = (texts / f"{Path(row['audio']).stem}.txt").read_text(encoding="utf-8")
            total = total.plus(count_errors(gold, " ".join(heard.split())))
    return total.n_errors / total.n_words


def measure(rows: Sequence[Row], make: Callable[[Path], list[str]]) -> tuple[Cost, float]:
    into = Path(tempfile.mkdtemp())
    cost = watch(make(into))
    rate = word_error_rate(rows, into)
    shutil.rmtree(into)
    return cost, rate


def commands(rows: Sequence[Row], command: str | None) -> Iterator[tuple[str, Callable[[Path], list[str]]]]:
    recordings = [Path(row["audio"]) for row in rows]
    for name, options in OURS.items():
        yield name, lambda into, options=options: ours(recordings, options, into)  # type: ignore[misc]
    for name, extra in RIVALS.items() if command else ():
        yield name, lambda into, extra=extra: rival(str(command), recordings, extra, into)  # type: ignore[misc]


def main() -> None:
    """Measure all, in one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, help="the folder of the data")
    parser.add_argument("--rival", help="the command whisper-ctranslate2")
    parser.add_argument("--work", type=Path, help="where joined recordings are kept")
    parser.add_argument("--hear", help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.hear:
        hear_ours(list(map(str, chosen.paths)), json.loads(chosen.hear), chosen.into)
        return
    work = chosen.work or Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    rows = read_recordings(chosen.paths[0], work)
    sound_s = sum(probe(Path(row["audio"]), 1e6).duration_s or 0.0 for row in rows)
    print(f"{len(rows)} recordings, {sound_s / 60:.0f} minutes, {cores.count_cores()} cores\n")
    print("| | seconds | sound a second | CPU seconds | peak MB | WER |\n|---|---|---|---|---|---|")
    for name, make in commands(rows, chosen.rival):
        cost, rate = measure(rows, make)
        speed = sound_s / cost.wall_s
        cells = f"{cost.wall_s:.0f} | {speed:.1f} | {cost.cpu_s:.0f} | {cost.peak_mb:,.0f} | {100 * rate:.1f} %"
        print(f"| {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
