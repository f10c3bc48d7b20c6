"""Runs a job as a process, from its arguments to its exit code."""

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
    """Run the job with this name and end the process with its exit code.

    Args:
        name: the name of the job.
        argv: the arguments; by default those of the process.
    """
    sys.exit(run_job(JOBS[name], sys.argv[1:] if argv is None else argv))


def run_job(job: Job, argv: Sequence[str], launcher: Launcher = SPARK_SUBMIT) -> int:
    """Run a job and report an expected error as one message without a stack trace.

    Args:
        job: the job.
        argv: the arguments without the program's name.
        launcher: how the user started the job.

    Returns:
        The exit code: 0 for success, 1 for a failure, 2 for wrong usage or configuration, 3 for success with a refused
        file or a crossed quality limit.
    """
    verbose = "--verbose" in argv
    try:
        arguments = parse_arguments(job, argv, launcher)
        # Imported late, because --help and wrong options must not wait a second for the imports.
        from crime_spark.application import run_application

        return run_application(job, arguments)
    except CrimeSparkError as error:
        complain(str(error), verbose)
        return error.exit_code
    except (PySparkException, Py4JError) as error:
        complain(f"Spark failed: {reason_of(error)} (--verbose shows the stack trace)", verbose)
        return 1
    except KeyboardInterrupt:
        complain("stopped by the user; run the same command again to continue", verbose)
        return 1


def complain(message: str, verbose: bool = False) -> None:
    """Write an error message to standard error; if verbose, write the stack trace first."""
    if verbose:
        traceback.print_exc()
    sys.stderr.write(f"error: {message}\n")
    sys.stderr.flush()
