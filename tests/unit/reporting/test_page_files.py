"""Reading tables of the lake, writing pages to it, and the whole stage."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from chispa import assert_df_equality

from crime_spark.cities import CITIES
from crime_spark.errors import LakeError
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.reporting.best import with_best_curves
from crime_spark.reporting.material import (
    BY_PREMISE,
    BY_YEAR,
    OVERALL,
    YEARLY,
    read_material,
    refusal_counts,
    statistics_shown,
)
from crime_spark.reporting.page_files import write_text
from crime_spark.reporting.stage import report
from crime_spark.reporting.summary import summary
from crime_spark.schemas import CONFUSION, CURVES, LEDGER, METRICS, QUARANTINE, STATISTICS
from crime_spark.statistics import STATISTICS as DESCRIBED
from crime_spark.table import Table
from tests.unit.reporting.records import CHICAGO, called, curve_points, entry, metric, statistic


def store(lake: Lake, table: Table, *rows: dict[str, Any]) -> None:
    frame = lake.spark.createDataFrame([tuple(row.get(name) for name in table.names) for row in rows], table.struct)
    lake.replace(table, frame.coalesce(1))


def refused(city: str, record: int, *reasons: str) -> dict[str, Any]:
    return {"city": city, "file": "a.csv", "record": record, "text": "x", "reasons": list(reasons)}


def test_text_file_is_written_and_overwritten(lake: Lake) -> None:
    for text in ("a long first text", "naïve → café"):
        path = write_text(lake, "reports/deep/index.html", text)
        assert path == f"{lake.root}/reports/deep/index.html"
        assert Path(path).read_bytes() == text.encode()
    assert [file.name for file in Path(path).parent.iterdir() if not file.name.endswith(".crc")] == ["index.html"]


def test_error_names_the_file_that_cannot_be_written(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LakeError, match=r"cannot write .*/file/index.html"):
        write_text(Lake(lake.spark, str(tmp_path / "file")), "index.html", "text")


def test_row_with_several_reasons_counts_for_each(lake: Lake) -> None:
    rows = [
        refused("chicago", 1, "no time", "no key"),
        refused("chicago", 2, "no time"),
        refused("los_angeles", 1, "no key"),
    ]
    quarantine = lake.spark.createDataFrame([tuple(row.values()) for row in rows], QUARANTINE.struct)
    expected = lake.spark.createDataFrame(
        [("chicago", "no time", 2), ("chicago", "no key", 1), ("los_angeles", "no key", 1)],
        "city string, reason string, rows long",
    )
    assert_df_equality(quarantine.transform(refusal_counts), expected, ignore_nullable=True, ignore_metadata=True)


def test_statistics_shown_are_a_small_part(lake: Lake) -> None:
    rows = [
        statistic(BY_YEAR, 1.0, 2016),
        statistic(BY_YEAR, 2.0, None),
        statistic(BY_PREMISE, 3.0, 2016),
        statistic(BY_PREMISE, 4.0, None),
        statistic(BY_PREMISE, 0.5, None, measure="share_arrested"),
        statistic("by_beat", 5.0, None),
    ]
    frame = lake.spark.createDataFrame(
        [tuple(row[name] for name in STATISTICS.names) for row in rows], STATISTICS.struct
    )
    assert sorted(row["value"] for row in frame.transform(statistics_shown).collect()) == [1.0, 4.0]


def test_statistics_shown_are_declared() -> None:
    assert {*YEARLY, *OVERALL} <= {statistic.name for statistic in DESCRIBED}


def test_stage_and_summary_on_an_empty_lake(lake: Lake) -> None:
    path = report(lake, CITIES, Progress(io.StringIO()))
    page = Path(path).read_text(encoding="utf-8")
    assert "No file of Chicago has been read." in page
    linked = re.findall(r'href="(cards/[^"]+)"', page)
    assert linked == [f"cards/{city.name}-data.html" for city in CITIES]
    assert [link for link in linked if not (Path(path).parent / link).exists()] == []
    assert "Tables in" in summary(lake, CITIES, path)


def test_stage_and_summary_read_only_the_chosen_cities(lake: Lake) -> None:
    store(lake, LEDGER, entry("/x/a.csv", 1234, 0, 2), entry("/x/b.csv", 77, city="los_angeles"))
    store(lake, QUARANTINE, refused("chicago", 1, "no time"), refused("chicago", 2, "no time"))
    store(
        lake, STATISTICS, statistic(BY_YEAR, 10.0), statistic("of_no_interest", 1.0), statistic(BY_YEAR, 9.0, city="x")
    )
    store(lake, METRICS, metric("gbt", 0.7), metric("gbt", None, name="f1"), metric("gbt", 0.7, city="los_angeles"))
    material = read_material(lake, [CHICAGO])
    counted = [len(rows) for rows in (material.ledger, material.refusals, material.statistics, material.metrics)]
    assert counted == [1, 1, 1, 1]
    path = report(lake, [CHICAGO], Progress(io.StringIO()))
    assert "1,234" in Path(path).read_text(encoding="utf-8")
    text = summary(lake, [CHICAGO], path)
    assert f"Tables in {lake.root}: gold/metrics, gold/statistics, ledger, quarantine" in " ".join(text.split())
    assert text.endswith(f"Report: {path}")


def test_curves_are_read_only_for_the_best_learners_of_the_latest_year(lake: Lake) -> None:
    later = (2016, 2017)
    scored = [("gbt", 0.7, later), ("logistic_regression", 0.6, later), ("class_prior", 0.5, later)]
    store(lake, METRICS, metric("gbt", 0.9), *(metric(name, value, years) for name, value, years in scored))
    names = [("gbt", (2015, 2016)), *((name, years) for name, _, years in scored)]
    store(lake, CURVES, *(row for name, years in names for row in curve_points(name, "roc", [(0.0, 0.0)], years=years)))
    store(lake, CONFUSION, *(row for name, years in names for row in called(name, {("1", "0"): 5}, years)))
    material = with_best_curves(lake, read_material(lake, [CHICAGO]))
    for rows in (material.curves, material.confusion):
        assert {(row["learner"], row["test_year"]) for row in rows} == {("gbt", 2017), ("class_prior", 2017)}
    # Without metrics there are no best learners.
    assert with_best_curves(lake, read_material(lake, CITIES[1:])).curves == ()
