"""The settings as frozen typed dataclasses; conf/base.yml says what each is for.

The annotation of a field states which values it takes: a `Literal` lists them, `AtLeast` and `AtMost` bound a number.
`crime_spark.config` checks values against the annotations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args


@dataclass(frozen=True)
class AtLeast:
    """The smallest number that a setting accepts, in its annotation."""

    limit: float

    def __str__(self) -> str:
        return f"at least {self.limit}"

    def holds(self, number: float) -> bool:
        """Whether the number is within the bound; nan is not."""
        return number >= self.limit


@dataclass(frozen=True)
class AtMost:
    """The largest number that a setting accepts, in its annotation."""

    limit: float

    def __str__(self) -> str:
        return f"at most {self.limit}"

    def holds(self, number: float) -> bool:
        """Whether the number is within the bound; nan is not."""
        return number <= self.limit


Protocol = Literal["per_year", "expanding"]
Policy = Literal["fair", "full"]
Matrix = Literal["none", "default", "all"]
Strategy = Literal["grid", "random", "tpe", "selection"]
BinaryMetric = Literal["auc", "pr_auc"]

PROTOCOLS: tuple[str, ...] = get_args(Protocol)
POLICIES: tuple[str, ...] = get_args(Policy)
MATRICES: tuple[str, ...] = get_args(Matrix)
STRATEGIES: tuple[str, ...] = get_args(Strategy)

DEFAULT = ("default",)  # in the place of names
NOT_NAMED: tuple[tuple[str, ...], ...] = ((), DEFAULT)
_MOST_TRIALS = 10_000  # before each trial, tpe reads all earlier ones


@dataclass(frozen=True)
class FeatureSettings:
    """How examples are made."""

    history_months: Annotated[int, AtLeast(1)]
    smoothing: Annotated[float, AtLeast(0)]
    cell_km2: Annotated[float, AtLeast(0.01)]
    small_cell_km2: Annotated[float, AtLeast(0.01)]
    severity_scale: str


@dataclass(frozen=True)
class Training:
    """How cells are fitted."""

    rows_per_partition: Annotated[int, AtLeast(1)]
    rows_in_one_task: Annotated[int, AtLeast(0)]
    cells_at_once: Annotated[int, AtLeast(0)]
    refit: bool
    tuned: bool


@dataclass(frozen=True)
class Tuning:
    """How a learner's settings and features are sought."""

    strategy: Strategy
    trials: Annotated[int, AtLeast(1), AtMost(_MOST_TRIALS)]
    minutes: Annotated[float, AtLeast(0)]
    folds: Annotated[int, AtLeast(1)]
    fold_months: Annotated[int, AtLeast(1)]
    trials_at_once: Annotated[int, AtLeast(1)]
    grid_steps: Annotated[int, AtLeast(2)]
    binary_metric: BinaryMetric


@dataclass(frozen=True)
class Evaluation:
    """How cells are judged."""

    resamples: Annotated[int, AtLeast(1)]
    validation_months: Annotated[int, AtLeast(0)]


@dataclass(frozen=True)
class Audit:
    """How the leakage audit fits."""

    rows: Annotated[int, AtLeast(0)]
    learners: tuple[str, ...]


@dataclass(frozen=True)
class Explaining:
    """How the explain job looks at models."""

    rows: Annotated[int, AtLeast(0)]


@dataclass(frozen=True)
class CityPortal:
    """The portal of a city: a host or a base URL, and the ids of its data sets. Empty: as the city declares."""

    host: str = ""
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Portals:
    """How the portals are asked, and where each city's is."""

    token_variable: str
    page_rows: Annotated[int, AtLeast(1)]
    overlap_hours: Annotated[int, AtLeast(0)]
    timeout_seconds: Annotated[float, AtLeast(0.1)]
    retries: Annotated[int, AtLeast(0)]
    backoff_seconds: Annotated[float, AtLeast(0)]
    cities: Mapping[str, CityPortal]


@dataclass(frozen=True)
class Upkeep:
    """How the lake's tables are maintained."""

    most_files: Annotated[int, AtLeast(1)]
    retention_hours: Annotated[int, AtLeast(0)]


@dataclass(frozen=True)
class Settings:
    """Everything that may change between runs; conf/base.yml says what each is for."""

    lake: str
    landing: str
    inputs: Mapping[str, tuple[str, ...]]
    cities: tuple[str, ...]
    years: tuple[int, ...]
    tasks: tuple[str, ...]
    learners: tuple[str, ...]
    protocol: Protocol
    policy: Policy
    matrix: Matrix
    allow_demographic: bool
    full: bool
    strict: bool
    replay: bool
    seed: int
    features: FeatureSettings
    training: Training
    tuning: Tuning
    evaluation: Evaluation
    audit: Audit
    explaining: Explaining
    portals: Portals
    quality: Mapping[str, Mapping[str, Any]]
    upkeep: Upkeep
    learner_settings: Mapping[str, Mapping[str, Any]]
