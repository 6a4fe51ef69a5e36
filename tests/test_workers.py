"""Many recordings in several processes: long ones shared out, progress, what hangs or dies, Ctrl-C."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_transcripts import HOUR_S, FakeWhisper, load_fake, said, silence, tone, write_wav

from insights.errors import ModelError, SourceError
from insights.transcripts import Progress, TranscribeOptions, Transcript, cores, device, probe, transcribe, workers
from insights.transcripts import transcribe_all as transcribe_batch
from insights.transcripts.tasks import Job, perform, plan
from insights.transcripts.windows import Window, ahead, cut_at_pauses
from insights.types import Recording, Segment

OPTIONS = TranscribeOptions(language="en")


def melody(n_notes: int, first_hz: int = 300) -> np.ndarray:
    """Notes of a second with a second of silence between, each 20 Hz higher."""
    notes = [np.concatenate((tone(1, first_hz + 20 * place), silence(1))) for place in range(n_notes)]
    return np.concatenate(notes)


def finish(job: Job, options: TranscribeOptions) -> Transcript:
    """All tasks of a job, one after the other, as processes would do them."""
    tasks = [job.first()]
    while tasks:
        task = tasks.pop()
        made = perform(task, options, FakeWhisper(), lambda done_s: None)
        if isinstance(made, Transcript):
            return made
        tasks += job.following(task, made)
    raise AssertionError("no transcript came of it")


# --- a long recording is shared out


@pytest.mark.parametrize("n_spans", [1, 2, 3, 7])
@pytest.mark.parametrize("language", ["en", None])
def test_a_recording_heard_in_spans_is_the_recording_heard_at_once(
    n_spans: int, language: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The windows are the same, so each word comes once, at its time, whoever heard it."""
    monkeypatch.setattr(cut_at_pauses, "__defaults__", (5.0, 3.0))
    recording = probe(write_wav(tmp_path / "long.wav", melody(20), melody(20, 1000)), HOUR_S)
    options = TranscribeOptions(language=language)
    monkeypatch.setattr("insights.transcripts.tasks.MIN_SPAN_S", recording.duration_s / n_spans)
    job = plan(recording, recording.duration_s, share_s=0.0)
    assert len(job.spans) == n_spans
    shared = finish(job, options)
    assert shared == transcribe(recording, options, FakeWhisper())
    assert len(shared.segments) == 40


@given(length_s=st.floats(0, 50_000), share_s=st.one_of(st.floats(0, 50_000), st.just(math.inf)))
def test_spans_cover_a_recording_without_overlap(length_s: float, share_s: float) -> None:
    spans = plan(Recording("r", "r.wav", length_s, 1), length_s, share_s).spans
    assert spans[0][0] == 0.0
    assert spans[-1][1] == math.inf
    assert all(end_s == start_s for (_, end_s), (start_s, _) in zip(spans, spans[1:], strict=False))
    assert len(spans) == 1 or spans[1][0] >= 300.0  # never in crumbs


@pytest.mark.parametrize(
    ("lengths_s", "n_workers", "n_spans"),
    [
        ([3600], 1, [1]),
        ([3600], 2, [4]),
        ([500], 2, [1]),
        ([3600] * 10, 2, [1] * 10),
        ([3600, 300, 300], 2, [4, 1, 1]),
    ],
    ids=["one process", "one long recording", "one short recording", "many of a length", "one much longer"],
)
def test_only_what_would_keep_others_waiting_is_shared_out(
    lengths_s: list[float], n_workers: int, n_spans: list[int]
) -> None:
    share_s = sum(lengths_s) / n_workers if n_workers > 1 else math.inf
    jobs = [plan(Recording("r", "r.wav", length_s, 1), length_s, share_s) for length_s in lengths_s]
    assert [len(job.spans) for job in jobs] == n_spans


