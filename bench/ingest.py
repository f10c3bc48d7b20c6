"""Ingest side by side with pandas on generated Chicago files, and a night's increment on top of them.

ours      the shipped jobs/ingest.py through spark-submit with 3 GB of driver memory and nothing else changed; it also
          quarantines damaged rows, keeps the ledger, and checks the limits of quality.
pandas    bench/pandas_ingest.py on the same files; it skips rows that it cannot read.
nightly   a file of 1,000 new and 500 revised rows on the lake of ours; the time to start Spark, measured by an empty
          job, is subtracted.

The files come from the generator of the embedded sample (--rows a year, --years files), once for each --folder.
"""

import argparse
import csv
import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import process_tree
from contestants import reason_of
from launching import ROOT, environment, spark_submit
from results import Bench, Comparison, add_option, ratio, save

from crime_spark.sample import write_sample

FIRST_YEAR = 2001
START = "from crime_spark.session import build_session; build_session('start').stop()"


def generated(folder: Path, years: int, rows: int) -> list[Path]:
    """The files, generated if they do not exist."""
    built = folder / f"{years}x{rows}"
    if not built.exists():
        write_sample(
            built, cities=["chicago"], first_year=FIRST_YEAR, years=years, rows_per_year=rows, compress="plain"
        )
    return sorted((built / "chicago").iterdir())


def night(files: list[Path], to: Path) -> Path:
    """Write 1,000 new rows and 500 revised ones, nine in ten of them from the last two years."""
    chance = random.Random(1)
    header, newest = _rows(files[-1])
    older = _rows(files[chance.randrange(len(files) - 2)])[1] if len(files) > 2 else newest
    index = {name: place for place, name in enumerate(header)}
    revised = [dict(zip(header, row, strict=True)) for row in newest[-450:] + older[-50:]]
    new = [dict(zip(header, row, strict=True)) for row in newest[:1000]]
    for number, row in enumerate(new):
        row |= {"ID": f"99{number:06}", "Case Number": f"ZZ{number:06}"}
    for row in (*revised, *new):
        row["Updated On"] = "01/01/2026 12:00:00 AM"
    with to.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows([row[name] for name in index] for row in (*revised, *new))
    return to


def _rows(file: Path) -> tuple[list[str], list[list[str]]]:
    with file.open(newline="", encoding="latin-1") as stream:
        header, *rows = csv.reader(stream)
    return header, [row for row in rows if len(row) == len(header) and row[header.index("ID")].isdigit()]


def ours(lake: Path, files: list[Path]) -> list[str]:
    submit = [*spark_submit()[:-1], "--driver-memory", "3g", "jobs/ingest.py", "--lake", str(lake)]
    return [*submit, *(part for file in files for part in ("--input", f"chicago={file}"))]


def pandas(files: list[Path]) -> list[str]:
    script = str(ROOT / "bench" / "pandas_ingest.py")
    return [sys.executable, script, *(part for file in files for part in ("--input", str(file)))]


def started(folder: Path, log: Path) -> float:
    """The seconds of a job that only starts Spark."""
    script = folder / "start.py"
    script.write_text(START + "\n")
    return measured("start", [*spark_submit()[:-1], str(script)], log).wall


def measured(name: str, command: list[str], log: Path, peer: bool = False) -> process_tree.Usage:
    """Run a command and return its usage; a peer may fail, which is printed."""
    usage = process_tree.run(command, environment(), ROOT, log)
    if peer and usage.exit_code:
        print(f"{name:<10}{reason_of(usage, log.read_text(errors='replace'))}", flush=True)
        return usage
    if usage.exit_code not in (0, 3):
        raise SystemExit(f"{name} failed with exit code {usage.exit_code}:\n{log.read_text()[-3000:]}")
    print(f"{name:<10}{usage.wall:>9.1f} s {usage.processor:>9.1f} CPU s {usage.peak_mb:>9.0f} MB", flush=True)
    return usage


def sizes(text: str) -> Iterator[int]:
    yield from (int(part) for part in text.split(","))


def keep(files: int, args: argparse.Namespace, usages: dict[str, process_tree.Usage], start: float) -> Path:
    """Write the result: all files compared with pandas, and the night without starting Spark."""
    ours, peer, nightly = usages["ours"], usages["pandas"], usages["nightly"]
    what, night_of = f"ingest of {files} files", "a night of 1,500 rows, start of Spark not counted"
    if peer.exit_code:
        comparisons = [Comparison(what, "pandas", note=reason_of(peer, (args.folder / "pandas.log").read_text()))]
    else:
        quotients = (ratio(getattr(ours, source), getattr(peer, source)) for source in ("wall", "processor", "peak_mb"))
        comparisons = [
            Comparison(what, "pandas", *quotients),
            Comparison(night_of, "pandas' full run", ratio(nightly.wall - start, peer.wall)),
        ]
    command = f'make bench-ingest FOLDER=DIR ARGS="--years {args.years} --rows {args.rows}"'
    bench = Bench(f"ingest-{files}x{args.rows}", f"{files} generated files of {args.rows:,} rows", command)
    figures = {name: {k: round(v, 1) for k, v in vars(usage).items()} for name, usage in usages.items()}
    return save(bench, comparisons, {**figures, "start_of_spark": round(start, 1)}, args.results)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/ingest.py", description="ingest compared with pandas")
    parser.add_argument("--folder", type=Path, required=True, help="folder for files and lakes")
    parser.add_argument("--years", default="3,18", help="numbers of yearly files; pandas reads the last one too")
    parser.add_argument("--rows", type=int, default=372_000, help="rows a year (default: %(default)s)")
    add_option(parser)
    args = parser.parse_args()
    counts = list(sizes(args.years))
    args.folder.mkdir(parents=True, exist_ok=True)
    every = generated(args.folder, counts[-1], args.rows)
    log, lake, frames = args.folder / "log", args.folder / "lake", args.folder / "frames"
    print(f"{len(every)} files of {args.rows:,} rows, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    start = started(args.folder, log)
    seconds = {}
    for count in counts:
        shutil.rmtree(lake, ignore_errors=True)
        usage = measured(f"ours {count}", ours(lake, every[:count]), log)
        seconds[count] = usage.wall - start
    shutil.rmtree(frames, ignore_errors=True)
    frames.mkdir()
    peer = measured("pandas", [*pandas(every), "--lake", str(frames)], args.folder / "pandas.log", peer=True)
    nightly = measured("nightly", ours(lake, [night(every, args.folder / "night_2026-01-02.csv")]), log)
    if not peer.exit_code:
        print(f"ratio to pandas: wall {usage.wall / peer.wall:.2f}, peak memory {usage.peak_mb / peer.peak_mb:.2f}")
        share = (nightly.wall - start) / peer.wall
        print(f"nightly over pandas' full run: {share:.2f} (start of Spark {start:.1f} s off)")
    if len(counts) > 1:
        item = {count: seconds[count] / count for count in counts}
        print(f"per row, {counts[-1]} files over {counts[0]}: {item[counts[-1]] / item[counts[0]]:.2f}")
    usages = {"ours": usage, "pandas": peer, "nightly": nightly}
    print(f"written: {keep(counts[-1], args, usages, start)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
