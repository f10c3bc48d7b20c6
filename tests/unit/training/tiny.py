"""A task, learners and a lake small enough to train in tests."""

from __future__ import annotations

import io
import math
import random
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark import Accumulator
from pyspark.sql import DataFrame, SparkSession

from crime_spark.cities import CITIES
from crime_spark.cities.city import City
from crime_spark.config import load_settings
from crime_spark.examples.incidents import write_examples
from crime_spark.features.feature import Feature
from crime_spark.kinds import Binary
from crime_spark.lake import Lake
from crime_spark.learners import LEARNERS, Learner
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS
from crime_spark.settings import Settings
from crime_spark.tasks.grain import Incident
from crime_spark.tasks.task import Task
from crime_spark.training.stage import train
from tests.incidents import incident, incidents

LR, GBT, PRIOR, RATE = (
    next(learner for learner in LEARNERS if learner.name == name)
    for name in ("logistic_regression", "gbt", "class_prior", "area_premise_rate")
)
# Rows are drawn by place in their partition: a model that saw them in another order is another model.
TREES = replace(GBT, settings={**GBT.settings, "subsamplingRate": 0.7})
ALL = (LR, TREES, PRIOR, RATE)

HOUR = Feature("hour", "category", "hour(occurred_at)", ("occurred_at",), "hour of the day")
AREA = Feature("area", "category", "area", ("area",), "police area")
PREMISE = Feature("premise", "category", "premise", ("premise",), "kind of place")
LATITUDE = Feature("latitude", "number", "latitude", ("latitude",), "degrees north")
WARD = Feature("ward", "category", "ward", ("ward",), "recorded in one of the cities only")

TASK = Task(
    name="tiny",
    question="Is it serious?",
    grain=Incident(),
    kind=Binary(),
    target="serious",
    label="CAST(serious AS DOUBLE)",
    features=(HOUR, AREA, PREMISE, LATITUDE, WARD),
)

# chicago, three years: two cells a learner, and one of them has a later year; los_angeles: one cell.
YEARS = {"chicago": (2015, 2016, 2017), "los_angeles": (2015, 2016)}
ROWS = 300
_PREMISES = {"STREET": 0.8, "RESIDENCE": -0.9, "SHOP": 1.6, None: -0.2}


def tiny_settings(**options: Any) -> Settings:
    """Settings for models of two steps and several partitions; __ in a name stands for a dot."""
    tiny = {
        "learner_settings": {"logistic_regression": {"maxIter": 2}, "gbt": {"maxIter": 2, "maxDepth": 2}},
        "training.rows_per_partition": 150,
        "training.cells_at_once": 2,
        "evaluation.resamples": 30,
    }
    return load_settings(options={**tiny, **{key.replace("__", "."): v for key, v in options.items()}}, environment={})


def year_of_incidents(city: str, year: int, rows: int = ROWS) -> Iterator[dict[str, Any]]:
    """Incidents whose kind of place, area and hour say something of whether they are serious."""
    rng = random.Random(f"{city} {year}")
    for number in range(rows):
        premise, area, hour = rng.choice(list(_PREMISES)), rng.randrange(5), rng.randrange(24)
        logit = _PREMISES[premise] + 0.4 * (area - 2) + math.sin(hour / 4)
        yield incident(
            city=city,
            incident_id=f"{year}{number:05}",
            occurred_at=datetime(year, 1, 1, hour, rng.randrange(60)) + timedelta(days=rng.randrange(365)),
            premise=premise,
            area=f"{area:03}",
            latitude=None if rng.random() < 0.1 else 41.6 + area / 10 + rng.random() / 20,
            ward=f"{area}" if city == "chicago" else None,
            serious=rng.random() < 1 / (1 + math.exp(-logit)),
        )


def cities_named(names: Iterable[str]) -> list[City]:
    """Cities of the registry; one that is not there is the first under another name."""
    expected = {city.name: city for city in CITIES}
    return [expected.get(name, replace(CITIES[0], name=name)) for name in names]


def run_train(
    lake: Lake,
    settings: Settings,
    cities: Sequence[str] = tuple(YEARS),
    learners: Sequence[Learner] = ALL,
    years: Sequence[int] = (),
) -> list[str]:
    """The train stage; what it said, without the time of day."""
    output = io.StringIO()
    chosen = replace(settings, years=tuple(years))
    train(lake, cities_named(cities), [TASK], learners, chosen, Progress(output))
    return [line.split(" ", 1)[1] for line in output.getvalue().splitlines()]


def fitted_cells(messages: Iterable[str]) -> list[str]:
    """The cells that were fitted, from what the train stage said."""
    result = (re.fullmatch(r"train: (\S+ tiny .* to \d+: \w+): done in .* s", line) for line in messages)
    return sorted(match[1] for match in result if match)


def write_plain_examples(lake: Lake, labels: Mapping[int, Sequence[float]], **columns: Any) -> None:
    """Examples of chicago with these labels by year; ward is NULL, and all else equal in every row."""
    usual = {"city": "chicago", "delay": 0, "month": 1, "hour": "1", "area": "1", "premise": "STREET", "latitude": 41.8}
    usual.update(columns)
    rows = [
        {
            **usual,
            "year": y,
            "delay": 0,
            "example_id": f"{y} {index}",
            "occurred_at": datetime(y, 1, 1),
            "label": float(label),
        }
        for y, stored in labels.items()
        for index, label in enumerate(stored)
    ]
    tuples = [tuple(row.get(name) for name in TASK.examples.names) for row in rows]
    lake.replace(TASK.examples, lake.spark.createDataFrame(tuples, TASK.examples.struct).coalesce(1))


def trained_lake(spark: SparkSession, folder: Path) -> Lake:
    """A lake with models of every cell: to change it, take a `copied` one."""
    lake = Lake(spark, str(folder / "trained"))
    rows = (row for city, years in YEARS.items() for year in years for row in year_of_incidents(city, year))
    lake.append(INCIDENTS, incidents(spark, *rows))
    write_examples(lake, [TASK], cities_named(YEARS), tiny_settings(), Progress(io.StringIO()))
    run_train(lake, tiny_settings())
    return lake


def counting(rows: DataFrame) -> tuple[DataFrame, Accumulator[int]]:
    """The same rows, and how often one of them has been made."""
    built = rows.sparkSession.sparkContext.accumulator(0)

    def passed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            built.add(batch.num_rows)
            yield batch

    return rows.mapInArrow(passed, rows.schema), built


def copied(lake: Lake, folder: Path) -> Lake:
    """The same lake in another folder."""
    shutil.copytree(lake.root, folder / "copy")
    return Lake(lake.spark, str(folder / "copy"))