def test_two_processes_hear_one_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through real processes, with progress that only grows and ends at the whole."""
    monkeypatch.setattr("insights.transcripts.tasks.MIN_SPAN_S", 5.0)  # the processes need not know it
    recording = probe(write_wav(tmp_path / "long.wav", melody(10)), HOUR_S)
    progress: list[Progress] = []
    ((_, found),) = transcribe_batch([recording], TranscribeOptions(), 2, load_fake, progress.append)
    assert isinstance(found, Transcript)
    assert said(found) == said(transcribe(recording, TranscribeOptions(), FakeWhisper()))
    done = [step.done_s for step in progress]
    assert done == sorted(done)
    assert (progress[-1].done_s, progress[-1].n_done) == (pytest.approx(20.0), 1)


def test_a_shared_recording_that_cannot_be_read_fails_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insights.transcripts.tasks.MIN_SPAN_S", 5.0)
    silent = replace(probe(write_wav(tmp_path / "silent.wav", silence(30)), HOUR_S), duration_s=30.0)
    ((_, found),) = transcribe_batch([silent], OPTIONS, 2, load_fake)
    assert isinstance(found, SourceError)


def test_the_next_window_is_made_ready_and_no_more() -> None:
    """While one is heard; else hours of sound would pile up."""
    made = []

    def windows() -> object:
        for place in range(6):
            made.append(place)
            yield Window(float(place), np.zeros((1, 10), dtype=np.float32))

    heard = []
    for window in ahead(windows()):  # type: ignore[arg-type]
        heard.append(window.start_s)
        assert len(made) <= len(heard) + 1
    assert heard == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_what_goes_wrong_while_decoding_ahead_is_told() -> None:
    def windows() -> object:
        yield Window(0.0, np.zeros((1, 10), dtype=np.float32))
        raise SourceError("call.wav: damaged")

    with pytest.raises(SourceError, match="damaged"):
        list(ahead(windows()))  # type: ignore[arg-type]


# --- what hangs or dies


class HangingWhisper(FakeWhisper):
    """Never ends where it hears 900 Hz."""

    def hear(self, channel: np.ndarray, language: str) -> list[Segment]:
        heard = super().hear(channel, language)
        while any("900" in segment.text for segment in heard):
            time.sleep(0.1)
        return heard


def load_hanging(options: TranscribeOptions) -> FakeWhisper:
    return HangingWhisper()


def test_a_process_that_hangs_is_ended_and_costs_one_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SILENT_S", 5.0)  # a process may take two to start
    hangs = probe(write_wav(tmp_path / "hangs.wav", tone(6, 900)), HOUR_S)
    good = probe(write_wav(tmp_path / "good.wav", tone(3, 300)), HOUR_S)
    found = dict(transcribe_batch([hangs, good], OPTIONS, 1, load_hanging))
    assert "hangs.wav: the recogniser came no further for" in str(found[hangs])
    assert isinstance(found[good], Transcript)


class KilledWhisper(FakeWhisper):
    """Killed where it hears 900 Hz, as the system does where memory runs out."""

    def hear(self, channel: np.ndarray, language: str) -> list[Segment]:
        if any("900" in segment.text for segment in super().hear(channel, language)):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().hear(channel, language)


def load_killed(options: TranscribeOptions) -> FakeWhisper:
    return KilledWhisper()


def test_a_killed_process_is_replaced_and_costs_one_recording(tmp_path: Path) -> None:
    big = probe(write_wav(tmp_path / "big.wav", tone(6, 900)), HOUR_S)
    good = [probe(write_wav(tmp_path / f"{hz}.wav", tone(3, hz)), HOUR_S) for hz in (300, 500)]
    found = dict(transcribe_batch([big, *good], OPTIONS, 1, load_killed))
    assert "killed, perhaps for lack of memory" in str(found[big])
    assert all(isinstance(found[recording], Transcript) for recording in good)


CTRL_C = """
import sys
from pathlib import Path
from insights.errors import InsightsError
from insights.transcripts import TranscribeOptions, probe, transcribe_all
sys.path.insert(0, {tests!r})
from test_workers import load_hanging

if __name__ == "__main__":
    recordings = [probe(Path(name), 3600.0) for name in sys.argv[1:]]
    for recording, result in transcribe_all(recordings, TranscribeOptions(language="en"), 2, load_hanging):
        print(Path(recording.path).name, flush=True)
