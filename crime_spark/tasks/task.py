"""What is predicted, declared once and refused when it is declared if a feature leaks."""

from __future__ import annotations

from dataclasses import dataclass

from crime_spark.features.feature import Feature, refusals
from crime_spark.schemas import INCIDENTS, examples_table
from crime_spark.table import Table


@dataclass(frozen=True)
class Incident:
    """Grain: one example an incident."""


@dataclass(frozen=True)
class Binary:
    """Label 1 or 0."""


@dataclass(frozen=True)
class Task:
    """A question, its label as SQL over silver/incidents, and the features allowed to answer it.

    target is the column of silver/incidents that the label reads; rows whose label is NULL are no examples.

    Raises:
        ValueError: a feature is known only after the report, determines the target, is demographic without
            allow_demographic, or is declared twice.
    """

    name: str
    question: str
    grain: Incident
    kind: Binary
    target: str
    label: str
    features: tuple[Feature, ...]
    allow_demographic: bool = False

    def __post_init__(self) -> None:
        INCIDENTS[self.target]
        faults = refusals(self.features, self.target, self.allow_demographic)
        names = [feature.name for feature in self.features]
        faults += [f"{name} is declared twice" for name in sorted({n for n in names if names.count(n) > 1})]
        if not names:
            faults.append("it has no features")
        if faults:
            raise ValueError(f"task {self.name} is refused: {'; '.join(faults)}")

    @property
    def examples(self) -> Table:
        """The table gold/examples_<name>."""
        return examples_table(self.name, (feature.column for feature in self.features))
