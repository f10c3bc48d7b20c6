"""A feature: SQL over an incident, and the columns that it uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from crime_spark.schemas import INCIDENTS
from crime_spark.table import Column

_TYPES = {"category": "STRING", "number": "DOUBLE", "codes": "ARRAY<STRING>", "series": "ARRAY<DOUBLE>"}


@dataclass(frozen=True)
class Feature:
    """An input of a model, computed from columns of silver/incidents. NULL means unknown.

    Attributes:
        name: name of the column in the examples.
        kind: category (STRING), number (DOUBLE), codes (several a row, ARRAY<STRING>) or series (consecutive numbers,
            ARRAY<DOUBLE>, only for learners that want columns).
        sql: SQL over silver/incidents.
        uses: columns of silver/incidents in the SQL.
        comment: comment of the column.
        past: it is computed from earlier incidents only, so what their columns reveal does not matter.
        trend: it increases with time, so test years have values that no training row has.

    Raises:
        ValueError: `uses` is empty, and the feature is not about the past.
        KeyError: a column does not exist.
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
        """A feature that the examples stage computes from earlier incidents."""
        return cls(name, kind, name, (), comment, past=True)

    def __post_init__(self) -> None:
        if not self.uses and not self.past:
            raise ValueError(f"feature {self.name} must list the columns of silver/incidents that it uses")
        for column in self.uses:
            INCIDENTS[column]

    @property
    def typed_sql(self) -> str:
        """SQL for the value with its stored type."""
        return f"CAST({self.sql} AS {_TYPES[self.kind]})"

    @property
    def column(self) -> Column:
        """Its column in gold/examples_<task>."""
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
    """Why features may not predict a label: known too late, determining it, or demographic without permission."""
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
