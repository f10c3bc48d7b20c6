"""Side-by-side run: our pipeline, a plain PySpark script, and pandas with scikit-learn, on the same Chicago files.

Each does CSV -> clean, de-duplicated store -> descriptive statistics -> two learners per year -> AUC on the next year,
as a whole process of its own (start of Python and JVM included) into a fresh folder that is removed afterwards. How
each is kept honest:

ours            the shipped jobs/pipeline.py with its default settings and conf/spark/local.conf, through spark-submit;
                no path, setting or cache of it exists for this bench. It also quarantines, keeps a ledger, and
                computes every metric with intervals; that stays in its time.
plain_pyspark   MLlib's and Delta's defaults, as a first version has them, but nothing done slower than need be.
pandas_sklearn  idiomatic and fast use of the libraries on all cores; AUCs are printed with the times, so that nobody
                wins by fitting less.

A contestant that fails, or runs out of memory, is reported as such, and the others go on. The result, with our seconds
by stage, is written to bench/results/. Plain PySpark starts without the class-data archive that `make setup` makes.

Before the clock starts the files are read once and every contestant's libraries are loaded once (jars downloaded), so
that nobody pays for a cold disk or a slow network. With --repeat the contestants take turns, and medians count. Memory
is resident sets from /proc, see process_tree.py; a JVM takes the heap it is allowed (ours: what conf/spark/local.conf
says, plain_pyspark: 8 GB), so its peak tells of that limit as much as of the need. OMP_WAIT_POLICY=passive holds for
all: on a busy machine OpenMP's spinning made scikit-learn's trees 6 to 13 times slower.
"""

import argparse
import gzip
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, median

import process_tree
from contestants import (
    CONTESTANTS,
    OURS,
    PEERS,
    PEERS_LEARNERS,
    BenchError,
    Contestant,
    Result,
    Work,
    read_phases,
    reason_of,
)
from launching import ROOT, environment, find_files, generate, parse_repeat, parse_years
from results import Bench, Comparison, add_option, ratio, save

LAST_LINES = 30
NAMES = [contestant.name for contestant in CONTESTANTS]


