"""bench/run.py: what contestants are told to do, what is read from their output, what happens if one fails."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import process_tree
import pytest
import run
from contestants import OURS, PEERS, BenchError, Result, Score, Work, read_phases, reason_of
from launching import find_files, generate, parse_years

FILES = [Path("a_2015.csv"), Path("a_2016.csv")]
PLAIN, PANDAS = PEERS


def usage(wall: float = 10.0, exit_code: int = 0) -> process_tree.Usage:
    return process_tree.Usage(wall, 2 * wall, 100 * wall, exit_code)


def result(wall: float, auc: float, **phases: float) -> Result:
    return Result(usage(wall), [Score("gbt", "2015", 2016, auc), Score("lr", "2015", 2016, auc - 0.1)], phases)


def test_our_command_uses_default_learners_unless_some_are_chosen():
    work = Work(FILES, [2015, 2016])
    assert "--learners" not in OURS.command(work, Path("lake"))
    names = OURS.command(replace(work, learners=["xgboost"]), Path("lake"))
    assert names[-2:] == ["--learners", "xgboost,class_prior,area_premise_rate"]


@pytest.mark.parametrize(
    ("learners", "theirs"),
    [
        ([], "lr,gbt"),
        (["logistic_regression", "xgboost"], "lr,gbt"),
        (["xgboost", "gbt"], "gbt"),
        (["logistic_regression"], "lr"),
    ],
)
def test_peers_fit_their_counterparts_of_our_learners(learners, theirs):
    for peer in PEERS:
        assert peer.command(Work(FILES, [2015, 2016], learners), Path("lake"))[-2:] == ["--learners", theirs]


def test_learners_without_a_counterpart_are_refused():
    with pytest.raises(argparse.ArgumentTypeError, match="no peer has anything like 'knn'"):
        run.parse_learners("gbt,knn")


def test_our_seconds_by_stage_are_read_from_the_console():
    lines = [
        "22:25:27 stage 1 of 5: ingest",
        "22:25:27 ingest: inspecting files: done in 0.4 s",
        "22:26:27 stage 1 of 5: ingest: done in 60.2 s",
        "22:27:27 stage 2 of 5: describe: done in 5.0 s",
    ]
    assert read_phases(OURS, lines) == {"ingest": 60.2, "describe": 5.0}
    assert read_phases(PLAIN, ["phase lr: 3.5 s", "lr 2015->2016 AUC 0.7"]) == {"lr": 3.5}


def test_printed_stages_are_those_of_the_job():
    """The pattern above is the form in which crime_spark.progress.Stages says it."""
    import io

    from crime_spark.progress import Progress, Stages

    out = io.StringIO()
    with Stages(Progress(out), {"ingest": 1, "train": 1}).running("ingest"):
        pass
    assert list(read_phases(OURS, out.getvalue().splitlines())) == ["ingest"]


def test_wall_time_outside_the_stages_is_start_and_end():
    assert run.stages([result(10, 0.7, ingest=6), result(12, 0.7, ingest=7)]) == {"ingest": 6.5, "start and end": 4.5}


@pytest.mark.parametrize(
    ("exit_code", "output", "reason"),
    [
        (-9, "", "ran out of memory"),
        (137, "", "ran out of memory"),
        (1, "java.lang.OutOfMemoryError: Java heap space", "ran out of memory"),
        (1, "numpy: Unable to allocate 8 GiB", "ran out of memory"),
        (2, "no such file", "failed with exit code 2"),
    ],
)
def test_reason_of_a_failure(exit_code, output, reason):
    assert reason_of(usage(exit_code=exit_code), output) == reason


def test_failed_peer_is_reported_and_the_others_continue(monkeypatch, capsys):
    turns = []

    def run_once(contestant, work):
        turns.append(contestant.name)
        if contestant is PLAIN:
            raise BenchError("ran out of memory")
        return result(20.0 if contestant is OURS else 10.0, 0.75)

    monkeypatch.setattr(run, "run_once", run_once)
    results, failed = run.race([OURS, *PEERS], Work(FILES, [2015, 2016]), 2)
    assert turns == ["ours", "plain_pyspark", "pandas_sklearn", "ours", "pandas_sklearn"]
    assert failed == {"plain_pyspark": "ran out of memory"}
    lines = run.report(results, failed)
    assert "plain_pyspark   ran out of memory" in lines
    assert lines[-1] == "ratio to plain_pyspark n/a to pandas_sklearn 2.00"
    rows = {row.peer: row for row in run.compared(results, failed)}
    assert rows["plain PySpark"].note == "ran out of memory"
    assert rows["plain PySpark"].wall is None
    assert (rows["pandas + scikit-learn"].wall, rows["pandas + scikit-learn"].processor) == (2.0, 2.0)
    assert rows["pandas + scikit-learn"].note == "best AUC 0.7500, peer's 0.7500"


def test_failed_process_is_an_error_with_its_reason(monkeypatch):
    broken = replace(PANDAS, command=lambda *_: [sys.executable, "-c", "raise MemoryError"])
    monkeypatch.setattr(process_tree, "INTERVAL", 0.01)
    with pytest.raises(BenchError, match="ran out of memory"):
        run.run_once(broken, Work(FILES, [2015, 2016]))


def test_generated_files_are_selected_by_year(tmp_path):
    with pytest.raises(ValueError, match="no Chicago file"):
        find_files(tmp_path, parse_years("2001-2002"))
    generate(tmp_path, [2001, 2002], 100)
    assert [path.name for path in find_files(tmp_path, [2001, 2002])] == [
        "generated_sample_chicago_2001.csv",
        "generated_sample_chicago_2002.csv",
    ]
