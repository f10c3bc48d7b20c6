"""The contestants of bench/run.py: how each is warmed up, started and read."""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import process_tree
import pyarrow.parquet as pq
from launching import BENCH, spark_submit

# What stands for our learners in the peers' scripts, which have one tree booster each.
PEERS_LEARNERS: Mapping[str, str] = {"logistic_regression": "lr", "gbt": "gbt", "xgboost": "gbt"}
BASELINES = ("class_prior", "area_premise_rate")


class BenchError(Exception):
    """A contestant failed or did not do the work."""


@dataclass(frozen=True)
class Score:
    """An AUC: fitted on `train`, scored on `test`."""

    learner: str
    train: str
    test: int
    auc: float


@dataclass(frozen=True)
class Work:
    """What all contestants do: these files of these years, with these learners (none named: what is default)."""

    files: Sequence[Path]
    years: Sequence[int]
    learners: Sequence[str] = ()

    @property
    def test_years(self) -> set[int]:
        return {year + 1 for year in self.years if year + 1 in self.years}


@dataclass(frozen=True)
class Contestant:
    """Its names in the output and for people, the command for a lake and its work, and where its AUCs and phases are.

    Args:
        phase: matches a line of its output that says how long a part of the work took: name, then seconds.
        variables: its environment beyond what all have.
    """

    name: str
    title: str
    warm_up: Sequence[str]
    command: Callable[[Work, Path], list[str]]
    scores: Callable[[Path], list[Score]]
    phase: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """One run of one contestant; phases in seconds."""

    usage: process_tree.Usage
    scores: list[Score]
    phases: dict[str, float]


def our_command(work: Work, lake: Path) -> list[str]:
    inputs = [part for file in work.files for part in ("--input", f"chicago={file}")]
    stages = ["--stages", "ingest,describe,examples,train,evaluate"]
    command = [*spark_submit(), "--lake", str(lake), *inputs, "--cities", "chicago", *stages, "--matrix", "none"]
    return command + (["--learners", ",".join([*work.learners, *BASELINES])] if work.learners else [])


def script_command(script: str) -> Callable[[Work, Path], list[str]]:
    def command(work: Work, lake: Path) -> list[str]:
        inputs = [part for file in work.files for part in ("--input", str(file))]
        years = ",".join(map(str, work.years))
        learners = dict.fromkeys(PEERS_LEARNERS[name] for name in work.learners) or ["lr", "gbt"]
        chosen = ["--lake", str(lake), "--years", years, "--learners", ",".join(learners)]
        return [sys.executable, str(BENCH / script), *inputs, *chosen]

    return command


def our_scores(lake: Path) -> list[Score]:
    """The AUC rows of gold/metrics, from the Parquet files that its Delta log holds as live."""
    table = lake / "gold" / "metrics"
    live: dict[str, None] = {}
    for commit in sorted((table / "_delta_log").glob("*.json")):
        for action in map(json.loads, commit.read_text().splitlines()):
            if "remove" in action:
                live.pop(action["remove"]["path"], None)
            if "add" in action:
                if action["add"].get("deletionVector"):
                    raise BenchError(f"{table} has deletion vectors: this reader would count deleted rows")
                live[action["add"]["path"]] = None
    rows = [row for path in live for row in pq.ParquetFile(table / unquote(path)).read().to_pylist()]
    rows = [row for row in rows if row["metric"] == "auc" and row["value"] is not None]
    varying = [name for name in ("task", "protocol", "policy") if len({row[name] for row in rows}) > 1]
    return [
        Score(" ".join([row["learner"], *(row[name] for name in varying)]),
              f"{row['train_from']}" + (f"..{row['train_to']}" if row["train_to"] != row["train_from"] else ""),
              int(row["test_year"]), float(row["value"]))
        for row in rows
    ]  # fmt: skip


def script_scores(lake: Path) -> list[Score]:
    return [Score(**row) for row in json.loads((lake / "metrics.json").read_text())]


SCRIPT_PHASE = r"phase (\w+): ([\d.]+) s"
OURS = Contestant(
    name="ours",
    title="crime-spark",
    warm_up=[*spark_submit(), "--help"],
    command=our_command,
    scores=our_scores,
    phase=r"[\d:]+ stage \d+ of \d+: (\w+): done in ([\d.]+) s",
)
PEERS = (
    Contestant(
        name="plain_pyspark",
        title="plain PySpark",
        warm_up=[sys.executable, "-c", "from bench.plain_pyspark import session; session().stop()"],
        command=script_command("plain_pyspark.py"),
        scores=script_scores,
        phase=SCRIPT_PHASE,
        # The class-data archive of `make setup` is part of ours: Spark starts here as pip installed it.
        variables={"SPARK_CONF_DIR": str(BENCH / "no-spark-conf")},
    ),
    Contestant(
        name="pandas_sklearn",
        title="pandas + scikit-learn",
        warm_up=[sys.executable, "-c", "import bench.pandas_sklearn"],
        command=script_command("pandas_sklearn.py"),
        scores=script_scores,
        phase=SCRIPT_PHASE,
    ),
)
CONTESTANTS = (OURS, *PEERS)


def read_phases(contestant: Contestant, lines: Sequence[str]) -> dict[str, float]:
    """Part of the work -> seconds, from the contestant's output."""
    matches = [re.fullmatch(contestant.phase, line) for line in lines]
    return {match[1]: float(match[2]) for match in matches if match}


def reason_of(usage: process_tree.Usage, output: str) -> str:
    """Why a run failed, in a few words."""
    signs = ("OutOfMemoryError", "MemoryError", "Unable to allocate", "Cannot allocate memory")
    if usage.exit_code in (-9, 137) or any(sign in output for sign in signs):
        return "ran out of memory"
    return f"failed with exit code {usage.exit_code}"
