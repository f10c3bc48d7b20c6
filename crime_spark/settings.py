"""The settings as frozen typed dataclasses. conf/base.yml explains each setting.

The annotation of a field defines its valid values: a `Literal` lists them, `AtLeast` and `AtMost` bound a number.
`crime_spark.config` checks the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args


@dataclass(frozen=True)
class AtLeast:
    """The smallest valid number of a setting, used in annotations."""

    limit: float

    def __str__(self) -> str:
        return f"at least {self.limit}"

    def holds(self, number: float) -> bool:
        """Whether a number is within the bound; NaN is not."""
        return number >= self.limit


@dataclass(frozen=True)
class AtMost:
    """The largest valid number of a setting, used in annotations."""

    limit: float

    def __str__(self) -> str:
        return f"at most {self.limit}"

    def holds(self, number: float) -> bool:
        """Whether a number is within the bound; NaN is not."""
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

DEFAULT = ("default",)  # the default tasks or learners, instead of names
NOT_NAMED: tuple[tuple[str, ...], ...] = ((), DEFAULT)
_MOST_TRIALS = 10_000  # tpe reads all earlier trials before each trial


@dataclass(frozen=True)
class FeatureSettings:
    """Settings of the examples."""

    history_months: Annotated[int, AtLeast(1)]
    smoothing: Annotated[float, AtLeast(0)]
    cell_km2: Annotated[float, AtLeast(0.01)]
    small_cell_km2: Annotated[float, AtLeast(0.01)]
    severity_scale: str


@dataclass(frozen=True)
class Training:
    """Settings of the train stage."""

    rows_per_partition: Annotated[int, AtLeast(1)]
    rows_in_one_task: Annotated[int, AtLeast(0)]
    cells_at_once: Annotated[int, AtLeast(0)]
    refit: bool
    tuned: bool


@dataclass(frozen=True)
class Tuning:
    """Settings of the search for learner settings and features."""

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
    """Settings of the evaluate stage."""

    resamples: Annotated[int, AtLeast(1)]
    validation_months: Annotated[int, AtLeast(0)]


@dataclass(frozen=True)
class Audit:
    """Settings of the leakage audit."""

    rows: Annotated[int, AtLeast(0)]
    learners: tuple[str, ...]


@dataclass(frozen=True)
class Explaining:
    """Settings of the explain stage."""

    rows: Annotated[int, AtLeast(0)]


@dataclass(frozen=True)
class CityPortal:
    """The portal of a city: a host or a base URL, and the ids of its data sets. Empty: as the city declares."""

    host: str = ""
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Portals:
    """Settings of the fetch stage: requests, and the portal of each city."""

    token_variable: str
    page_rows: Annotated[int, AtLeast(1)]
    overlap_hours: Annotated[int, AtLeast(0)]
    timeout_seconds: Annotated[float, AtLeast(0.1)]
    retries: Annotated[int, AtLeast(0)]
    backoff_seconds: Annotated[float, AtLeast(0)]
    cities: Mapping[str, CityPortal]


@dataclass(frozen=True)
class Upkeep:
    """Settings of the maintain stage."""

    most_files: Annotated[int, AtLeast(1)]
    retention_hours: Annotated[int, AtLeast(0)]


@dataclass(frozen=True)
class Settings:
    """All settings of a run. conf/base.yml explains each of them."""

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
