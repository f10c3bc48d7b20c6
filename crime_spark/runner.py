"""The runner: a job as a process, from its arguments to its exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from crime_spark.arguments import SPARK_SUBMIT, Launcher, parse_arguments
from crime_spark.errors import CrimeSparkError, reason_of
from crime_spark.stages import JOBS, Job


def main(name: str, argv: Sequence[str] | None = None) -> None:
    """Run the job of that name and end the process with its exit code."""
    sys.exit(run_job(JOBS[name], sys.argv[1:] if argv is None else argv))


def run_job(job: Job, argv: Sequence[str], launcher: Launcher = SPARK_SUBMIT) -> int:
    """Run a job; an expected error is one message without a stack trace.

    Returns: 0 done, 1 failed, 2 wrong usage or configuration, 3 done but a file was refused or a limit was crossed.
    """
    verbose = "--verbose" in argv
    try:
        arguments = parse_arguments(job, argv, launcher)
        # Only now: --help and wrong options need none of the rooms, which take a second to import.
        from crime_spark.application import run_application

        return run_application(job, arguments)
    except CrimeSparkError as error:
        complain(str(error), verbose)
        return error.exit_code
    except (PySparkException, Py4JError) as error:
        complain(f"Spark failed: {reason_of(error)} (--verbose shows everything)", verbose)
        return 1
    except KeyboardInterrupt:
        complain("stopped by the user; run the same command again to go on", verbose)
        return 1


def complain(message: str, verbose: bool = False) -> None:
    """Write an error message to standard error, after the stack trace if verbose."""
    if verbose:
        traceback.print_exc()
    sys.stderr.write(f"error: {message}\n")
    sys.stderr.flush()
