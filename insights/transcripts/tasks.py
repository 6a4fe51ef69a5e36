"""What a process is asked to do: a whole recording, or one step of a long one that several processes share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from insights.transcripts.transcribe import (
    WHOLE,
    Opening,
    Span,
    Transcript,
    hear_span,
    open_recording,
    settle,
    transcribe,
)
from insights.transcripts.whisper import Recogniser, TranscribeOptions
from insights.types import Recording, Segment

MIN_SPAN_S = 600.0  # two windows or more: each span decodes its recording from the start, about 0.1 % of its length
PARTS = 2  # a recording is shared out once it is longer than this part of what falls to one process

Made = Transcript | Opening | tuple[Segment, ...]
Advance = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A step of one recording, with all that a process needs to know for it."""

    step: Literal["whole", "open", "hear", "settle"]
    recording: Recording
    opening: Opening | None = None
    span: Span = WHOLE
    segments: tuple[Segment, ...] = ()


def perform(task: Task, options: TranscribeOptions, recogniser: Recogniser, on_progress: Advance) -> Made:
    """What comes of a task: of "whole" and "settle" the transcript."""
    path = Path(task.recording.path)
    if task.step == "whole":
        return transcribe(task.recording, options, recogniser, on_progress)
    if task.opening is None:
        return open_recording(path, options, recogniser)
    if task.step == "hear":
        return hear_span(path, task.opening, options, recogniser, task.span, on_progress)
    return settle(path, task.opening, task.segments, options)


@dataclass(slots=True, eq=False)
class Job:
    """A recording on its way to its transcript."""

    recording: Recording
    length_s: float
    spans: tuple[Span, ...]  # one: heard as a whole
    heard: dict[Span, tuple[Segment, ...]] = field(default_factory=dict)
    opening: Opening | None = None
    is_over: bool = False  # its result was handed on

    def first(self) -> Task:
        """Where it begins."""
        return Task("whole" if len(self.spans) == 1 else "open", self.recording)

    def following(self, task: Task, made: Made) -> tuple[Task, ...]:
        """The tasks that have become possible; none once the transcript is made."""
        if isinstance(made, Opening):
            self.opening = made
            return tuple(Task("hear", self.recording, made, span) for span in self.spans)
        if isinstance(made, tuple):
            self.heard[task.span] = made
            if len(self.heard) == len(self.spans):
                segments = tuple(segment for span in self.spans for segment in self.heard[span])
                return (Task("settle", self.recording, self.opening, segments=segments),)
        return ()

    def done_s(self, running: dict[Span, float]) -> float:
        """Seconds of it that were heard, counting what is `running`."""
        if self.is_over:
            return self.length_s
        done = sum(self._seconds(span) for span in self.heard)
        return min(self.length_s, done + sum(min(done_s, self._seconds(span)) for span, done_s in running.items()))

    def _seconds(self, span: Span) -> float:
        return max(0.0, min(span[1], self.length_s) - span[0])


def plan(recording: Recording, length_s: float, share_s: float) -> Job:
    """A recording as a job; in spans where as a whole it would keep one process busy after the others are done.

    Args:
        recording: what is to be heard.
        length_s: its length, as far as it is known.
        share_s: what falls to each process of the whole batch; infinite where there is only one.
    """
    span_s = max(MIN_SPAN_S, share_s / PARTS)
    n_spans = max(1, math.ceil(length_s / span_s))
    starts = [length_s * place / n_spans for place in range(n_spans)]
    return Job(recording, length_s, tuple(zip(starts, (*starts[1:], math.inf), strict=True)))
