"""Run a command and measure the whole process tree: wall time, processor time and peak memory.

Memory is the sum of the resident sets of every process of the tree, JVM included, read from Linux's /proc five times a
second (pages shared between processes count in each). The command gets a session of its own, so that a JVM whose
parent has gone is still counted; the clock stops when the last process of the session is gone.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.2
PATIENCE = 20.0  # seconds for remaining processes to end, and again after a signal
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """What one run took."""

    wall: float
    processor: float
    peak_mb: float
    exit_code: int


@dataclass(frozen=True)
class Process:
    """A living process from /proc/<pid>/stat."""

    pid: int
    parent: int
    session: int
    started: int
    ticks: int
    resident: int


def available() -> bool:
    return Path("/proc/self/stat").is_file()


def run(command: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path) -> Usage:
    """Run a command to its end with its output in a log, and end all its processes."""
    peak = 0
    left_since = 0.0
    ticks: dict[tuple[int, int], int] = {}
    with log.open("wb") as output:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        while True:
            ended = child.poll() is not None
            alive = members(child.pid)
            peak = max(peak, sum(process.resident for process in alive))
            ticks.update({(process.pid, process.started): process.ticks for process in alive})
            wall = time.perf_counter() - start
            left_since = left_since or (wall if ended else 0.0)
            if ended and (not alive or wall - left_since > PATIENCE):
                break
            time.sleep(INTERVAL)
    finally:
        end(child)
    return Usage(wall, sum(ticks.values()) / TICKS, peak / 2**20, child.returncode)


def members(leader: int) -> list[Process]:
    """Every living process of the leader's session, and every descendant of one of them."""
    everyone = [process for process in map(stat, pids()) if process]
    results = {process.pid for process in everyone if leader in (process.pid, process.session)}
    grown = True
    while grown:
        children = {process.pid for process in everyone if process.parent in results} - results
        results |= children
        grown = bool(children)
    return [process for process in everyone if process.pid in results]


def pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def stat(pid: int) -> Process | None:
    """The process, or None if it has ended or is a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the name before may hold blanks; fields[0] is the state
    if fields[0] in "ZX":
        return None
    ticks = int(fields[11]) + int(fields[12])
    return Process(pid, int(fields[1]), int(fields[3]), int(fields[19]), ticks, int(fields[21]) * PAGE)


def end(child: subprocess.Popen[bytes]) -> None:
    """End all processes of the child's session: by SIGTERM, so that a JVM removes its folders, then by SIGKILL."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        for process in members(child.pid):
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal_number)
        deadline = time.monotonic() + PATIENCE
        while (child.poll() is None or members(child.pid)) and time.monotonic() < deadline:
            time.sleep(INTERVAL)
