"""A feature: SQL over one incident, and which of its columns it looks at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from crime_spark.schemas import INCIDENTS
from crime_spark.table import Column


@dataclass(frozen=True)
class Feature:
    """One input of a model, computed from columns of silver/incidents.

    A category is stored as STRING, a number as DOUBLE; NULL is unknown in both.
    """

    name: str
    kind: Literal["category", "number"]
    sql: str
    uses: tuple[str, ...]
    comment: str

    def __post_init__(self) -> None:
        if not self.uses:
            raise ValueError(f"feature {self.name} says nothing of the columns it uses")
        for column in self.uses:
            INCIDENTS[column]

    @property
    def column(self) -> Column:
        """The column of gold/examples_<task> that holds it."""
        sources = [INCIDENTS[name] for name in self.uses]
        return Column(
            name=self.name,
            type="STRING" if self.kind == "category" else "DOUBLE",
            comment=self.comment,
            known_at_report=all(source.known_at_report for source in sources),
            demographic=any(source.demographic for source in sources),
            determines=tuple(sorted({label for source in sources for label in source.determines})),
        )


def refusals(features: Iterable[Feature], label: str, allow_demographic: bool) -> list[str]:
    """Why features may not predict label: known only afterwards, determining it, or demographic without leave."""
    faults = []
    for feature in features:
        column = feature.column
        if not column.known_at_report:
            faults.append(f"{feature.name} is known only after the report")
        if label in column.determines or label in feature.uses:
            faults.append(f"{feature.name} determines {label}")
        if column.demographic and not allow_demographic:
            faults.append(f"{feature.name} is demographic")
    return faults
