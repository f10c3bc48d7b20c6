"""Examples of a year in which one of the features tells much, for trials; and the jobs that make and take trials."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pyspark.sql import DataFrame

from crime_spark.features.feature import Feature
from crime_spark.fitting.blocks import TrainingCounts
from crime_spark.fitting.cells import Cell
from crime_spark.lake import Lake
from crime_spark.learners import Learner
from crime_spark.learners.space import Real
from crime_spark.progress import Progress
from crime_spark.schemas import TRIALS
from crime_spark.settings import Settings
from crime_spark.training.stage import train
from crime_spark.tuning.search_space import trial_name, written
from crime_spark.tuning.stage import tune
from tests.unit.training.tiny import LATITUDE, LR, PREMISE, TASK, cities_named, tiny_settings

NOISE = tuple(Feature(f"noise_{number}", "category", "ward", ("ward",), "says nothing") for number in range(4))
NOISY = replace(TASK, name="noisy", features=(PREMISE, LATITUDE, *NOISE))
# One setting, so that few trials are enough.
QUICK = replace(LR, settings={**LR.settings, "maxIter": 3}, space={"C": Real(0.001, 10.0, log=True, simpler="low")})
PER_MONTH = 30
CELL = Cell("chicago", NOISY, QUICK, "per_year", "fair", 0, 2015, 2015)
USUAL = {"C": 0.1}
COUNTS = TrainingCounts(0.5, dict.fromkeys((feature.name for feature in NOISY.features), 360), 12 * PER_MONTH)


def settings(**options: object) -> Settings:
    """Tiny ones, of two folds of two months and random draws; __ in a name stands for a dot."""
    usual = {"tuning__strategy": "random", "tuning__trials": 3, "tuning__folds": 2, "learner_settings": {}}
    return tiny_settings(**{**usual, **options})


def write_noisy(lake: Lake, years: Sequence[int] = (2015, 2016), planted: Sequence[int] = ()) -> None:
    """Examples with a premise that tells of the label; in the months planted (201511) noise_0 is the label."""
    rows = []
    for year in years:
        rng = random.Random(year)
        for month in range(1, 13):
            for index in range(PER_MONTH):
                label = index % 2
                shown = label if rng.random() < 0.8 else 1 - label
                reported = {
                    "city": "chicago",
                    "example_id": f"{year}{month:02}{index:03}",
                    "delay": 0,
                    "occurred_at": datetime(year, month, 1 + index % 28, 12),
                    "year": year,
                    "month": month,
                    "label": float(label),
                    "premise": f"premise {shown}",
                    "latitude": rng.random(),
                    **{feature.name: f"{rng.randrange(3)}" for feature in NOISE},
                }
                if 100 * year + month in planted:
                    reported["noise_0"] = f"{label}"
                rows.append(tuple(reported.get(name) for name in NOISY.examples.names))
    lake.replace(NOISY.examples, lake.spark.createDataFrame(rows, NOISY.examples.struct).coalesce(1))


def run(lake: Lake, chosen: Settings, learners: Sequence[Learner] = (QUICK,)) -> tuple[str, str]:
    """What the job returned, and what it said."""
    output = io.StringIO()
    result = tune(lake, cities_named(["chicago"]), [NOISY], learners, chosen, Progress(output))
    return result, output.getvalue()


def run_train(lake: Lake, chosen: Settings, learners: Sequence[Learner] = (QUICK,)) -> str:
    """What the train stage said."""
    output = io.StringIO()
    train(lake, cities_named(["chicago"]), [NOISY], learners, chosen, Progress(output))
    return output.getvalue()


def trials(lake: Lake) -> DataFrame:
    return lake.read(TRIALS).orderBy("number", "fold")


def keep_one(lake: Lake, parameters: dict[str, object]) -> None:
    """Let one trial, of these parameters, be all that there is."""
    rows = [
        {**row.asDict(), "parameters": written(parameters), "trial": trial_name(parameters)}
        for row in trials(lake).where("number = 0").collect()
    ]
    entries = [tuple(row[name] for name in TRIALS.names) for row in rows]
    lake.replace(TRIALS, lake.spark.createDataFrame(entries, TRIALS.struct))
