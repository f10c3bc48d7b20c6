"""The options of the command line, each declared once. A stage lists the options that it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crime_spark.cities import CITIES
from crime_spark.config import parse_years
from crime_spark.errors import UsageError
from crime_spark.settings import STRATEGIES


@dataclass(frozen=True)
class Option:
    """An option of the command line.

    Attributes:
        flag: the option as it is typed, such as `--lake`.
        help: its text in `--help`.
        key: the dotted key of the setting that it sets; empty if it sets none.
        metavar: the name of its value in `--help`; None for a switch, which sets True.
        parse: a function from the text to the value of the setting; for a repeated option, from the list of texts.
        repeated: whether it can be repeated.
    """

    flag: str
    help: str
    key: str = ""
    metavar: str | None = None
    parse: Callable[[Any], Any] = str
    repeated: bool = False

    @property
    def attribute(self) -> str:
        """The attribute of argparse's namespace that has its value."""
        return self.flag.lstrip("-").replace("-", "_")


def names(text: str) -> list[str]:
    """Split a comma-separated list of names.

    Raises:
        UsageError: the list is empty.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise UsageError(f"{text!r} contains no name")
    return parts


def _names_or_all(text: str) -> list[str] | str:
    return text if text == "all" else names(text)


def _years_or_all(text: str) -> list[int] | str:
    return text if text == "all" else parse_years(text)


def _files_by_city(texts: Sequence[str]) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {}
    for text in texts:
        city, equals, pattern = text.partition("=")
        if not equals or not city.strip() or not pattern.strip():
            city = CITIES[0].name
            raise UsageError(f"--input {text!r} must have the form city=PATTERN, such as {city}=landing/{city}")
        files.setdefault(city.strip(), []).append(pattern.strip())
    return files


def _values_by_key(texts: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {text!r} must have the form key=value")
        values[key] = value
    return values


_YEARS = "2015, 2013-2016, 2013,2015-2016 or all"

INPUT = Option(
    "--input",
    "input files of a city: a file, a folder or a quoted glob; repeat the option for more files or cities",
    key="inputs",
    metavar="CITY=PATTERN",
    parse=_files_by_city,
    repeated=True,
)
LAKE = Option("--lake", "root of the lake: a folder, s3a://... or hdfs://...", key="lake", metavar="DIR")
CITIES_OPTION = Option(
    "--cities", "cities to use: names separated by commas, or all", key="cities", metavar="NAMES", parse=_names_or_all
)
YEARS = Option("--years", f"years to use: {_YEARS}", key="years", metavar="YEARS", parse=_years_or_all)
MODEL_YEARS = replace(
    YEARS,
    help=f"years to use: {_YEARS}. Include the test year: 2015-2016 fits models on 2015 and scores them on 2016",
)
TEST_YEARS = replace(
    YEARS,
    help=f"test years to explain: {_YEARS}. Without the option, importance is computed for the latest test year only",
)
TASKS = Option(
    "--tasks", "tasks: names separated by commas, default or all", key="tasks", metavar="NAMES", parse=_names_or_all
)
LEARNERS = Option(
    "--learners",
    "learners: names separated by commas, default or all",
    key="learners",
    metavar="NAMES",
    parse=_names_or_all,
)
PROTOCOL = Option(
    "--protocol",
    "training years of a model: per_year (one year) or expanding (that year and all years before it)",
    key="protocol",
    metavar="NAME",
)
POLICY = Option(
    "--policy",
    "features of the models: fair (no demographic features) or full (needs --allow-demographic)",
    key="policy",
    metavar="NAME",
)
MATRIX = Option(
    "--matrix",
    "models to score on every later year: none, default (default learners without the baselines) or all",
    key="matrix",
    metavar="WHICH",
)
STRATEGY = Option("--strategy", f"search strategy: {', '.join(STRATEGIES)}", key="tuning.strategy", metavar="NAME")
TRIALS = Option(
    "--trials",
    "number of trials per cell and strategy; trials of earlier runs count",
    key="tuning.trials",
    metavar="N",
)
MINUTES = Option(
    "--minutes", "time limit per cell in minutes; no new trial starts after it", key="tuning.minutes", metavar="N"
)
# The options that choose cells within the chosen cities and years.
CELL_CHOICE = (TASKS, LEARNERS, PROTOCOL, POLICY)
ALLOW_DEMOGRAPHIC = Option(
    "--allow-demographic", "allow tasks and policies that use demographic columns", key="allow_demographic"
)
FULL = Option("--full", "read every input file again and replace the stored rows of its city", key="full")
STRICT = Option("--strict", "run nothing after ingest if the data crosses a quality limit (exit code 3)", key="strict")
REPLAY = Option("--replay", "read the refused rows again instead of listing the reasons", key="replay")

CONF_FILE = Option("--conf-file", "settings file that overrides conf/base.yml", metavar="FILE")
SET = Option(
    "--set",
    "override one setting, for example evaluation.resamples=200; repeat the option for more settings",
    metavar="KEY=VALUE",
    parse=_values_by_key,
    repeated=True,
)
DRY_RUN = Option("--dry-run", "print the plan and stop without starting Spark")
VERBOSE = Option("--verbose", "show Spark's log messages and stack traces")
COMMON = (CONF_FILE, SET, DRY_RUN, VERBOSE)


def stages_option(stages: Sequence[str]) -> Option:
    """The option that chooses stages of a job with several stages."""
    return Option("--stages", f"stages to run: {','.join(stages)}", metavar="NAMES", parse=names)
