"""Side-by-side run: our pipeline, a plain PySpark script, and pandas with scikit-learn, on the same Chicago files.

Each does CSV -> clean, de-duplicated store -> descriptive statistics -> two learners per year -> AUC on the next year,
as a whole process of its own (start of Python and JVM included) into a fresh folder that is removed afterwards. How
each is kept honest:

ours            the shipped jobs/pipeline.py with its default settings and conf/spark/local.conf, through spark-submit;
                no path, setting or cache of it exists for this bench. It also quarantines, keeps a ledger, and
                computes every metric with intervals; that stays in its time.
plain_pyspark   MLlib's and Delta's defaults, as a first version has them, but nothing done slower than need be.
pandas_sklearn  the libraries' idiomatic and fast ways, all cores; AUCs stand beside the times, so that nobody wins by
                fitting less.

Before the clock starts the files are read once and every contestant's libraries are loaded once (jars downloaded), so
that nobody pays for a cold disk or a slow network. With --repeat the contestants take turns, and medians count. Memory
is resident sets from /proc, see process_tree.py; a JVM takes the heap it is allowed (ours: what conf/spark/local.conf
says, plain_pyspark: 8 GB), so its peak tells of that limit as much as of the need. OMP_WAIT_POLICY=passive holds for
all: on a busy machine OpenMP's spinning made scikit-learn's trees 6 to 13 times slower.
"""

import argparse
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import unquote

import process_tree
import pyarrow.parquet as pq

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
BIN = Path(sys.executable).parent
LAST_LINES = 30


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
class Contestant:
    """How one contestant is warmed up, started and read; a command is made from files, lake and years."""

    name: str
    warm_up: Sequence[str]
    command: Callable[[list[Path], Path, list[int]], list[str]]
    scores: Callable[[Path], list[Score]]


@dataclass(frozen=True)
class Result:
    """One run of one contestant."""

    usage: process_tree.Usage
    scores: list[Score]
    phases: str


def spark_submit() -> list[str]:
    beside = BIN / "spark-submit"
    submit = str(beside) if beside.exists() else "spark-submit"
    return [submit, "--properties-file", "conf/spark/local.conf", "jobs/pipeline.py"]


def our_command(files: list[Path], lake: Path, years: list[int]) -> list[str]:
    inputs = [part for file in files for part in ("--input", f"chicago={file}")]
    stages = ["--stages", "ingest,describe,examples,train,evaluate"]
    return [*spark_submit(), "--lake", str(lake), *inputs, "--cities", "chicago", *stages, "--matrix", "none"]


def script_command(script: str) -> Callable[[list[Path], Path, list[int]], list[str]]:
    def command(files: list[Path], lake: Path, years: list[int]) -> list[str]:
        inputs = [part for file in files for part in ("--input", str(file))]
        written = ",".join(map(str, years))
        return [sys.executable, str(BENCH / script), *inputs, "--lake", str(lake), "--years", written]

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


CONTESTANTS = (
    Contestant("ours", [*spark_submit(), "--help"], our_command, our_scores),
    Contestant(
        "plain_pyspark",
        [sys.executable, "-c", "from bench.plain_pyspark import session; session().stop()"],
        script_command("plain_pyspark.py"),
        script_scores,
    ),
    Contestant(
        "pandas_sklearn",
        [sys.executable, "-c", "import bench.pandas_sklearn"],
        script_command("pandas_sklearn.py"),
        script_scores,
    ),
)


def environment() -> dict[str, str]:
    """One environment for all: this interpreter for Spark's Python workers too, no spinning OpenMP threads."""
    return os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "OMP_WAIT_POLICY": "passive",
    }


