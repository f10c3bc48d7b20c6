"""Examples of serious_offense of Chicago in memory, for benches that only fit models."""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from launching import ROOT, environment, find_files, parse_years, spark_submit
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.lake import Lake
from crime_spark.sampling import in_parts, parts_of
from crime_spark.session import build_session
from crime_spark.tasks.serious_offense import SERIOUS_OFFENSE as TASK

CITY = "chicago"
FEATURES = TASK.inputs("fair")


def parser_of(prog: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"bench/{prog}.py", description=description)
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with Chicago's CSV files")
    parser.add_argument("--lake", type=Path, metavar="DIR", help="a lake with examples, or where to write them")
    parser.add_argument("--years", type=parse_years, required=True, help="2013-2016")
    parser.add_argument("--share", type=parse_share, default=1.0, help="share of the rows, drawn by a hash")
    return parser


def parse_share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"the share must be above 0 and at most 1; got {text}")
    return share


@contextmanager
def examples(parser: argparse.ArgumentParser, args: argparse.Namespace) -> Iterator[DataFrame]:
    """The examples of the years, held in memory by a Spark session of this process."""
    # One environment for both sides: OpenMP's threads do not spin, and Spark's workers are this interpreter.
    os.environ.update(environment())
    os.environ.setdefault(
        "PYSPARK_SUBMIT_ARGS", f"--properties-file {ROOT}/conf/spark/local.conf --master local[*] pyspark-shell"
    )
    with tempfile.TemporaryDirectory(prefix="crime-spark-bench-") as scratch:
        folder = args.lake or Path(scratch) / "lake"
        if not (folder / TASK.examples.name).is_dir():
            if args.data is None:
                parser.error(f"{folder} has no examples; pass the folder of Chicago's files with --data")
            try:
                make(args.data, args.years, folder)
            except (ValueError, subprocess.CalledProcessError) as error:
                parser.error(str(error))
        spark = build_session("crime-spark bench")
        try:
            drawn = in_parts(F.xxhash64("example_id"), parts_of(args.share, 1000), 1000)
            chosen = (F.col("city") == CITY) & F.col("year").isin(args.years)
            yield Lake(spark, str(folder)).read(TASK.examples).where(chosen).where(drawn).persist()
        finally:
            spark.stop()


def make(data: Path, years: Sequence[int], lake: Path) -> None:
    inputs = [part for file in find_files(data, list(years)) for part in ("--input", f"{CITY}={file}")]
    stages = ["--stages", "ingest,examples", "--tasks", TASK.name, "--cities", CITY]
    done = subprocess.run(
        [*spark_submit(), "--lake", str(lake), *inputs, *stages], cwd=ROOT, env=environment(), check=False
    )
    if done.returncode not in (0, 3):  # 3: done, and a limit on the quality of the data is crossed
        done.check_returncode()
