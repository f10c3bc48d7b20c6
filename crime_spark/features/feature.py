"""A feature: SQL over one incident, and which of its columns it looks at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from crime_spark.schemas import INCIDENTS
from crime_spark.table import Column

_TYPES = {"category": "STRING", "number": "DOUBLE", "codes": "ARRAY<STRING>", "series": "ARRAY<DOUBLE>"}


@dataclass(frozen=True)
class Feature:
    """One input of a model, computed from columns of silver/incidents.

    A category is stored as STRING, a number as DOUBLE, codes (several a row) as ARRAY<STRING>; NULL is unknown in all.
    A series (numbers one after the other, ARRAY<DOUBLE>) is for learners that want columns: no vector holds it. One
    that is past tells of earlier incidents alone, so that what their columns give away does not matter. A trend counts
    years: in a later year it has numbers that no training row has.
    """

    name: str
    kind: Literal["category", "number", "codes", "series"]
    sql: str
    uses: tuple[str, ...]
    comment: str
    past: bool = False
    trend: bool = False

    @classmethod
    def of_the_past(cls, name: str, comment: str, kind: Literal["number", "series"] = "number") -> Feature:
        """What the examples stage computes from earlier incidents."""
        return cls(name, kind, name, (), comment, past=True)

    def __post_init__(self) -> None:
        if not self.uses and not self.past:
            raise ValueError(f"feature {self.name} says nothing of the columns it uses")
        for column in self.uses:
            INCIDENTS[column]

    @property
    def typed_sql(self) -> str:
        """SQL for the value as it is stored."""
        return f"CAST({self.sql} AS {_TYPES[self.kind]})"

    @property
    def column(self) -> Column:
        """The column of gold/examples_<task> that holds it."""
        sources = [INCIDENTS[name] for name in self.uses]
        return Column(
            name=self.name,
            type=_TYPES[self.kind],
            comment=self.comment,
            known_at_report=all(source.known_at_report for source in sources),
            demographic=any(source.demographic for source in sources),
            determines=tuple(sorted({label for source in sources for label in source.determines})),
            proxy=any(source.proxy for source in sources),
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
