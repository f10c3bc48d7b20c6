"""Progress: what a job writes to standard error while it runs, on a terminal and elsewhere."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterable

import pytest

from crime_spark import progress as module
from crime_spark.progress import BEAT, CHECK, Progress, Stages, duration, roughly


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def lines(out: io.StringIO) -> list[str]:
    """The lines written, without their time of day."""
    return [line[len("00:00:00 ") :] for line in out.getvalue().splitlines()]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_finished_step_has_a_line_with_its_duration():
    out = io.StringIO()
    with Progress(out) as progress, progress.working("ingest: a.csv"):
        pass
    assert re.fullmatch(r"\d\d:\d\d:\d\d ingest: a\.csv: done in \d+\.\d s\n", out.getvalue())


def test_failed_step_is_not_reported_as_done():
    out = io.StringIO()
    with pytest.raises(ZeroDivisionError), Progress(out) as progress, progress.working("train"):
        _ = 1 / 0
    assert out.getvalue() == ""


def test_text_is_printed_unchanged_on_one_line():
    out = io.StringIO()
    text = "[bold]/landing/" + "x" * 300 + ":car: {0}"
    Progress(out).say(text)
    assert out.getvalue()[len("00:00:00 ") :] == f"{text}\n"


def test_progress_writes_nothing_to_standard_output(capsys):
    Progress().say("hello")
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.endswith(" hello\n")


def test_live_lines_do_not_remove_printed_lines(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with Progress(out) as progress, progress.working("train: [gbt]"):
        progress.say("one block is up to date")
    assert "one block is up to date\n" in out.getvalue()
    assert "train: [gbt]: done in" in out.getvalue()


def after(progress: Progress, clock: Clock, seconds: Iterable[float]) -> None:
    """Let the heartbeat look again after each of these numbers of seconds."""
    for passed in seconds:
        clock.now += passed
        progress.beat()


def test_working_step_is_reported_within_30_seconds():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    silent, longest, before = 0.0, 0.0, 0
    with progress.working("train: gbt"):
        for _ in range(60):
            after(progress, clock, [CHECK])
            silent = 0.0 if len(lines(out)) > before else silent + CHECK
            longest, before = max(longest, silent), len(lines(out))
    assert longest + CHECK < 30
    assert lines(out)[:2] == ["still working: train: gbt: 26 s", "still working: train: gbt: 52 s"]
    assert lines(out)[-1] == "train: gbt: done in 120.0 s"


def test_heartbeat_reports_all_due_steps_in_one_line():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    with progress.working("a"), progress.working("b"):
        after(progress, clock, [BEAT - 1])
        assert lines(out) == []
        after(progress, clock, [1])
        assert lines(out) == ["still working: a: 25 s; b: 25 s"]


def test_step_is_reported_even_if_others_write_often():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    with progress.working("slow"):
        for _ in range(3):
            progress.say("quick")
            after(progress, clock, [10])
    assert lines(out)[3] == "still working: slow: 30 s"


def test_ended_step_is_not_reported():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    with progress.working("a"):
        pass
    after(progress, clock, [BEAT, BEAT])
    assert lines(out) == ["a: done in 0.0 s"]


def test_waiting_is_reported_only_in_silence_and_has_no_final_line():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    with progress.waiting("stage train"):
        with progress.working("gbt"):
            after(progress, clock, [BEAT])
        after(progress, clock, [BEAT - 1, 1])
    assert lines(out) == ["still working: gbt: 25 s", "gbt: done in 25.0 s", "still working: stage train: 50 s"]


def test_count_shows_finished_units_and_the_remaining_time():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    with progress.counting("train: cells", 12) as advance:
        for _ in range(3):
            clock.now += 10
            advance()
        clock.now += 10
        advance(9)
    assert lines(out) == [
        "train: cells: 1 of 12 after 10 s, about 2 min left",
        "train: cells: 2 of 12 after 20 s, about 2 min left",
        "train: cells: 3 of 12 after 30 s, about 2 min left",
        "train: cells: 12 of 12 done in 40.0 s",
    ]


def test_quick_units_share_a_line():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    with progress.counting("resamples", 500) as advance:
        for _ in range(500):
            clock.now += 0.05
            advance()
    assert len(lines(out)) == 3
    assert lines(out)[-1] == "resamples: 500 of 500 done in 25.0 s"


def test_heartbeat_reports_the_count_during_a_slow_unit():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    with progress.counting("classes", 4) as advance:
        after(progress, clock, [BEAT])
        advance()
        after(progress, clock, [BEAT])
        advance(3)
    assert lines(out)[:2] == [
        "still working: classes: 0 of 4 after 25 s",
        "still working: classes: 1 of 4 after 50 s, about 2 min left",
    ]


def test_failed_count_is_not_reported_as_done():
    out = io.StringIO()
    with pytest.raises(ZeroDivisionError), Progress(out) as progress, progress.counting("cells", 2):
        _ = 1 / 0
    assert out.getvalue() == ""


def test_units_can_be_counted_from_several_threads():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    with progress.counting("cells", 400) as advance:
        threads = [threading.Thread(target=lambda: [advance() for _ in range(100)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert lines(out) == ["cells: 400 of 400 done in 0.0 s"]


def test_heartbeat_runs_inside_the_context_only(monkeypatch):
    beaten = threading.Event()
    monkeypatch.setattr(module, "CHECK", 0.001)
    monkeypatch.setattr(Progress, "beat", lambda _: beaten.set())
    with Progress(io.StringIO()):
        assert beaten.wait(3600)
    assert "progress" not in {thread.name for thread in threading.enumerate()}


def test_terminal_shows_the_count_live_without_a_heartbeat(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with Progress(out) as progress, progress.counting("cells", 3) as advance:
        advance()
        assert [task.description for task in progress._live.tasks] == ["cells: 1 of 3"]  # type: ignore[union-attr]
        assert "progress" not in {thread.name for thread in threading.enumerate()}
    assert "cells: 1 of 3 done in" in out.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (1500, "25 min"), (7500, "2 h 5 min")],
)
def test_durations_are_formatted_by_size(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "10 s"), (44, "40 s"), (89, "90 s"), (100, "2 min"), (200, "3 min"), (7300, "2 h 2 min")]
)
def test_estimates_are_rounded(seconds, text):
    assert roughly(seconds) == text


def test_stages_show_their_number_the_time_so_far_and_the_remaining_time():
    out, clock = io.StringIO(), Clock()
    stages = Stages(Progress(out, clock), {"ingest": 10, "train": 20, "report": 5}, clock)
    for name, seconds in (("ingest", 60), ("train", 90), ("report", 30)):
        with stages.running(name):
            clock.now += seconds
    assert lines(out) == [
        "stage 1 of 3: ingest",
        "stage 1 of 3: ingest: done in 60.0 s",
        "stage 2 of 3: train (1 min so far, about 2 min left)",
        "stage 2 of 3: train: done in 90.0 s",
        "stage 3 of 3: report (2 min 30 s so far, about 20 s left)",
        "stage 3 of 3: report: done in 30.0 s",
    ]


def test_stage_is_reported_between_its_steps():
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock)
    with Stages(progress, {"ingest": 1, "train": 1}, clock).running("ingest"):
        after(progress, clock, [BEAT])
    assert lines(out)[1] == "still working: stage 1 of 2: ingest: 25 s"


def test_only_stage_of_a_job_has_no_lines():
    out, clock = io.StringIO(), Clock()
    with Stages(Progress(out, clock), {"train": 20}, clock).running("train"):
        pass
    assert lines(out) == []


def test_failed_stage_is_not_reported_as_done():
    out, clock = io.StringIO(), Clock()
    with pytest.raises(ZeroDivisionError), Stages(Progress(out, clock), {"a": 1, "b": 1}, clock).running("a"):
        _ = 1 / 0
    assert lines(out) == ["stage 1 of 2: a"]