def warm_up(chosen: Sequence[Contestant], files: Sequence[Path]) -> int:
    """Files into the page cache, libraries loaded, jars downloaded; a fault shows in the run that counts.

    Returns: the rows of all files.
    """
    rows = 0
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            rows += sum(1 for _ in stream) - 1
    for contestant in chosen:
        print(f"warming up {contestant.name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="crime-spark-bench-") as scratch:
            command, variables = contestant.warm_up, environment() | contestant.variables
            process_tree.run(command, variables, ROOT, Path(scratch) / "log")
    return rows


def run_once(contestant: Contestant, work: Work) -> Result:
    """One run in a fresh folder; BenchError if it fails or leaves a test year without an AUC."""
    with tempfile.TemporaryDirectory(prefix="crime-spark-bench-") as scratch:
        log, lake = Path(scratch) / "log", Path(scratch) / "lake"
        lake.mkdir()
        usage = process_tree.run(contestant.command(work, lake), environment() | contestant.variables, ROOT, log)
        lines = log.read_text(errors="replace").splitlines()
        last = "\n".join(lines[-LAST_LINES:])
        if usage.exit_code not in (0, 3):  # 3: done, and a limit on the quality of the data is crossed
            print(last, file=sys.stderr, flush=True)
            raise BenchError(reason_of(usage, "\n".join(lines)))
        try:
            scores = contestant.scores(lake)
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(last, file=sys.stderr, flush=True)
            raise BenchError(f"left no AUCs to read ({type(error).__name__}: {error})") from error
        if missing := work.test_years - {score.test for score in scores}:
            print(last, file=sys.stderr, flush=True)
            raise BenchError(f"left no AUC for the test years {sorted(missing)}")
    return Result(usage, scores, read_phases(contestant, lines))


def race(chosen: Sequence[Contestant], work: Work, repeat: int) -> tuple[dict[str, list[Result]], dict[str, str]]:
    """Every contestant `repeat` times, taking turns.

    Returns: the results by name of those that did the work every time, and why the others did not.
    """
    results: dict[str, list[Result]] = {contestant.name: [] for contestant in chosen}
    failed: dict[str, str] = {}
    for turn in range(1, repeat + 1):
        for contestant in (contestant for contestant in chosen if contestant.name not in failed):
            print(f"running {contestant.name} ({turn} of {repeat})", file=sys.stderr, flush=True)
            try:
                result = run_once(contestant, work)
            except BenchError as error:
                failed[contestant.name] = str(error)
                print(f"  {error}", file=sys.stderr, flush=True)
                continue
            results[contestant.name].append(result)
            phases = ", ".join(f"{name}: {seconds:.1f} s" for name, seconds in result.phases.items())
            print(f"  {result.usage.wall:.1f} s  {phases}", file=sys.stderr, flush=True)
    return {name: runs for name, runs in results.items() if name not in failed}, failed


def medians(runs: Sequence[Result]) -> dict[str, float]:
    """Wall and CPU seconds and peak memory (MB), each the median of the runs."""
    usages = [run.usage for run in runs]
    return {
        "wall": median(usage.wall for usage in usages),
        "processor": median(usage.processor for usage in usages),
        "peak_mb": median(usage.peak_mb for usage in usages),
    }


def stages(runs: Sequence[Result]) -> dict[str, float]:
    """Seconds of each stage, the median of the runs; what is left of the wall time is the start and the end."""
    names = dict.fromkeys(name for run in runs for name in run.phases)
    results = {name: median(run.phases.get(name, 0.0) for run in runs) for name in names}
    rest = median(run.usage.wall - sum(run.phases.values()) for run in runs)
    return {name: round(seconds, 1) for name, seconds in {**results, "start and end": rest}.items()}


def report(results: Mapping[str, Sequence[Result]], failed: Mapping[str, str]) -> list[str]:
    """The tables of times and AUCs, our seconds by stage, then the line of ratios."""
    lines = [f"{'contestant':<16}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}"]
    measured = {name: medians(runs) for name, runs in results.items()}
    for name, values in measured.items():
        lines.append(f"{name:<16}{values['wall']:>10.1f}{values['processor']:>10.1f}{values['peak_mb']:>10.0f}")
    lines += [f"{name:<16}{reason}" for name, reason in failed.items()]
    lines += ["", *auc_table(results)]
    if OURS.name in results:
        lines += ["", "our seconds by stage"]
        lines += [f"  {name:<14}{seconds:>8.1f}" for name, seconds in stages(results[OURS.name]).items()]
    to = {
        name: f"{measured['ours']['wall'] / measured[name]['wall']:.2f}" if {"ours", name} <= set(measured) else "n/a"
        for name in NAMES[1:]
    }
    return [*lines, "", "ratio " + " ".join(f"to {name} {quotient}" for name, quotient in to.items())]


def auc_table(results: Mapping[str, Sequence[Result]]) -> list[str]:
    """A line for each learner of each contestant, a column for each pair of years."""
    scores = [(name, score) for name, runs in results.items() for score in runs[-1].scores]
    pairs = sorted({(score.test, score.train) for _, score in scores})
    aucs = {(name, score.learner, score.test, score.train): score.auc for name, score in scores}
    rows = list(dict.fromkeys((name, score.learner) for name, score in scores))
    width = max((len(learner) for _, learner in rows), default=0) + 2
    heads = [f"{train}->{test}" for test, train in pairs]
    lines = [f"{'AUC':<16}{'learner':<{width}}" + "".join(f"{head:>{len(head) + 2}}" for head in heads)]
    for row in rows:
        values = [aucs.get((*row, *pair)) for pair in pairs]
        cells = ["-" if value is None else f"{value:.4f}" for value in values]
        ends = "".join(f"{cell:>{len(head) + 2}}" for cell, head in zip(cells, heads, strict=True))
        lines.append(f"{row[0]:<16}{row[1]:<{width}}{ends}")
    return lines


def best_auc(runs: Sequence[Result]) -> float:
    """The mean AUC over the test years of the learner that has the highest."""
    learners = {score.learner for score in runs[-1].scores}
    return max(mean(score.auc for score in runs[-1].scores if score.learner == learner) for learner in learners)


def compared(results: Mapping[str, Sequence[Result]], failed: Mapping[str, str]) -> list[Comparison]:
    """Comparisons of ours with each peer that ran or failed."""
    what = "CSV to AUCs"
    comparisons = [Comparison(what, peer.title, note=failed[peer.name]) for peer in PEERS if peer.name in failed]
    ours = results.get(OURS.name)
    for peer in PEERS if ours else ():
        if peer.name in results:
            mine, theirs = medians(ours), medians(results[peer.name])
            quotients = (ratio(mine[name], theirs[name]) for name in ("wall", "processor", "peak_mb"))
            note = f"best AUC {best_auc(ours):.4f}, peer's {best_auc(results[peer.name]):.4f}"
            comparisons.append(Comparison(what, peer.title, *quotients, note))
    return comparisons


def keep(
    work: Work, rows: int, args: argparse.Namespace, outcome: tuple[dict[str, list[Result]], dict[str, str]]
) -> Path:
    """The result's file: its name tells years and learners, so that runs of other years or learners stay."""
    results, failed = outcome
    whole = list(work.years) == list(range(work.years[0], work.years[-1] + 1))
    span = f"{work.years[0]}-{work.years[-1]}" if whole else ",".join(map(str, work.years))
    learners = " and ".join(work.learners or ("logistic_regression", "gbt"))
    options = [f"--learners {','.join(work.learners)}"] if work.learners else []
    options += [f"--generate {args.generate}"] if args.generate else []
    command = f"make bench DATA=DIR YEARS={span}" + (f' ARGS="{" ".join(options)}"' if options else "")
    figures = {
        "rows": rows,
        "contestants": {
            name: {
                **{key: round(value, 1) for key, value in medians(runs).items()},
                "runs": len(runs),
                "seconds_by_stage": stages(runs),
                "auc": [{**vars(score), "auc": round(score.auc, 4)} for score in runs[-1].scores],
            }
            for name, runs in results.items()
        },
        "failed": failed,
    }
    title = f"Chicago {span}, {rows:,} {'generated ' if args.generate else ''}rows, {learners}"
    name = "-".join(["run", span, *work.learners, *(["generated"] if args.generate else [])])
    return save(Bench(name, title, command), compared(results, failed), figures, args.results)


def parse_only(text: str) -> list[str]:
    names = text.split(",")
    if wrong := [name for name in names if name not in NAMES]:
        raise argparse.ArgumentTypeError(f"unknown contestant {', '.join(wrong)!r}; there are {', '.join(NAMES)}")
    return names


def parse_learners(text: str) -> list[str]:
    names = text.split(",")
    if wrong := [name for name in names if name not in PEERS_LEARNERS]:
        expected = ", ".join(PEERS_LEARNERS)
        raise argparse.ArgumentTypeError(f"no peer has anything like {', '.join(wrong)!r}; there are {expected}")
    return names


def arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with Chicago's CSV files")
    parser.add_argument("--years", type=parse_years, required=True, help="2013-2016, or 2013,2014")
    parser.add_argument("--only", type=parse_only, default=NAMES, metavar="NAMES", help=",".join(NAMES))
    parser.add_argument("--repeat", type=parse_repeat, default=1, metavar="N", help="runs of each; medians count")
    parser.add_argument(
        "--learners",
        type=parse_learners,
        default=[],
        metavar="NAMES",
        help=f"of {', '.join(PEERS_LEARNERS)}; ours also fits the baselines; for xgboost plain PySpark fits MLlib's "
        "gbt, scikit-learn its HistGradientBoosting (default: ours as shipped, logistic regression and gbt)",
    )
    parser.add_argument(
        "--generate", type=int, metavar="ROWS", help="first write a file of generated rows for each year into DIR"
    )
    add_option(parser)
    return parser.parse_args()


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/run.py", description="ours, plain PySpark, and pandas, side by side")
    args = arguments(parser)
    if not process_tree.available():
        parser.error("memory is measured through /proc: run it on Linux")
    try:
        if args.generate:
            generate(args.data, args.years, args.generate)
        work = Work(find_files(args.data, args.years), args.years, args.learners)
    except ValueError as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes and folders are cleared away
    chosen = [contestant for contestant in CONTESTANTS if contestant.name in args.only]
    print(f"{len(work.files)} files, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    try:
        rows = warm_up(chosen, work.files)
        results, failed = race(chosen, work, args.repeat)
    except OSError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print("\n".join(report(results, failed)))
    if OURS.name in results and args.only == NAMES:  # a part would replace the whole
        print(f"written: {keep(work, rows, args, (results, failed))}")
    return 1 if OURS.name in failed else 0


if __name__ == "__main__":
    sys.exit(main())
