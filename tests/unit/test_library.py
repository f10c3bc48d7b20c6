"""`import crime_spark` as a library: what it exports, and frames to incidents and examples."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
from dataclasses import replace
from datetime import datetime

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

import crime_spark
from crime_spark.cities import CHICAGO, CITIES, LOS_ANGELES
from crime_spark.config import load_settings
from crime_spark.errors import InputError, UsageError
from crime_spark.examples.incidents import write_examples
from crime_spark.examples.panels import days_of, panel_examples
from crime_spark.ingest.stage import ingest
from crime_spark.library import to_examples, to_incidents
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, QUARANTINE
from crime_spark.table import schema_faults
from crime_spark.tasks import TASKS
from tests.incidents import incident, incidents
from tests.markdown import Page
from tests.structure.sources import ROOT
from tests.unit.ingest.published import CHICAGO as USUAL
from tests.unit.ingest.published import csv_text, write
from tests.unit.training.tiny import TASK, year_of_incidents

SETTINGS = load_settings(environment={})


def frame_of(spark, *rows) -> DataFrame:
    """Strings with the headers of Chicago's file; each of rows holds the cells in which it differs."""
    headers = ", ".join(f"`{header}` STRING" for header in USUAL)
    return spark.createDataFrame([tuple({**USUAL, **row}.values()) for row in rows], headers)


