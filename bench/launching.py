"""Starting what a bench measures: paths, the environment of all contestants, and the files of Chicago's years."""

import argparse
import os
import re
import sys
from pathlib import Path

from crime_spark.sample import write_sample

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
BIN = Path(sys.executable).parent


def spark_submit() -> list[str]:
    installed = BIN / "spark-submit"
    submit = str(installed) if installed.exists() else "spark-submit"
    return [submit, "--properties-file", "conf/spark/local.conf", "jobs/pipeline.py"]


def environment() -> dict[str, str]:
    """The environment of all contestants: this interpreter also for Spark's workers, and no spinning OpenMP threads."""
    return os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "OMP_WAIT_POLICY": "passive",
    }


def parse_years(text: str) -> list[int]:
    """2013-2016, or 2013,2014,2016; at least one year with its successor."""
    if match := re.fullmatch(r"(\d{4})-(\d{4})", text):
        years = list(range(int(match[1]), int(match[2]) + 1))
    elif re.fullmatch(r"\d{4}(,\d{4})*", text):
        years = sorted(set(map(int, text.split(","))))
    else:
        raise argparse.ArgumentTypeError(f"{text!r} must be like 2013-2016 or 2013,2014")
    if not any(year + 1 in years for year in years):
        raise argparse.ArgumentTypeError(f"{text!r} must contain two consecutive years, one to fit and one to score")
    return years


def parse_repeat(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def find_files(folder: Path, years: list[int]) -> list[Path]:
    """Chicago's files of those years below folder; ValueError names the years that have none."""
    root = folder.resolve()
    every = [path for path in sorted(root.rglob("*.csv*")) if path.name.endswith((".csv", ".csv.gz"))]
    ours = [path for path in every if "chicago" in "/".join([root.name, *path.relative_to(root).parts]).lower()]
    source = {year: [path for path in ours if re.search(rf"(?<!\d){year}", path.name)] for year in years}
    if absent := [str(year) for year in years if not source[year]]:
        raise ValueError(f"no Chicago file (*.csv, *.csv.gz) for {', '.join(absent)} below {folder}")
    return sorted({path for paths in source.values() for path in paths})


def generate(folder: Path, years: list[int], rows: int) -> None:
    """Write a file of generated rows for each year, in today's format of the portal."""
    for year in years:
        write_sample(folder, cities=["chicago"], first_year=year, years=1, rows_per_year=rows, compress="plain")
