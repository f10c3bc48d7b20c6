"""The settings as frozen typed dataclasses; conf/base.yml says what each is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROTOCOLS = ("per_year", "expanding")
POLICIES = ("fair", "full")
MATRICES = ("none", "default", "all")
STRATEGIES = ("grid", "random", "tpe", "selection")
BINARY_METRICS = ("auc", "pr_auc")
DEFAULT = ("default",)  # in the place of names
NOT_NAMED: tuple[tuple[str, ...], ...] = ((), DEFAULT)


@dataclass(frozen=True)
class FeatureSettings:
    """How examples are made."""

    history_months: int
    smoothing: float
    cell_km2: float
    small_cell_km2: float
    severity_scale: str


@dataclass(frozen=True)
class Training:
    """How cells are fitted."""

    rows_per_partition: int
    rows_in_one_task: int
    cells_at_once: int
    refit: bool
    tuned: bool


@dataclass(frozen=True)
class Tuning:
    """How a learner's settings and features are sought."""

    strategy: str
    trials: int
    minutes: float
    folds: int
    fold_months: int
    trials_at_once: int
    grid_steps: int
    binary_metric: str


@dataclass(frozen=True)
class Evaluation:
    """How cells are judged."""

    resamples: int
    validation_months: int


@dataclass(frozen=True)
class Audit:
    """How the leakage audit fits."""

    rows: int
    learners: tuple[str, ...]


@dataclass(frozen=True)
class Explaining:
    """How the explain job looks at models."""

    rows: int


@dataclass(frozen=True)
class CityPortal:
    """Where a city publishes: a host (or a base URL) and the ids of its datasets there."""

    host: str
    datasets: tuple[str, ...]


@dataclass(frozen=True)
class Portals:
    """How the portals are asked, and where each city's is."""

    token_variable: str
    page_rows: int
    overlap_hours: int
    timeout_seconds: float
    retries: int
    backoff_seconds: float
    cities: Mapping[str, CityPortal]


@dataclass(frozen=True)
class Upkeep:
    """How the lake's tables are maintained."""

    most_files: int
    retention_hours: int


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
    protocol: str
    policy: str
    matrix: str
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
