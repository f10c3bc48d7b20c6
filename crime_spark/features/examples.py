"""silver/incidents to gold/examples_<task>."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS
from crime_spark.tasks.task import Task


def to_examples(incidents: DataFrame, task: Task) -> DataFrame:
    """Rows of silver/incidents to rows of the task's examples; incidents whose label is NULL are left out."""
    computed = {
        "year": F.col("year"),
        "month": F.month("occurred_at"),
        "label": F.expr(task.label),
        **{feature.name: F.expr(feature.sql) for feature in task.features},
    }
    types = {field.name: field.dataType for field in task.examples.struct.fields}
    columns = [computed.get(name, F.col(name)).cast(types[name]).alias(name) for name in task.examples.names]
    return incidents.select(*columns).where("label IS NOT NULL")


def write_examples(
    lake: Lake, tasks: Sequence[Task], cities: Sequence[str], years: Sequence[int], progress: Progress
) -> None:
    """Replace the examples of cities in the table of each task; no years means every year.

    A table with other features than the task has now is replaced whole: its rows could not be told apart.

    Raises:
        LakeError: nothing has been ingested.
    """
    incidents = lake.read(INCIDENTS).where(F.col("city").isin(*cities))
    if years:
        incidents = incidents.where(F.col("year").isin(*years))
    where = {"city": list(cities), **({"year": list(years)} if years else {})}
    for task in tasks:
        with progress.working(f"examples: {task.name}"):
            chosen = None if lake.outdated(task.examples) else where
            lake.replace(task.examples, to_examples(incidents, task), where=chosen)