def warm_up(chosen: Sequence[Contestant], files: list[Path]) -> None:
    """Files into the page cache, libraries loaded and jars downloaded; a fault shows in the run that counts."""
    for file in files:
        with file.open("rb") as stream:
            while stream.read(2**22):
                pass
    for contestant in chosen:
        print(f"warming up {contestant.name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="crime-spark-bench-") as scratch:
            process_tree.run(contestant.warm_up, environment(), ROOT, Path(scratch) / "log")


def run_once(contestant: Contestant, files: list[Path], years: list[int]) -> Result:
    """One run in a fresh folder; BenchError if it fails or leaves a test year without an AUC."""
    with tempfile.TemporaryDirectory(prefix="crime-spark-bench-") as scratch:
        log, lake = Path(scratch) / "log", Path(scratch) / "lake"
        lake.mkdir()
        usage = process_tree.run(contestant.command(files, lake, years), environment(), ROOT, log)
        lines = log.read_text(errors="replace").splitlines()
        last = "\n".join(lines[-LAST_LINES:])
        if usage.exit_code:
            raise BenchError(f"{contestant.name} failed with exit code {usage.exit_code}; its last lines:\n{last}")
        try:
            scores = contestant.scores(lake)
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise BenchError(f"{contestant.name}: no AUCs to read ({reason}); its last lines:\n{last}") from error
        missing = {year + 1 for year in years if year + 1 in years} - {score.test for score in scores}
        if missing:
            raise BenchError(f"{contestant.name} has no AUC for the test years {sorted(missing)}; last lines:\n{last}")
    phases = ", ".join(line.removeprefix("phase ") for line in lines if line.startswith("phase "))
    return Result(usage, scores, phases)


def race(chosen: Sequence[Contestant], files: list[Path], years: list[int], repeat: int) -> dict[str, list[Result]]:
    """Every contestant `repeat` times, taking turns."""
    results: dict[str, list[Result]] = {contestant.name: [] for contestant in chosen}
    for turn in range(1, repeat + 1):
        for contestant in chosen:
            print(f"running {contestant.name} ({turn} of {repeat})", file=sys.stderr, flush=True)
            result = run_once(contestant, files, years)
            results[contestant.name].append(result)
            print(f"  {result.usage.wall:.1f} s  {result.phases}", file=sys.stderr, flush=True)
    return results


def report(results: dict[str, list[Result]]) -> list[str]:
    """The tables, then the line of ratios."""
    lines = [f"{'contestant':<16}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}"]
    wall = {name: median(run.usage.wall for run in runs) for name, runs in results.items()}
    for name, runs in results.items():
        processor = median(run.usage.processor for run in runs)
        peak = median(run.usage.peak_mb for run in runs)
        lines.append(f"{name:<16}{wall[name]:>10.1f}{processor:>10.1f}{peak:>10.0f}")
    scores = [(name, score) for name, runs in results.items() for score in runs[-1].scores]
    pairs = sorted({(score.test, score.train) for _, score in scores})
    aucs = {(name, score.learner, score.test, score.train): score.auc for name, score in scores}
    rows = list(dict.fromkeys((name, score.learner) for name, score in scores))
    width = max(len(learner) for _, learner in rows) + 2
    heads = [f"{train}->{test}" for test, train in pairs]
    lines += ["", f"{'AUC':<16}{'learner':<{width}}" + "".join(f"{head:>{len(head) + 2}}" for head in heads)]
    for row in rows:
        values = [aucs.get((*row, *pair)) for pair in pairs]
        cells = [f"{'-' if value is None else f'{value:.4f}'}" for value in values]
        ends = "".join(f"{cell:>{len(head) + 2}}" for cell, head in zip(cells, heads, strict=True))
        lines.append(f"{row[0]:<16}{row[1]:<{width}}{ends}")
    to = {name: f"{wall['ours'] / wall[name]:.2f}" if {"ours", name} <= set(wall) else "n/a" for name in NAMES[1:]}
    return [*lines, "", "ratio " + " ".join(f"to {name} {ratio}" for name, ratio in to.items())]


NAMES = [contestant.name for contestant in CONTESTANTS]


def parse_years(text: str) -> list[int]:
    """2013-2016, or 2013,2014,2016; at least one year with its successor."""
    if match := re.fullmatch(r"(\d{4})-(\d{4})", text):
        years = list(range(int(match[1]), int(match[2]) + 1))
    elif re.fullmatch(r"\d{4}(,\d{4})*", text):
        years = sorted(set(map(int, text.split(","))))
    else:
        raise argparse.ArgumentTypeError(f"{text!r} is neither like 2013-2016 nor like 2013,2014")
    if not any(year + 1 in years for year in years):
        raise argparse.ArgumentTypeError(f"{text!r} holds no two consecutive years: nothing to fit on and score")
    return years


def parse_only(text: str) -> list[str]:
    names = text.split(",")
    if wrong := [name for name in names if name not in NAMES]:
        raise argparse.ArgumentTypeError(f"unknown contestant {', '.join(wrong)!r}; there are {', '.join(NAMES)}")
    return names


def parse_repeat(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def find_files(folder: Path, years: list[int]) -> list[Path]:
    """Chicago's files of those years below folder; ValueError names the years that have none."""
    root = folder.resolve()
    every = [path for path in sorted(root.rglob("*.csv*")) if path.name.endswith((".csv", ".csv.gz"))]
    ours = [path for path in every if "chicago" in "/".join([root.name, *path.relative_to(root).parts]).lower()]
    of = {year: [path for path in ours if re.search(rf"(?<!\d){year}", path.name)] for year in years}
    if absent := [str(year) for year in years if not of[year]]:
        raise ValueError(f"no Chicago file (*.csv, *.csv.gz) for {', '.join(absent)} below {folder}")
    return sorted({path for paths in of.values() for path in paths})


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/run.py", description="ours, plain PySpark, and pandas, side by side")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with Chicago's CSV files")
    parser.add_argument("--years", type=parse_years, required=True, help="2013-2016, or 2013,2014")
    parser.add_argument("--only", type=parse_only, default=NAMES, metavar="NAMES", help=",".join(NAMES))
    parser.add_argument("--repeat", type=parse_repeat, default=1, metavar="N", help="runs each; medians count")
    args = parser.parse_args()
    if not process_tree.available():
        parser.error("memory is measured through /proc: run it on Linux")
    try:
        files = find_files(args.data, args.years)
    except ValueError as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes and folders are cleared away
    chosen = [contestant for contestant in CONTESTANTS if contestant.name in args.only]
    print(f"{len(files)} files, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    try:
        warm_up(chosen, files)
        results = race(chosen, files, args.years, args.repeat)
    except (BenchError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print("\n".join(report(results)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