"""


def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    """The signal reaches the whole group, as from a terminal, while one process is busy and one is done."""
    script = tmp_path / "batch.py"
    script.write_text(CTRL_C.format(tests=str(Path(__file__).parent)))
    names = [str(write_wav(tmp_path / f"{hz}.wav", tone(3, hz))) for hz in (300, 900)]
    run = subprocess.Popen(
        [sys.executable, str(script), *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"300.wav\n"
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(timeout=60) != 0
    run.communicate()
    ended = time.monotonic() + 30
    while is_alive(run.pid) and time.monotonic() < ended:  # Python's own helper ends a moment after the rest
        time.sleep(0.1)
    assert not is_alive(run.pid)


def is_alive(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


# --- cores, memory, graphics cards


def write_system(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def siblings(cpu: int) -> str:
    return f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"


@pytest.mark.parametrize(
    ("files", "n_cores"),
    [
        ({}, 4),
        ({siblings(cpu): f"{cpu % 2},{cpu % 2 + 2}" for cpu in range(4)}, 2),
        ({"sys/fs/cgroup/cpu.max": "300000 100000\n"}, 3),
        ({"sys/fs/cgroup/cpu.max": "50000 100000\n"}, 1),
        ({"sys/fs/cgroup/cpu.max": "max 100000\n"}, 4),
    ],
    ids=["nothing known", "two threads a core", "container of three", "container of a half", "container without limit"],
)
def test_cores_are_counted_as_the_system_allows(
    files: dict[str, str], n_cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert cores.count_cores(write_system(tmp_path, files)) == n_cores


def test_a_containers_memory_counts(tmp_path: Path) -> None:
    files = {
        "proc/meminfo": "MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n",
        "sys/fs/cgroup/memory.max": "3000000000\n",
        "sys/fs/cgroup/memory.current": "1000000000\n",
    }
    assert cores.free_memory(write_system(tmp_path, files)) == 2_000_000_000
    assert cores.free_memory(tmp_path / "elsewhere") is None


@pytest.mark.parametrize(
    ("free", "model_bytes", "n_workers"),
    [(16_000_000_000, 148_000_000, 8), (2_000_000_000, 148_000_000, 2), (500_000_000, 148_000_000, 1), (None, 1, 8)],
)
def test_there_are_as_many_processes_as_memory_allows(
    free: int | None, model_bytes: int, n_workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "count_cores", lambda: 8)
    monkeypatch.setattr(cores, "free_memory", lambda: free)
    assert cores.count_workers(model_bytes) == n_workers


def test_a_card_has_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "has_card", lambda: True)
    monkeypatch.setattr(workers, "count_workers", lambda model_bytes: 6)
    assert workers.default_workers(TranscribeOptions()) == 1
    assert workers.default_workers(TranscribeOptions(device="cpu")) == 6


def loads(places: list[str], fails: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a card on which the given places fail."""

    def load(folder: Path, place: device.Place, threads: int) -> str:
        name = f"{place.device} {place.compute_type}"
        places.append(name)
        if name in fails:
            raise RuntimeError("CUDA failed with error out of memory")
        return name

    monkeypatch.setattr(device, "_load", load)
    monkeypatch.setattr(device, "_reasons_against_card", lambda: [])


@pytest.mark.parametrize(
    ("fails", "chosen", "n_warnings"),
    [
        (set(), "cuda float16", 0),
        ({"cuda float16"}, "cuda int8_float16", 0),
        ({"cuda float16", "cuda int8_float16"}, "cpu int8", 1),
    ],
    ids=["a card", "a small card", "a card that fails"],
)
def test_a_card_that_fails_its_trial_is_passed_over_with_a_warning(
    fails: set[str], chosen: str, n_warnings: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loads([], fails, monkeypatch)
    assert str(device.load_model(Path("model"))) == chosen
    assert len(caplog.records) == n_warnings
    assert all("out of memory" in record.getMessage() for record in caplog.records)


def test_the_processor_is_taken_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    loads(tried, set(), monkeypatch)
    device.load_model(Path("model"), "cpu")
    assert tried == ["cpu int8"]


def test_a_card_that_is_demanded_and_fails_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    loads([], {"cuda float16", "cuda int8_float16"}, monkeypatch)
    with pytest.raises(ModelError, match='No graphics card can be used .*out of memory.*Set device to "auto" or "cpu"'):
        device.load_model(Path("model"), "cuda")


def test_a_card_without_its_libraries_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The driver is there, cuBLAS is not: the first multiplication would fail."""
    import ctranslate2

    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    monkeypatch.setattr(device, "_opens", lambda library: False)
    monkeypatch.setattr(device, "_load", lambda folder, place, threads: place)
    assert device.load_model(Path("model")) == device.CPU
    assert not device.has_card()
    assert "pip install nvidia-cublas-cu12" in caplog.text


@pytest.mark.model
def test_the_real_model_falls_back_to_the_processor(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """CTranslate2 is told of a card that is not there."""
    import ctranslate2

    from insights import models

    if ctranslate2.get_cuda_device_count():
        pytest.skip("there is a card")
    monkeypatch.setattr(device, "_reasons_against_card", lambda: [])
    model = device.load_model(models.path("base"))
    assert model.model.device == "cpu"
    assert "The graphics card is not used: cuda float16: CUDA" in caplog.text
