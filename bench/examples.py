"""Examples of every task side by side with reading and cleaning the same Chicago files with pandas.

ours      the shipped jobs/examples.py --tasks all through spark-submit, on a lake that jobs/ingest.py has filled once.
pandas    bench/pandas_ingest.py on the same files, without writing anything.

The start of Spark, measured as a job that does nothing but start it, is printed separately.
"""

import argparse
import os
import sys
from pathlib import Path

from contestants import reason_of
from ingest import measured, ours, pandas, started
from launching import spark_submit
from results import Bench, Comparison, add_option, ratio, save


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/examples.py", description="examples compared with pandas")
    parser.add_argument("--folder", type=Path, required=True, help="folder for the lake")
    parser.add_argument("--input", type=Path, required=True, nargs="+", help="Chicago files")
    add_option(parser)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    log, lake = args.folder / "log", args.folder / "lake"
    print(f"{len(args.input)} files, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if not lake.exists():
        measured("ingest", ours(lake, args.input), log)
    peer = measured("pandas", pandas(args.input), args.folder / "pandas.log", peer=True)
    start = started(args.folder, log)
    job = ["jobs/examples.py", "--lake", str(lake), "--cities", "chicago", "--tasks", "all"]
    examples = measured("examples", [*spark_submit()[:-1], *job], log)
    print("\n".join(line for line in log.read_text().splitlines() if "examples: " in line and "done" in line))
    what, other = "examples of every task", "pandas reading and cleaning the files"
    if peer.exit_code:
        compared = Comparison(what, other, note=reason_of(peer, (args.folder / "pandas.log").read_text()))
    else:
        print(f"ratio to pandas: {examples.wall / peer.wall:.2f} (includes {start:.1f} s to start Spark)")
        quotients = (
            ratio(getattr(examples, source), getattr(peer, source)) for source in ("wall", "processor", "peak_mb")
        )
        note = f"includes {start:.0f} of {examples.wall:.0f} s to start Spark"
        compared = Comparison(what, other, *quotients, note)
    figures = {"examples": vars(examples), "pandas": vars(peer), "start_of_spark": round(start, 1)}
    title, command = f"{len(args.input)} Chicago files", 'make bench-examples FOLDER=DIR FILES="FILE FILE"'
    print(f"written: {save(Bench(f'examples-{len(args.input)}', title, command), [compared], figures, args.results)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
