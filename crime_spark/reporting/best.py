"""The best learners of each latest test year, with their curves; the curves of all learners would be too many."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import functions as F

from crime_spark.lake import Lake
from crime_spark.reporting.contests import Standing, contest_standing, contests
from crime_spark.reporting.material import Material, Record
from crime_spark.schemas import CELL_COLUMNS, CELL_KEY, CONFUSION, CURVES
from crime_spark.table import Table

KEY = (*CELL_KEY, "test_year")


def best_learners(standing: Standing) -> list[str]:
    """The best model and the best baseline of the latest test year, as far as they exist."""
    span = standing.spans[-1]
    return [best[0] for names in (standing.models, standing.baselines) if (best := standing.best(names, span))]


def best_cells(material: Material) -> list[tuple[str | int, ...]]:
    """The KEY values of the cells of `best_learners`, for every contest that is shown."""
    cells = []
    for city in material.cities:
        for contest in contests(material, city):
            standing = contest_standing(material, contest)
            for learner in best_learners(standing) if standing.spans else []:
                values = {**vars(contest), **vars(standing.spans[-1]), "learner": learner}
                cells.append(tuple(values[key] for key in KEY))
    return cells


def with_best_curves(lake: Lake, material: Material) -> Material:
    """The material with the curves and confusion of the best cells; a table that does not exist gives no rows."""
    cells = best_cells(material)
    return replace(material, curves=_rows(lake, CURVES, cells), confusion=_rows(lake, CONFUSION, cells))


def _rows(lake: Lake, table: Table, cells: list[tuple[str | int, ...]]) -> tuple[Record, ...]:
    if not cells or not lake.exists(table):
        return ()
    schema = ", ".join(f"{column.name} {column.type}" for column in CELL_COLUMNS) + ", test_year INT"
    keys = F.broadcast(lake.spark.createDataFrame(cells, schema))
    rows = lake.read(table).join(keys, on=list(KEY), how="left_semi")
    return tuple(row.asDict() for row in rows.collect())
