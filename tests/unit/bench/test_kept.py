"""What the other benches write to their result files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import ingest
import learners
import numpy as np
import process_tree
import training


def usage(wall: float, exit_code: int = 0) -> process_tree.Usage:
    return process_tree.Usage(wall, 2 * wall, 100 * wall, exit_code)


def content(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def test_ingest_compares_all_files_and_a_nightly_run_without_the_start_of_spark(tmp_path):
    args = argparse.Namespace(years="3,18", rows=1000, results=tmp_path, folder=tmp_path)
    usages = {"ours": usage(60), "pandas": usage(40), "nightly": usage(18)}
    kept = content(ingest.keep(18, args, usages, 10.0))
    assert kept["name"] == "ingest-18x1000"
    assert [(row["peer"], row["wall"], row["memory"]) for row in kept["comparisons"]] == [
        ("pandas", 1.5, 1.5),
        ("pandas' full run", 0.2, None),
    ]
    assert kept["command"] == 'make bench-ingest FOLDER=DIR ARGS="--years 3,18 --rows 1000"'


def test_ingest_reports_that_pandas_ran_out_of_memory(tmp_path):
    (tmp_path / "pandas.log").write_text("MemoryError: Unable to allocate 9 GiB")
    args = argparse.Namespace(years="18", rows=1000, results=tmp_path, folder=tmp_path)
    usages = {"ours": usage(60), "pandas": usage(40, 1), "nightly": usage(18)}
    kept = content(ingest.keep(18, args, usages, 10.0))
    assert [(row["wall"], row["note"]) for row in kept["comparisons"]] == [(None, "ran out of memory")]


def test_training_compares_medians_and_mean_aucs(tmp_path):
    args = argparse.Namespace(years=[2015, 2016], share=1.0, repeat=3, results=tmp_path)
    perfect = training.Scored(2015, np.array([0.0, 1.0]), np.array([0.1, 0.9]))
    random = training.Scored(2015, np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    seconds = {"ours": [9.0, 5.0, 4.0], "sets": [8.0, 8.0, 8.0], "peer": [4.0, 4.0, 4.0]}
    scored = {"ours": [perfect], "sets": [random], "peer": [random]}
    kept = content(training.keep(args, seconds, scored, {2015: 2, 2016: 2}))
    assert [(row["wall"], row["note"]) for row in kept["comparisons"]] == [
        (1.25, "mean AUC 1.0000, peer's 0.5000"),
        (2.0, "mean AUC 0.5000, peer's 0.5000"),
    ]
    assert kept["figures"]["seconds"] == seconds


def test_learners_without_a_peer_appear_only_in_the_figures(tmp_path):
    args = argparse.Namespace(years=[2015, 2016], share=0.25, learners="mlp,gbt", results=tmp_path)
    figures = {
        "mlp": {"auc": 0.74, "seconds": 30.0, "peer_auc": 0.75, "peer_seconds": 20.0},
        "gbt": {"auc": 0.76, "seconds": 30.0},
    }
    kept = content(learners.keep(args, figures))
    assert [(row["what"], row["wall"]) for row in kept["comparisons"]] == [("fitting and scoring: mlp", 1.5)]
    assert kept["figures"]["learners"] == figures
    assert kept["command"].endswith('ARGS="--learners mlp,gbt --share 0.25"')
