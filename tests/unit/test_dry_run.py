"""What --dry-run prints: cells as far as they are known without Spark, and how much is done with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from crime_spark.config import load_settings
from crime_spark.dry_run import outline
from crime_spark.fitting.cells import Cell
from crime_spark.learners.gbt import GBT
from crime_spark.plan import check_plan
from crime_spark.tasks import TASKS

CELLS = ["chicago serious_offense 2015 to 2016: gbt", "chicago serious_offense 2016 to 2017: gbt"]


def printed_lines(what: str, *stages: str, **options: object) -> list[str]:
    """The lines of this kind."""
    dotted = {key.replace("__", "."): value for key, value in options.items()}
    lines = outline(check_plan(load_settings(None, dotted, {}), stages), []).splitlines()
    return [line[10:] for line in lines if line[:10] == f"{what:10}"]


@pytest.fixture
def lake(tmp_path: Path, years_of_incidents: None) -> str:
    """A lake with Chicago's incidents of 2015 to 2017 and whatever a stage asks for."""
    (tmp_path / "gold" / "examples_serious_offense").mkdir(parents=True)
    (tmp_path / "gold" / "predictions").mkdir()
    return str(tmp_path)


def test_outline_lists_lake_stages_inputs_and_cells(lake, landed):
    settings = load_settings(None, {"lake": lake, "learners": "gbt", "inputs": {"chicago": [landed]}}, {})
    plan = check_plan(settings, ("examples", "train"))
    assert outline(plan, [("examples", "silver/incidents", "gold/examples_<task>")]).splitlines() == [
        f"lake      {lake}",
        "stage     examples: silver/incidents -> gold/examples_<task>",
        f"input     chicago={landed}",
        *(f"cell      {cell}" for cell in CELLS),
    ]


def test_cells_follow_from_the_years_in_the_lake_and_the_protocol(lake):
    assert printed_lines("cell", "train", lake=lake, learners="gbt", years=[2015, 2016]) == CELLS[:1]
    expanding = printed_lines("cell", "train", lake=lake, learners="gbt", protocol="expanding")
    assert "chicago serious_offense 2015-2016 to 2017: gbt" in expanding


def test_cells_are_unknown_if_the_lake_has_no_rows_or_is_remote(tmp_path, landed):
    words = "one for each city, task, learner and pair of consecutive years in the lake (chicago, "
    [cell] = printed_lines("cell", "ingest", "train", "examples", lake=str(tmp_path), inputs={"chicago": [landed]})
    assert cell.startswith(f"no rows are in the lake yet: {words}")
    assert printed_lines("cell", "train", lake="s3a://bucket/lake")[0].startswith(f"not known without Spark: {words}")
    assert printed_lines("cell", "report") == []


def test_tune_prints_the_maximum_number_of_models(lake):
    chosen = {"lake": lake, "learners": "gbt", "tuning__strategy": "random", "tuning__trials": 5}
    assert printed_lines("cell", "tune", **chosen) == CELLS
    assert printed_lines("work", "tune", **chosen) == [
        "tune: 2 cells x 5 trials by random x 3 folds of 2 months: 30 models at most"
    ]
    [limited] = printed_lines("work", "tune", **{**chosen, "lake": "s3a://bucket/lake", "tuning__minutes": 30})
    assert limited == "tune: every cell x 5 trials by random (no new trial after 30 minutes) x 3 folds of 2 months"
    learners = {cell.rpartition(" ")[2] for cell in printed_lines("cell", "tune", **{**chosen, "learners": "default"})}
    assert learners == {"gbt", "logistic_regression"}  # no baseline


def test_audit_prints_the_variants_of_each_cell(lake):
    assert printed_lines("cell", "audit", lake=lake, cities="chicago") == CELLS  # of audit.learners
    about, tried = printed_lines("work", "audit", lake=lake, cities="chicago")
    assert about == "audit: 2 cells, each fitted once per variant below, on about 200000 training rows"
    assert tried.startswith("audit: chicago serious_offense: nothing, ")
    assert "demographics" not in tried
    assert "demographics" in printed_lines("work", "audit", lake=lake, cities="chicago", allow_demographic=True)[1]


def test_evaluate_and_explain_print_the_models_that_they_use(lake):
    assert printed_lines("cell", "evaluate", lake=lake) == ["not known without Spark: the cells in gold/cells"]
    for year in (2015, 2016):
        (Path(lake) / Cell("chicago", TASKS[0], GBT, "per_year", "fair", 0, year, year).model).mkdir(parents=True)
    assert printed_lines("cell", "evaluate", lake=lake) == CELLS
    assert printed_lines("work", "evaluate", lake=lake) == [
        "evaluate: 2 cells, 500 resamples; models on later years: default"
    ]
    assert printed_lines("cell", "explain", lake=lake, years=[2017]) == CELLS[1:]
    assert printed_lines("work", "explain", lake=lake, years=[2017]) == [
        "explain: 1 cell, about 50000 rows of each year"
    ]
    [work] = printed_lines("work", "train", "evaluate", lake=lake)
    assert work.startswith("evaluate: every cell fitted by then, 500 resamples")
