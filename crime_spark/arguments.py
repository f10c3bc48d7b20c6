"""Parses the command line of a job with the options that its stages declare."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from crime_spark.config import unknown
from crime_spark.errors import UsageError
from crime_spark.stages import JOBS, STAGE_BY_NAME, Job, Stage
from crime_spark.stages.options import SET, Option, names


@dataclass(frozen=True)
class Launcher:
    """How users start jobs. In each text, {job} is replaced by the name of the job.

    Attributes:
        program: the name in usage lines and messages.
        script: the script in messages that refer to another job.
        command: the full command in the example of `--help`.
    """

    program: str
    script: str
    command: str


SPARK_SUBMIT = Launcher(
    program="{job}.py",
    script="jobs/{job}.py",
    command="spark-submit --properties-file conf/spark/local.conf \\\n    jobs/{job}.py",
)
CONSOLE = Launcher(program="crime-spark {job}", script="crime-spark {job}", command="crime-spark {job}")


@dataclass(frozen=True)
class Arguments:
    """A parsed command line.

    Attributes:
        stages: the stages to run, in the order of the job.
        settings: values of settings by dotted key.
        conf_file: path of the settings file; None without one.
        dry_run: whether to print the plan and stop.
        verbose: whether to show Spark's log messages and stack traces.
    """

    stages: tuple[Stage, ...]
    settings: dict[str, Any]
    conf_file: str | None
    dry_run: bool
    verbose: bool


def parse_arguments(job: Job, argv: Sequence[str], launcher: Launcher = SPARK_SUBMIT) -> Arguments:
    """Parse the arguments of a job; with --help, print the help and exit.

    Args:
        job: the job, which has the options.
        argv: the arguments without the program's name.
        launcher: how the user started the job.

    Raises:
        UsageError: an option is unknown, belongs to other jobs, or has a value that cannot be parsed.
    """
    parser = _parser(job, launcher)
    parsed, unrecognized = parser.parse_known_args(argv)
    if unrecognized:
        parser.error(_misplaced(job, unrecognized) or f"unrecognized arguments: {' '.join(unrecognized)}")
    settings = dict(SET.parse(parsed.set))
    for option in job.options:
        value = getattr(parsed, option.attribute)
        if option.key and value not in (None, False, []):
            settings[option.key] = value if option.metavar is None else option.parse(value)
    stages = getattr(parsed, "stages", None)
    chosen = job.stages if stages is None else _chosen(job, names(stages), launcher)
    return Arguments(chosen, settings, parsed.conf_file, parsed.dry_run, parsed.verbose)


class Parser(argparse.ArgumentParser):
    """An argument parser that raises UsageError instead of ending the process.

    Args:
        prog: name of the program.
        lists: what `--help` lists, such as "options".
        description: text before the options in `--help`.
        epilog: text after them.
        usage: the usage line; by default that of argparse.
    """

    def __init__(self, prog: str, lists: str, description: str, epilog: str, usage: str | None = None) -> None:
        formatter = argparse.RawDescriptionHelpFormatter
        super().__init__(prog, usage, description, epilog, formatter_class=formatter, allow_abbrev=False)
        self._lists = lists

    def error(self, message: str) -> NoReturn:
        """Report wrong usage.

        Raises:
            UsageError: always, with the message and a hint to `--help`.
        """
        raise UsageError(f"{message}; {self.prog} --help lists the {self._lists}")


def _parser(job: Job, launcher: Launcher) -> Parser:
    example = f"example:\n  {launcher.command.format(job=job.name)} {job.example}"
    parser = Parser(launcher.program.format(job=job.name), "options", _description(job), example)
    for option in job.options:
        _add(parser, option)
    return parser


def _description(job: Job) -> str:
    if len(job.stages) > 1:
        flows = (stage.flow for stage in job.stages)
        return "\n".join([f"{job.summary}:", *(f"  {name:9} {reads} -> {writes}" for name, reads, writes in flows)])
    _, reads, writes = job.stages[0].flow
    return f"{job.summary}.\n\nreads:  {reads}\nwrites: {writes}"


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    if option.metavar is None:
        parser.add_argument(option.flag, action="store_true", help=option.help)
    elif option.repeated:
        parser.add_argument(option.flag, action="append", default=[], metavar=option.metavar, help=option.help)
    else:
        parser.add_argument(option.flag, metavar=option.metavar, help=option.help)


def _misplaced(job: Job, unrecognized: Sequence[str]) -> str:
    """A message that names the jobs that have the unrecognized options; empty if no job has any of them."""
    parts = []
    for flag in dict.fromkeys(text.partition("=")[0] for text in unrecognized):
        owners = [other.name for other in JOBS.values() if flag in {option.flag for option in other.options}]
        if owners:
            listed = " and ".join(", ".join(owners).rsplit(", ", 1))
            parts.append(f"{flag} is an option of {listed}, not of {job.name}")
    return "; ".join(parts)


def _chosen(job: Job, chosen: Sequence[str], launcher: Launcher) -> tuple[Stage, ...]:
    """The chosen stages in the order of the job."""
    stage_names = [stage.name for stage in job.stages]
    for name in chosen:
        if name in STAGE_BY_NAME and name not in stage_names:
            script = launcher.script.format(job=name)
            raise UsageError(f"{name} is not a stage of {job.name}: run it as a separate job with {script}")
        if name not in stage_names:
            raise UsageError(unknown("stage", name, stage_names))
    return tuple(stage for stage in job.stages if stage.name in chosen)
