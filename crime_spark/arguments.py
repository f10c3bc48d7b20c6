"""The command line: the same options for every job."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from crime_spark.cities import CITIES
from crime_spark.config import nearest, parse_years
from crime_spark.errors import UsageError
from crime_spark.settings import MATRICES, POLICIES, PROTOCOLS, STRATEGIES

_SUBMIT = "spark-submit --properties-file conf/spark/local.conf"


def parse_arguments(
    job: str, about: str, example: str, stages: Sequence[str], argv: Sequence[str], beside: Sequence[str] = ()
) -> tuple[argparse.Namespace, dict[str, Any]]:
    """The parsed options, and the settings among them by dotted key.

    stages are the stages that the job runs; with several, --stages chooses among them. beside are jobs of their own.

    Raises:
        UsageError: an option that does not parse.
    """
    parser = _parser(job, about, example, stages)
    parsed = parser.parse_args(argv)
    options: dict[str, Any] = {}
    for text in parsed.set:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {text!r} must have the form key=value")
        options[key] = value
    if parsed.input:
        options["inputs"] = _inputs(parsed.input)
    for name in ("lake", "protocol", "policy", "matrix"):
        if getattr(parsed, name) is not None:
            options[name] = getattr(parsed, name)
    for name in ("cities", "tasks", "learners"):
        if getattr(parsed, name) is not None:
            options[name] = "all" if getattr(parsed, name) == "all" else _names(getattr(parsed, name))
    if parsed.years is not None:
        options["years"] = "all" if parsed.years == "all" else parse_years(parsed.years)
    for name in ("strategy", "trials", "minutes"):
        if getattr(parsed, name) is not None:
            options[f"tuning.{name}"] = getattr(parsed, name)
    for name in ("allow_demographic", "full", "strict", "replay"):
        if getattr(parsed, name):
            options[name] = True
    parsed.stages = _stages(getattr(parsed, "stages", None), stages, beside)
    return parsed, options


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise UsageError(f"{message}; {self.prog} --help lists the options")


def _parser(job: str, about: str, example: str, stages: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=job,
        description=about,
        epilog=f"example:\n  {_SUBMIT} \\\n    jobs/{job} {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--input",
        action="append",
        default=[],
        metavar="CITY=PATTERN",
        help="files of a city: a file, a folder or a quoted glob; may be given again, for the same city too",
    )
    add("--lake", metavar="DIR", help="root of the lake: a folder, s3a://... or hdfs://...")
    add("--cities", metavar="NAMES", help="cities to work on, comma-separated, or all")
    add(
        "--years",
        metavar="YEARS",
        help="years to work on: 2015, 2013-2016, 2013,2015-2016, or all. The year scored must be among them: 2015-2016 "
        "fits 2015 and scores 2016; explain: years scored; evaluate and report: all that is stored, whatever is said "
        "here",
    )
    add("--tasks", metavar="NAMES", help="tasks, comma-separated, default, or all")
    add("--learners", metavar="NAMES", help="learners, comma-separated, default, or all")
    add("--protocol", metavar="NAME", help=f"which years a model is fitted on: {' or '.join(PROTOCOLS)}")
    add("--policy", metavar="NAME", help=f"which features are allowed: {' or '.join(POLICIES)} (demographic ones too)")
    add("--matrix", metavar="WHICH", help=f"whose models are scored on every later year: {' or '.join(MATRICES)}")
    add("--strategy", metavar="NAME", help=f"tune: how settings are sought: {', '.join(STRATEGIES)}")
    add("--trials", metavar="N", help="tune: how many trials of a cell, those of earlier runs included")
    add("--minutes", metavar="N", help="tune: after so many minutes for a cell no further trial is begun")
    add("--allow-demographic", action="store_true", help="let tasks that are about demographic columns use them")
    add("--full", action="store_true", help="ingest: read every file again, in place of what the lake has of its city")
    add("--strict", action="store_true", help="stop where a limit on the quality of the data is crossed")
    add("--replay", action="store_true", help="quarantine: try the refused rows again rather than list them")
    add("--conf-file", metavar="FILE", help="settings laid over conf/base.yml")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="one setting, such as evaluation.resamples=200")
    if len(stages) > 1:
        add("--stages", metavar="NAMES", help=f"which stages to run: {','.join(stages)}")
    add("--dry-run", action="store_true", help="print the plan and stop, without starting Spark")
    add("--verbose", action="store_true", help="show what Spark says, and stack traces")
    return parser


def _names(text: str) -> list[str]:
    names = [part.strip() for part in text.split(",") if part.strip()]
    if not names:
        raise UsageError(f"{text!r} holds no name")
    return names


def _inputs(given: Sequence[str]) -> dict[str, list[str]]:
    inputs: dict[str, list[str]] = {}
    for text in given:
        city, equals, pattern = text.partition("=")
        if not equals or not city.strip() or not pattern.strip():
            city = CITIES[0].name
            raise UsageError(f"--input {text!r} must have the form city=PATTERN, such as {city}=landing/{city}")
        inputs.setdefault(city.strip(), []).append(pattern.strip())
    return inputs


def _stages(given: str | None, stages: Sequence[str], beside: Sequence[str]) -> list[str]:
    if given is None:
        return list(stages)
    chosen = _names(given)
    for name in chosen:
        if name in beside:
            raise UsageError(f"{name} is no stage of the flow but a job of its own: run jobs/{name}.py")
        if name not in stages:
            raise UsageError(f"unknown stage {name!r}; {nearest(name, stages)}")
    return [stage for stage in stages if stage in chosen]
