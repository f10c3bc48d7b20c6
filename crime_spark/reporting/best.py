"""The best learners of each latest year, and what the lake has of them: all its curves are too many to be read."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import functions as F

from crime_spark.lake import Lake
from crime_spark.reporting.contests import Standing, contests, standing
from crime_spark.reporting.material import Material, Record
from crime_spark.schemas import CELL_COLUMNS, CELL_KEY, CONFUSION, CURVES
from crime_spark.table import Table

KEY = (*CELL_KEY, "test_year")


def best_of(held: Standing) -> list[str]:
    """The best model and the best baseline of the latest year, as far as there are any."""
    span = held.spans[-1]
    return [found[0] for names in (held.models, held.baselines) if (found := held.best(names, span))]


def best_cells(material: Material) -> list[tuple[str | int, ...]]:
    """KEY of the cells that `best_of` names, of every contest that is shown."""
    cells = []
    for city in material.cities:
        for contest in contests(material, city):
            held = standing(material, contest)
            for learner in best_of(held) if held.spans else []:
                span = held.spans[-1]
                own = {**vars(contest), **vars(span), "learner": learner}
                cells.append(tuple(own[key] for key in KEY))
    return cells


def with_best(lake: Lake, material: Material) -> Material:
    """The material and the curves and confusion of the best learners; a table that is not there gives no rows."""
    cells = best_cells(material)
    return replace(material, curves=_rows(lake, CURVES, cells), confusion=_rows(lake, CONFUSION, cells))


def _rows(lake: Lake, table: Table, cells: list[tuple[str | int, ...]]) -> tuple[Record, ...]:
    if not cells or not lake.exists(table):
        return ()
    schema = ", ".join(f"{column.name} {column.type}" for column in CELL_COLUMNS) + ", test_year INT"
    wanted = F.broadcast(lake.spark.createDataFrame(cells, schema))
    rows = lake.read(table).join(wanted, on=list(KEY), how="left_semi")
    return tuple(row.asDict() for row in rows.collect())
