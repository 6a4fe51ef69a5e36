"""Many recordings at once: one process a recogniser, so that a crash costs one recording and no more."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from pathlib import Path

from insights import models
from insights.errors import InsightsError, SourceError
from insights.transcripts.cores import count_cores, count_workers
from insights.transcripts.device import has_card
from insights.transcripts.processes import Worker, start_worker
from insights.transcripts.tasks import Job, Made, Task, plan
from insights.transcripts.transcribe import Span, Transcript
from insights.transcripts.whisper import Load, TranscribeOptions, load_whisper
from insights.types import Recording

IDLE_END_S = 5.0  # an idle process has so long to end
SILENT_S = 7200.0  # a process that shows no progress for so long hangs: it is ended, its recording given up

Result = Transcript | InsightsError


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

    A recording that would keep one process busy long after the others are done is shared out among them. Closing the
    iterator, Ctrl-C included, ends the processes at once.

    Args:
        recordings: `duration_s` decides the order and the progress.
        options: model, language and the like.
        workers: processes; by default as many as cores and memory allow, on a graphics card one.
        load: makes the recogniser, in the process that uses it; must be importable by name.
        on_progress: called whenever a window or a recording is done.
    """
    lengths = sorted(((_length(recording), recording) for recording in recordings), key=lambda pair: -pair[0])
    if not lengths:
        return
    workers = workers or default_workers(options)
    share_s = sum(length_s for length_s, _ in lengths) / workers if workers > 1 else float("inf")
    jobs = [plan(recording, length_s, share_s) for length_s, recording in lengths]
    n_workers = min(workers, sum(len(job.spans) for job in jobs))
    # Cores that no process takes: its words are the same with any number of threads.
    threads = max(options.threads, count_cores() // n_workers)
    batch = _Batch(jobs, replace(options, threads=threads), load, on_progress)
    try:
        yield from batch.run(n_workers)
    finally:
        batch.stop()


def default_workers(options: TranscribeOptions) -> int:
    """The processes that hear a batch where the caller does not say: they share out the cores, but not a card."""
    if options.device != "cpu" and has_card():
        return 1
    return count_workers(models.size(options.model))


def _length(recording: Recording) -> float:
    if recording.duration_s:
        return recording.duration_s
    path = Path(recording.path)
    return path.stat().st_size / 16_000 if path.is_file() else 0.0  # as telephone sound: 16,000 bytes a second


@dataclass(slots=True)
class _Batch:
    """The jobs of a batch, the tasks that may be begun, and the workers who do them."""

    jobs: list[Job]
    options: TranscribeOptions
    load: Load
    on_progress: Report
    tasks: deque[tuple[Job, Task]] = field(default_factory=deque)
    workers: list[Worker] = field(default_factory=list)

    def run(self, n_workers: int) -> Iterator[tuple[Recording, Result]]:
        self.tasks.extend((job, job.first()) for job in self.jobs)
        for _ in range(n_workers):
            self.workers.append(start_worker(self.options, self.load))
        while not all(job.is_over for job in self.jobs):
            finished = [self._listen(worker) for worker in self._awaken()]
            self._assign()  # before the caller takes his time
            yield from (pair for pair in finished if pair is not None)

    def stop(self) -> None:
        for worker in self.workers:
            worker.connection.close()  # an idle worker ends by itself and tidies up; a busy one is ended
        for worker in self.workers:
            if worker.job is None:
                worker.process.join(IDLE_END_S)
            worker.process.terminate()
            worker.process.join()
        self.workers.clear()

    def _awaken(self) -> list[Worker]:
        """The workers that have something to say; those that hang are ended, which they say by their closed pipe."""
        waiting = {worker.connection: worker for worker in self.workers}
        heard = wait(list(waiting), SILENT_S)
        speaking = [worker for connection, worker in waiting.items() if connection in heard]
        now = time.monotonic()
        for worker in self.workers:
            if worker in speaking:
                worker.heard_of = now
            elif not worker.is_idle and now - worker.heard_of >= SILENT_S:
                worker.hangs = True
                worker.process.kill()
        return speaking

    def _listen(self, worker: Worker) -> tuple[Recording, Result] | None:
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
        worker.is_ready = True
        return self._take(worker, content) if kind == "done" else None

    def _assign(self) -> None:
        """Give the waiting tasks to the idle workers."""
        for worker in self.workers:
            if self.tasks and worker.is_idle and worker.give(*self.tasks[0]):
                self.tasks.popleft()

    def _take(self, worker: Worker, made: Made | InsightsError) -> tuple[Recording, Result] | None:
        """What a worker made; the recording with its result where that was the last of it."""
        job, task = worker.job, worker.task
        assert job is not None
        assert task is not None
        worker.job = worker.task = None
        if job.is_over:  # another part of the recording failed
            return None
        if isinstance(made, (Transcript, InsightsError)):
            return self._finish(job, made)
        following = job.following(task, made)
        self.tasks.extendleft((job, task) for task in reversed(following))  # what was begun is ended first
        self._tell()
        return None

    def _finish(self, job: Job, result: Result) -> tuple[Recording, Result]:
        job.is_over = True
        self.tasks = deque(pair for pair in self.tasks if pair[0] is not job)
        self._tell()
        return job.recording, result

    def _bury(self, worker: Worker) -> tuple[Recording, Result] | None:
        """Replace a process that died; what it was busy with gets an error instead of a transcript."""
        worker.process.join()
        self.workers.remove(worker)
        worker.connection.close()
        if not worker.is_ready:
            code = worker.process.exitcode
            raise InsightsError(f"The recogniser could not be started: its process ended with exit code {code}.")
        finished = None
        if worker.job is not None and not worker.job.is_over:
            error = SourceError(f"{worker.job.recording.path}: {worker.why_it_died(SILENT_S)}.")
            finished = self._finish(worker.job, error)
        if self.tasks:
            self.workers.append(start_worker(self.options, self.load))
        return finished

    def _tell(self) -> None:
        running: dict[Job, dict[Span, float]] = {}
        for worker in self.workers:
            if worker.job is not None and worker.task is not None:
                running.setdefault(worker.job, {})[worker.task.span] = worker.done_s
        done_s = sum(job.done_s(running.get(job, {})) for job in self.jobs)
        n_done = sum(job.is_over for job in self.jobs)
        self.on_progress(Progress(done_s, sum(job.length_s for job in self.jobs), n_done, len(self.jobs)))
