"""How many Spark jobs a stage takes, those of Delta among them: each costs tenths of a second, however few its rows."""

from __future__ import annotations

import io

import pytest

from crime_spark.cities import CITIES
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.quality.stage import check_quality
from crime_spark.statistics.stage import describe
from tests.unit.ingest.published import chicago_file
from tests.unit.ingest.running import A, B, run

QUIET = Progress(io.StringIO())
NIGHT = [{"ID": "1", "Updated On": "03/01/2020 12:00:00 AM"}, {"ID": "99"}]


def jobs(spark):
    """The number of the next job of this application."""
    return spark.sparkContext._jsc.sc().dagScheduler().nextJobId()


@pytest.fixture(scope="module")
def counted(spark, tmp_path_factory):
    """What was run, in this order -> how many jobs it took, on one lake."""
    folder = tmp_path_factory.mktemp("actions")
    lake = Lake(spark, str(folder / "lake"))
    first = chicago_file(folder / "a.csv", *A), chicago_file(folder / "b.csv", *B)
    night = chicago_file(folder / "night.csv", *NIGHT)
    steps = {
        "first files": lambda: run(lake, *first),
        "quality": lambda: check_quality(lake, CITIES[:1], QUIET),
        "quality again": lambda: check_quality(lake, CITIES[:1], QUIET),
        "describe": lambda: describe(lake, QUIET, [CITIES[0].name]),
        "a night": lambda: run(lake, night),
        "nothing new": lambda: run(lake, *first, night),
    }
    taken = {}
    for name, step in steps.items():
        before = jobs(spark)
        step()
        taken[name] = jobs(spark) - before
    return taken


@pytest.mark.parametrize(
    ("step", "most"),
    [
        ("first files", 20),
        ("quality", 14),
        ("quality again", 3),
        ("describe", 8),
        ("a night", 34),
        ("nothing new", 3),
    ],
)
def test_stage_runs_at_most_this_number_of_spark_jobs(counted, step, most):
    assert counted[step] <= most, counted