def equal(actual: DataFrame, expected: DataFrame) -> None:
    assert_df_equality(actual, expected, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True)


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_exports_are_typed_and_resolved_alike():
    tree = ast.parse((ROOT / "crime_spark" / "__init__.py").read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    typed = {
        alias.name: node.module for node in nodes for alias in node.names if str(node.module).startswith("crime_spark")
    }
    resolved = {name: f"crime_spark.{module}" for name, module in crime_spark._MODULES.items()}
    assert typed == resolved
    assert sorted(typed) == sorted(crime_spark.__all__)
    assert set(crime_spark.__all__) <= set(dir(crime_spark))
    assert all(getattr(crime_spark, name) is not None for name in crime_spark.__all__)


def test_unknown_export_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'crime_spark' has no attribute 'Lakee'"):
        crime_spark.Lakee  # type: ignore[attr-defined]  # noqa: B018


def test_submodule_imports_nothing_else_of_the_package():
    imported = "sorted(name for name in sys.modules if name.startswith(('crime_spark', 'pyspark')))"
    assert python(f"import sys, crime_spark.errors; print({imported})") == "['crime_spark', 'crime_spark.errors']"


def test_readme_example_runs(spark, capsys):
    (block,) = Page("README.md").blocks("python")
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    spark.catalog.clearCache()
    for words in ("2016-01-04 22:30:00", "theft", "HZ2,yesterday,0460,BATTERY,08B", "[no readable time]", "1.0"):
        assert words in printed


def test_frame_gives_the_rows_that_ingest_stores(lake, tmp_path):
    blanks = {header: f"  {text}\t " for header, text in USUAL.items()}
    rows = [{}, {**blanks, "ID": "2"}, {"Date": "yesterday", "Case Number": 'a "b", c'}, {"Date": "", "Block": "\t "}]
    rows += [{"ID": "7", "Updated On": f"02/1{day}/2018 03:50:01 PM", "Block": f"block {day}"} for day in (1, 3, 2)]
    path = write(tmp_path / "a.csv", csv_text(USUAL, rows))
    ingest(lake, [CHICAGO], {"chicago": [str(path)]}, Progress(io.StringIO()))
    result = to_incidents(frame_of(lake.spark, *rows), "chicago")
    equal(result.incidents, lake.read(INCIDENTS).withColumn("source_file", F.lit(None).cast("string")))
    absent = {"file": F.lit(None).cast("string"), "record": F.lit(None).cast("bigint")}
    equal(result.refusals, lake.read(QUARANTINE).withColumns(absent))
    assert (result.incidents.count(), result.refusals.count()) == (3, 2)


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
def test_frames_have_the_stored_schemas_and_can_be_filtered(spark, city):
    """Filters on expressions as long as those of a city must not take minutes to plan."""
    empty = spark.createDataFrame([], ", ".join(f"{column.name} STRING" for column in city.columns))
    result = to_incidents(empty, city)
    assert schema_faults(result.incidents.schema, INCIDENTS, exact=True) == []
    assert schema_faults(result.refusals.schema, QUARANTINE, exact=True) == []
    assert result.incidents.where("serious AND year > 2015 AND area IS NOT NULL").isEmpty()


def test_typed_columns_with_headers_of_the_api_are_accepted(spark):
    columns = "id BIGINT, case_number STRING, date TIMESTAMP_NTZ, iucr STRING, primary_type STRING, fbi_code STRING, "
    columns += "district INT, latitude DOUBLE, longitude DOUBLE, arrest BOOLEAN, `location.lat` STRING, DATE STRING"
    row = (1, "HZ1", datetime(2016, 1, 4, 22, 30), "0820", "THEFT", "06", 10, 41.86, -87.72, False, "x", "ignored")
    result = to_incidents(spark.createDataFrame([row], columns), CHICAGO).incidents
    names = ["incident_id", "occurred_at", "serious", "area", "latitude", "arrest", "ward"]
    assert result.select(*names).collect() == [("1", datetime(2016, 1, 4, 22, 30), True, "010", 41.86, False, None)]


def test_report_after_now_is_refused(spark):
    result = to_incidents(frame_of(spark, {}), CHICAGO, now=datetime(2016, 1, 1))
    assert [row["reasons"] for row in result.refusals.collect()] == [["in the future"]]
    assert result.incidents.isEmpty()


def test_missing_required_columns_are_listed_as_by_ingest(spark):
    with pytest.raises(InputError, match="no column 'date', 'fbi_code', which chicago needs"):
        to_incidents(frame_of(spark, {}).drop("Date", "FBI Code"), "chicago")


def test_unknown_names_are_refused_with_the_nearest(spark):
    with pytest.raises(UsageError, match="unknown city 'chicagoo'; did you mean 'chicago'"):
        to_incidents(frame_of(spark, {}), "chicagoo")
    with pytest.raises(UsageError, match="unknown task 'arest'; did you mean 'arrest'"):
        to_examples(incidents(spark, incident()), "arest", "chicago")


def test_examples_equal_those_of_the_stage(lake):
    rows = [row for city in ("chicago", "los_angeles") for row in year_of_incidents(city, 2016, 30)]
    lake.replace(INCIDENTS, incidents(lake.spark, *rows))
    write_examples(lake, [TASK], CITIES, SETTINGS, Progress(io.StringIO()))
    actual = to_examples(lake.read(INCIDENTS), TASK, "los_angeles", SETTINGS)
    assert schema_faults(actual.schema, TASK.examples, exact=True) == []
    assert actual.count() > 0
    equal(actual, lake.read(TASK.examples).where("city = 'los_angeles'"))


def test_panel_equals_that_of_the_stage(spark):
    rows = incidents(spark, *year_of_incidents("chicago", 2016, 30))
    task = next(task for task in TASKS if task.name == "area_severity_1d")
    custom = rows.where("city = 'chicago'")
    expected = panel_examples(custom, task, CHICAGO, days_of(custom)["chicago"], SETTINGS.features)
    assert to_examples(rows, "area_severity_1d", "chicago", SETTINGS).sameSemantics(expected)


def test_panel_without_incidents_has_no_examples(spark):
    result = to_examples(incidents(spark, incident()), "area_severity_1d", LOS_ANGELES, SETTINGS)
    assert result.isEmpty()


def test_demographic_task_needs_the_setting(spark):
    rows = incidents(spark, incident(city="los_angeles", victim_descent="H"))
    with pytest.raises(UsageError, match="task victim_descent uses demographic columns: set allow_demographic"):
        to_examples(rows, "victim_descent", "los_angeles", SETTINGS)
    allowed = replace(SETTINGS, allow_demographic=True)
    assert to_examples(rows, "victim_descent", "los_angeles", allowed).count() == 1
