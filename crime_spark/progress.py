"""What a person sees while a job runs: a live line per stage and cell on a terminal, one plain line each elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import Progress as LiveLines
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn


class Progress:
    """Writes to standard error, so that standard output holds the results alone. Safe to use from several threads."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._console = Console(file=stream or sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._live: LiveLines | None = None
        if self._console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            self._live = LiveLines(*columns, console=self._console, transient=True)

    def __enter__(self) -> Progress:
        """Start the live lines, if there are any."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the live lines away; what was done stays."""
        if self._live is not None:
            self._live.stop()

    def say(self, text: str) -> None:
        """One line that stays."""
        self._console.print(f"{time.strftime('%H:%M:%S')} {text}")

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """A live line while it lasts; a line with the seconds taken when it is done."""
        started = time.monotonic()
        line = self._live.add_task(what, total=None) if self._live is not None else None
        try:
            yield
            self.say(f"{what}: done in {time.monotonic() - started:.1f} s")
        finally:
            if self._live is not None and line is not None:
                self._live.remove_task(line)
