"""The command `python -m crime_spark.sample FOLDER`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from crime_spark.sample.writer import COMPRESSIONS, MIXED, PORTALS, ROWS_PER_YEAR, SEED, YEARS, write_sample


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the sample and print a line for each file; wrong arguments end with exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m crime_spark.sample",
        description="Write invented crime reports in the formats of the Chicago and Los Angeles portals.",
    )
    parser.add_argument("folder", type=Path, help="where to write; each city gets its own folder there")
    parser.add_argument("--cities", nargs="+", default=list(PORTALS), choices=list(PORTALS), help="default: all")
    parser.add_argument("--first-year", type=int, help="default: 2014 for Chicago, 2018 for Los Angeles")
    parser.add_argument("--years", type=int, default=YEARS, help="years, a file each (default: %(default)s)")
    parser.add_argument("--rows-per-year", type=int, default=ROWS_PER_YEAR, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=SEED, help="default: %(default)s")
    parser.add_argument(
        "--compress",
        choices=COMPRESSIONS,
        default=MIXED,
        help="mixed: every second file of Chicago (default: %(default)s)",
    )
    options = vars(parser.parse_args(arguments))
    folder = options["folder"]
    try:
        truth = write_sample(**options)
    except ValueError as fault:
        parser.error(str(fault))
    for file in truth.files:
        hopeless, repeats = sum(file.hopeless.values()), sum(file.superseded.values())
        size = (folder / file.path).stat().st_size
        print(
            f"{folder / file.path}: {file.records} records ({file.incidents} incidents, {repeats} repeats, "
            f"{hopeless} unusable), {size} bytes"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
