"""Many recordings at once: one process a recogniser, so that a crash costs one recording and no more."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Literal

from insights.errors import InsightsError, SourceError
from insights.transcripts.transcribe import Transcript, transcribe
from insights.transcripts.whisper import Load, TranscribeOptions, load_whisper
from insights.types import Recording

IDLE_END_S = 5.0  # an idle process has so long to end

Result = Transcript | InsightsError
Message = tuple[Literal["ready", "progress", "done", "unusable"], object]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come."""

    done_s: float  # seconds of sound heard or given up
    total_s: float
    n_done: int  # recordings
    n_total: int


Report = Callable[[Progress], None]


def transcribe_all(
    recordings: Iterable[Recording],
    options: TranscribeOptions,
    workers: int | None = None,
    load: Load = load_whisper,
    on_progress: Report = lambda progress: None,
) -> Iterator[tuple[Recording, Result]]:
    """Each recording with its transcript or the reason why there is none, longest first, as each finishes.

    Closing the iterator, Ctrl-C included, ends the processes at once.

    Args:
        recordings: `duration_s` decides the order and the progress.
        options: model, language and the like.
        workers: processes; by default as many as cores and memory allow, on a graphics card one.
        load: makes the recogniser, in the process that uses it; must be importable by name.
        on_progress: called whenever a window or a recording is done.
    """
    jobs = deque(sorted(recordings, key=_length, reverse=True))
    batch = _Batch(jobs, options, load, on_progress)
    try:
        yield from batch.run(workers)
    finally:
        batch.stop()


def _length(recording: Recording) -> float:
    if recording.duration_s:
        return recording.duration_s
    path = Path(recording.path)
    return path.stat().st_size / 16_000 if path.is_file() else 0.0  # as telephone sound: 16,000 bytes a second


@dataclass(slots=True, eq=False)
class _Worker:
    """A process with a loaded recogniser, and what it is busy with."""

    process: multiprocessing.process.BaseProcess
    connection: Connection
    is_ready: bool = False
    recording: Recording | None = None
    done_s: float = 0.0


@dataclass(slots=True)
class _Batch:
    """The jobs still to be done, and the workers who do them."""

    jobs: deque[Recording]
    options: TranscribeOptions
    load: Load
    on_progress: Report
    workers: list[_Worker] = field(default_factory=list)
    n_total: int = 0
    n_done: int = 0
    finished_s: float = 0.0
    total_s: float = 0.0

    def run(self, n_workers: int) -> Iterator[tuple[Recording, Result]]:
        self.n_total, self.total_s = len(self.jobs), sum(map(_length, self.jobs))
        for _ in range(min(n_workers, self.n_total)):
            self._start_worker()
        while self.n_done < self.n_total:
            for connection in wait([worker.connection for worker in self.workers]):
                worker = next(worker for worker in self.workers if worker.connection is connection)
                finished = self._listen(worker)
                if finished is not None:
                    yield finished

    def stop(self) -> None:
        for worker in self.workers:
            worker.connection.close()  # an idle worker ends by itself and tidies up; a busy one is ended
        for worker in self.workers:
            if worker.recording is None:
                worker.process.join(IDLE_END_S)
            worker.process.terminate()
            worker.process.join()
        self.workers.clear()

    def _start_worker(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self.options, self.load), daemon=True)
        process.start()
        theirs.close()  # the end of the process is then the end of the pipe
        self.workers.append(_Worker(process, ours))

    def _listen(self, worker: _Worker) -> tuple[Recording, Result] | None:
        """Take in one message; the recording with its result where that message ends it."""
        try:
            kind, content = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            return self._bury(worker)
        if kind == "unusable":
            raise content
        if kind == "progress":
            worker.done_s = content
            self._tell()
            return None
        finished = self._finish(worker, content) if kind == "done" else None
        worker.is_ready = True
        self._assign(worker)
        return finished

    def _assign(self, worker: _Worker) -> None:
        if self.jobs:
            worker.recording = self.jobs.popleft()
            worker.connection.send(worker.recording)

    def _finish(self, worker: _Worker, result: Result) -> tuple[Recording, Result]:
        assert worker.recording is not None
        recording, worker.recording, worker.done_s = worker.recording, None, 0.0
        self.n_done += 1
        self.finished_s += _length(recording)
        self._tell()
        return recording, result

    def _bury(self, worker: _Worker) -> tuple[Recording, Result] | None:
        """Replace a process that died; what it was busy with gets an error instead of a transcript."""
        worker.process.join()
        code = worker.process.exitcode
        self.workers.remove(worker)
        worker.connection.close()
        if not worker.is_ready:
            raise InsightsError(f"The recogniser could not be started: its process ended with exit code {code}.")
        if self.jobs:
            self._start_worker()
        if worker.recording is None:
            return None
        why = "killed, perhaps for lack of memory" if code == -signal.SIGKILL else f"exit code {code}"
        error = SourceError(f"{worker.recording.path}: the recogniser's process ended while reading it ({why}).")
        return self._finish(worker, error)

    def _tell(self) -> None:
        running_s = sum(min(worker.done_s, _length(worker.recording)) for worker in self.workers if worker.recording)
        self.on_progress(Progress(self.finished_s + running_s, self.total_s, self.n_done, self.n_total))


def _work(connection: Connection, options: TranscribeOptions, load: Load) -> None:
    """A worker's life: load, then hear one recording after the other until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent ends this one
    try:
        recogniser = load(options)
    except InsightsError as error:
        connection.send(("unusable", error))
        return
    connection.send(("ready", None))
    while True:
        try:
            recording = connection.recv()
        except EOFError:
            return
        try:
            result: Result = transcribe(
                recording, options, recogniser, lambda done_s: connection.send(("progress", done_s))
            )
        except InsightsError as error:
            result = error
        connection.send(("done", result))
