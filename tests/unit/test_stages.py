"""The declarations of stages."""

from __future__ import annotations

from pathlib import Path

from crime_spark.schemas import STORED
from crime_spark.stages import BESIDE, STAGES


def test_every_table_that_a_stage_names_is_stored():
    beside = [BESIDE[name] for name in ("audit", "tune", "explain")]
    named = {part for stage in (*STAGES.values(), *beside) for part in stage.writes.split(", ")}
    known = {table.name for table in STORED} | {"gold/examples_<task>", "models", "reports/index.html", "reports/cards"}
    assert named == known


def test_every_stage_has_a_job_and_every_job_is_a_stage():
    jobs = {path.stem for path in (Path(__file__).parents[2] / "jobs").glob("*.py")}
    assert jobs == {*STAGES, *BESIDE, "pipeline"}
