"""Progress on standard error: live lines on a terminal; elsewhere plain lines, at least one every 30 seconds."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import Progress as LiveLines
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

# A step is reported again after BEAT seconds. The check runs every CHECK seconds, so a line appears within 30 s.
BEAT = 25.0
CHECK = 2.0
# Seconds between two lines of a count.
COUNT_EVERY = 10.0


class Advance(Protocol):
    """The function that `Progress.counting` yields. Call it from any thread when units are finished."""

    def __call__(self, by: int = 1) -> None:
        """Add to the number of finished units."""


@dataclass(eq=False)
class _Step:
    """Work in progress, with the times of its start and of its last report in seconds."""

    what: str
    started: float
    reported: float
    total: int | None = None
    finished: int = 0
    line: TaskID | None = None

    def state(self, now: float) -> str:
        """`train: cells: 3 of 12 after 30 s, about 2 min left`, or `train: gbt: 30 s` without a total."""
        elapsed = now - self.started
        if self.total is None:
            return f"{self.what}: {duration(elapsed)}"
        text = f"{self.what}: {self.finished} of {self.total} after {duration(elapsed)}"
        if 0 < self.finished < self.total:
            text += f", about {roughly(elapsed / self.finished * (self.total - self.finished))} left"
        return text


class Progress:
    """Reports progress on standard error, so that standard output has only results. Several threads can use it.

    Args:
        stream: the stream to write to; by default standard error.
        clock: a monotonic clock in seconds, for tests.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = Console(file=stream or sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._clock = clock
        self._lock = threading.RLock()
        self._steps: list[_Step] = []
        self._background: list[_Step] = []
        self._written = clock()
        self._ended = threading.Event()
        self._heart: threading.Thread | None = None
        self._live: LiveLines | None = None
        if self._console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            self._live = LiveLines(*columns, console=self._console, transient=True)

    def __enter__(self) -> Progress:
        """Start the live lines on a terminal, or the heartbeat elsewhere."""
        if self._live is not None:
            self._live.start()
        else:
            self._ended.clear()
            self._heart = threading.Thread(target=self._beat_until_ended, name="progress", daemon=True)
            self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the live lines or the heartbeat. Printed lines stay."""
        if self._live is not None:
            self._live.stop()
        if self._heart is not None:
            self._ended.set()
            self._heart.join()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        with self._lock:
            self._written = self._clock()
            self._console.print(f"{time.strftime('%H:%M:%S')} {text}")

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show a live line or heartbeats while the block runs; print its duration after success."""
        with self._running(_Step(what, self._clock(), self._clock()), self._steps) as step:
            yield
            self.say(f"{what}: done in {self._clock() - step.started:.1f} s")

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Advance]:
        """Like `working`, for work in countable units: shows `3 of 12` and an estimate of the remaining time.

        Example:
            with progress.counting("train: cells", len(cells)) as advance:
                for cell in cells:
                    fit(cell)
                    advance()

        Args:
            what: the work and its unit, such as "train: cells".
            total: the number of units.

        Yields:
            A function to call when units are finished: `advance()` or `advance(10)`, from any thread.
        """
        step = _Step(what, self._clock(), self._clock(), total)

        def advance(by: int = 1) -> None:
            with self._lock:
                step.finished += by
                if self._live is not None and step.line is not None:
                    self._live.update(step.line, description=f"{what}: {step.finished} of {total}")
                now = self._clock()
                if self._live is None and step.finished < total and now - step.reported >= COUNT_EVERY:
                    step.reported = now
                    self.say(step.state(now))

        with self._running(step, self._steps):
            yield advance
            self.say(f"{what}: {step.finished} of {total} done in {self._clock() - step.started:.1f} s")

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that the job is alive while the block runs, if no other step does; print nothing at the end."""
        with self._running(_Step(what, self._clock(), self._clock()), self._background):
            yield

    def beat(self) -> None:
        """Report in one line all steps that have not been reported for BEAT seconds."""
        with self._lock:
            now = self._clock()
            due = [step for step in self._steps if now - step.reported >= BEAT]
            if not due and now - self._written >= BEAT:
                due = self._background[-1:]
            for step in due:
                step.reported = now
            if due:
                self.say(f"still working: {'; '.join(step.state(now) for step in due)}")

    def _beat_until_ended(self) -> None:
        while not self._ended.wait(CHECK):
            self.beat()

    @contextmanager
    def _running(self, step: _Step, steps: list[_Step]) -> Iterator[_Step]:
        counted = "" if step.total is None else f": 0 of {step.total}"
        with self._lock:
            steps.append(step)
            if self._live is not None:
                step.line = self._live.add_task(step.what + counted, total=None)
        try:
            yield step
        finally:
            with self._lock:
                steps.remove(step)
                if self._live is not None and step.line is not None:
                    self._live.remove_task(step.line)


class Stages:
    """Reports the stages of a job: their number, the time so far, and an estimate of the remaining time.

    Args:
        progress: the console.
        expected: expected seconds by stage, in the order of the stages. Only the proportions matter, because the
            estimate uses the durations of the finished stages.
        clock: a monotonic clock in seconds, for tests.
    """

    def __init__(
        self, progress: Progress, expected: Mapping[str, float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._progress, self._expected, self._clock = progress, expected, clock
        self._started = clock()

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Print a line at the start and at the end of a stage, unless it is the only stage."""
        if len(self._expected) == 1:
            with self._progress.waiting(name):
                yield
            return
        names = list(self._expected)
        position, started = names.index(name), self._clock()
        title = f"stage {position + 1} of {len(names)}: {name}"
        so_far = [duration(started - self._started) + " so far"] if position else []
        left = self._left(names[:position], names[position:], started - self._started)
        self._progress.say(title + (f" ({', '.join(so_far + left)})" if so_far else ""))
        with self._progress.waiting(title):
            yield
        self._progress.say(f"{title}: done in {self._clock() - started:.1f} s")

    def _left(self, finished: list[str], rest: list[str], elapsed: float) -> list[str]:
        past, future = (sum(self._expected[name] for name in names) for names in (finished, rest))
        return [f"about {roughly(elapsed * future / past)} left"] if past else []


def duration(seconds: float) -> str:
    """Format seconds as `40 s`, `3 min 20 s`, `25 min` or `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def roughly(seconds: float) -> str:
    """Format estimated seconds, rounded to 10 s below 90 s and to a minute above."""
    if seconds < 90:
        return f"{max(10, 10 * round(seconds / 10))} s"
    return duration(60 * round(seconds / 60))
