"""The command `crime-spark`, which runs a job on this machine without a checkout and without spark-submit."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from crime_spark.arguments import CONSOLE, Parser
from crime_spark.config import conf_path, unknown
from crime_spark.errors import UsageError
from crime_spark.runner import complain, run_job
from crime_spark.stages import JOBS

JAVA_OPTIONS = "spark.driver.extraJavaOptions"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job that the first argument names and return its exit code."""
    try:
        parsed = _parsed(argv)
        submit = submit_arguments(parsed.spark)
    except UsageError as error:
        complain(str(error))
        return error.exit_code
    os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join(submit)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ.pop("SPARK_HOME", None)  # use the Spark of the installed pyspark
    return run_job(JOBS[parsed.job], parsed.arguments, CONSOLE)


def submit_arguments(spark: Sequence[str]) -> list[str]:
    """The arguments of spark-submit: the settings of conf/spark/local.conf, valid in any folder, then the user's.

    Args:
        spark: Spark settings of the user, each as spark.KEY=VALUE. They override those of the file.

    Raises:
        UsageError: an item of `spark` is not a Spark setting.
    """
    for text in spark:
        if not re.match(r"spark\.[^=\s]+=", text):
            raise UsageError(f"--spark {text!r} must have the form spark.KEY=VALUE")
    local_conf = Path(str(conf_path("spark/local.conf"))).resolve()
    lines = local_conf.read_text(encoding="utf-8").splitlines()
    settings = dict(line.split(maxsplit=1) for line in lines if line.startswith("spark."))
    # In the file, the path of the logging configuration is relative to the checkout.
    logging = local_conf.with_name("log4j2.properties").as_uri()
    java_options = settings[JAVA_OPTIONS].replace("conf/spark/log4j2.properties", logging)
    confs = [part for text in (f"{JAVA_OPTIONS}={java_options}", *spark) for part in ("--conf", text)]
    return ["--properties-file", str(local_conf), *confs, "pyspark-shell"]


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    parsed = _parser().parse_args(argv)
    if parsed.job is None:
        raise UsageError("no job is given; crime-spark --help lists the jobs")
    if parsed.job not in JOBS:
        raise UsageError(unknown("job", parsed.job, list(JOBS)))
    return parsed


def _parser() -> Parser:
    jobs = "\n".join(f"  {job.name:12}{job.summary}" for job in JOBS.values())
    parser = Parser(
        "crime-spark",
        "jobs",
        usage="crime-spark [-h] [--spark KEY=VALUE] JOB [OPTION ...]",
        description=f"Run a job on this machine.\n\njobs:\n{jobs}",
        epilog="`crime-spark JOB --help` lists the options of a job.\n\n"
        f"example:\n  crime-spark --spark spark.driver.memory=8g ingest {JOBS['ingest'].example}",
    )
    parser.add_argument(
        "--spark",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override one Spark setting of conf/spark/local.conf, which the package contains; repeat the option for "
        "more settings. spark-defaults.conf is not read",
    )
    parser.add_argument("job", nargs="?", metavar="JOB", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser
