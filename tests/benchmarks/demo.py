"""How fast the main job is on the sample calls: print a Markdown table.

    python tests/benchmarks/demo.py

Each step is timed by its progress; memory is the peak of the largest process, as the operating system counts it.
"""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from insights import pipeline
from insights.config import load_settings
from insights.pipeline import Progress
from insights.pipeline.loading import find_sounds
from insights.store import Store
from insights.transcripts import cores

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_calls"


def main() -> None:
    """Run the demo twice into an empty store and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(SAMPLES / "insights.toml", store=Path(folder))
        ends: dict[str, float] = {}
        started = time.perf_counter()

        def note(progress: Progress) -> None:
            ends[progress.step] = time.perf_counter()

        pipeline.run([SAMPLES], settings, notify=note)
        done = time.perf_counter()
        pipeline.write_outputs(settings)
        written = time.perf_counter()
        pipeline.run([SAMPLES], settings)
        again = time.perf_counter()
        with Store(settings.store) as store:
            conversations, n_utterances = store.conversations(), len(store.utterances())
            sounds = find_sounds(store)
    audio_s = sum(one.duration_s or 0.0 for one in conversations if one.id in sounds)
    transcribing_s = ends["transcribing"] - ends["reading"]
    analysing_s = ends["analysing"] - ends["transcribing"]
    peak_mb = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    rows = {
        "files read": f"{len(conversations)} conversations in {ends['reading'] - started:.1f} s",
        f"transcribing ({settings.speech_model}, {settings.workers or cores.count_cores()} processes)": (
            f"{audio_s:.0f} s of sound in {transcribing_s:.0f} s: {audio_s / transcribing_s:.1f} s a second"
        ),
        "utterances, signals": (
            f"{n_utterances} utterances in {analysing_s:.1f} s, loading models included: "
            f"{n_utterances / analysing_s:.0f} a second"
        ),
        "answers, themes, backlog": f"{done - ends['analysing']:.1f} s",
        "report and backlog written": f"{written - done:.1f} s",
        "second run": f"{again - written:.1f} s",
        "peak memory of the largest process": f"{peak_mb:.0f} MB",
    }
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT).stdout
    print(f"{date.today()}, commit {commit.strip()}, {platform.machine()}, Python {platform.python_version()}\n")
    print("| step | measured |\n|---|---|")
    for name, measured in rows.items():
        print(f"| {name} | {measured} |")


if __name__ == "__main__":
    sys.exit(main())
