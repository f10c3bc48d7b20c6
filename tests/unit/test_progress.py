"""What is said while a job runs."""

from __future__ import annotations

import io
import re

import pytest

from crime_spark.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_for_what_is_done():
    out = io.StringIO()
    with Progress(out) as progress, progress.working("ingest: a.csv"):
        pass
    assert re.fullmatch(r"\d\d:\d\d:\d\d ingest: a\.csv: done in \d+\.\d s\n", out.getvalue())


def test_nothing_is_called_done_that_failed():
    out = io.StringIO()
    with pytest.raises(ZeroDivisionError), Progress(out) as progress, progress.working("train"):
        _ = 1 / 0
    assert out.getvalue() == ""


def test_text_is_printed_as_it_is_on_one_line():
    out = io.StringIO()
    text = "[bold]/landing/" + "x" * 300 + ":car: {0}"
    Progress(out).say(text)
    assert out.getvalue()[len("00:00:00 ") :] == f"{text}\n"


def test_standard_output_is_left_to_the_results(capsys):
    Progress().say("hello")
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.endswith(" hello\n")


def test_live_lines_on_a_terminal_leave_the_lasting_ones(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with Progress(out) as progress, progress.working("train: [gbt]"):
        progress.say("one block is up to date")
    assert "one block is up to date\n" in out.getvalue()
    assert "train: [gbt]: done in" in out.getvalue()
