"""A process that hears recordings: how it starts, what it is told, and how it ended."""

from __future__ import annotations

import multiprocessing
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Literal

from insights.errors import InsightsError
from insights.transcripts.tasks import Job, Made, Task, perform
from insights.transcripts.whisper import Load, TranscribeOptions

Message = tuple[Literal["ready", "progress", "done", "unusable"], object]


@dataclass(slots=True, eq=False)
class Worker:
    """A process with a loaded recogniser, and what it is busy with."""

    process: multiprocessing.process.BaseProcess
    connection: Connection
    is_ready: bool = False
    task: Task | None = None
    job: Job | None = None
    done_s: float = 0.0
    heard_of: float = field(default_factory=time.monotonic)  # when it last showed a sign of life
    hangs: bool = False  # and was therefore ended

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a task."""
        return self.is_ready and self.job is None

    def give(self, job: Job, task: Task) -> bool:
        """Send it a task; False where it died while it was idle, as its closed pipe will say."""
        try:
            self.connection.send(task)
        except (BrokenPipeError, ConnectionResetError):
            return False
        self.job, self.task = job, task
        self.done_s, self.heard_of = 0.0, time.monotonic()
        return True

    def why_it_died(self, silent_s: float) -> str:
        """In half a sentence; the process has ended."""
        if self.hangs:
            return f"the recogniser came no further for {silent_s / 3600:g} hours and was ended"
        code = self.process.exitcode
        why = "killed, perhaps for lack of memory" if code == -signal.SIGKILL else f"exit code {code}"
        return f"the recogniser's process ended while reading it ({why})"


def start_worker(options: TranscribeOptions, load: Load) -> Worker:
    """A new process, which begins by loading its recogniser."""
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, options, load), daemon=True)
    process.start()
    theirs.close()  # the end of the process is then the end of the pipe
    return Worker(process, ours)


def _work(connection: Connection, options: TranscribeOptions, load: Load) -> None:
    """A worker's life: load, then do one task after the other until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent ends this one
    try:
        recogniser = load(options)
    except InsightsError as error:
        connection.send(("unusable", error))
        return
    connection.send(("ready", None))
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            made: Made | InsightsError = perform(
                task, options, recogniser, lambda done_s: connection.send(("progress", done_s))
            )
        except InsightsError as error:
            made = error
        connection.send(("done", made))
