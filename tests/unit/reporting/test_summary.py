"""The summary's text, letter by letter."""

from __future__ import annotations

from crime_spark.cities import CITIES
from crime_spark.reporting.material import Material
from crime_spark.reporting.summary import WIDTH, summary_text
from tests.unit.reporting.records import CHICAGO, LOS_ANGELES, entry, metric

FULL = Material(
    CITIES,
    ledger=[entry("a.csv", 260000, 300, 12), entry("b.csv", 999, city="los_angeles"), entry("c.csv", 1)],
    metrics=[
        metric("gbt", 0.72),
        metric("gbt", 0.725, (2016, 2017)),
        metric("gbt", 0.7, (2015, 2017)),
        metric("logistic_regression", 0.709),
        metric("area_premise_rate", 0.7),
        metric("area_premise_rate", 0.73, (2016, 2017)),
        metric("class_prior", 0.5, (2016, 2017)),
        metric("gbt", 0.75, (2023, 2024), city="los_angeles", train_from=2021, protocol="expanding"),
    ],
)
GOLDEN = """\
Rows by city
City         Rows read  Accepted  Superseded  Quarantined
---------------------------------------------------------
Chicago        260,001   259,689         300           12
Los Angeles        999       999           0            0

AUC: Chicago, serious_offense (per_year, fair)
                                                class_prior  area_premise_rate
Trained -> scored  logistic_regression     gbt   (baseline)         (baseline)    Gain
--------------------------------------------------------------------------------------
2015 -> 2016                     0.709   0.720                           0.700  +0.020
2016 -> 2017                             0.725        0.500              0.730  -0.005
Gain: highest model over the highest baseline.

AUC: Los Angeles, serious_offense (expanding, fair)
Trained -> scored     gbt
-------------------------
2021-2023 -> 2024   0.750
No baseline has been judged.

Tables in /lake: gold/metrics, ledger

Report: /lake/reports/index.html"""


def test_full_summary() -> None:
    assert summary_text(FULL, "/lake", ["gold/metrics", "ledger"], "/lake/reports/index.html") == GOLDEN


def test_summary_before_anything_has_run() -> None:
    assert summary_text(Material((CHICAGO,)), "/lake", [], None) == (
        "No file has been read yet: run the ingest stage.\n\n"
        "No model has been judged yet: run the examples, train and evaluate stages.\n\n"
        "Tables in /lake: none\n\n"
        "Report: not written; the report stage makes it."
    )


def test_lines_fit_and_are_ascii_with_many_learners() -> None:
    names = (
        "logistic_regression",
        "gbt",
        "random_forest",
        "linear_svc",
        "multilayer_perceptron",
        "factorization_machine",
    )
    material = Material(
        (LOS_ANGELES,), metrics=[metric(name, 0.7, city="los_angeles") for name in (*names, "class_prior")]
    )
    text = summary_text(material, "/lake", [], None)
    table = text.split("\n\n")[1].splitlines()
    assert max(map(len, table)) <= WIDTH
    assert text.isascii()
    assert table[-2].split() == ["2015", "->", "2016", *["0.700"] * 7, "+0.000"]


def test_refused_files_are_named_with_the_reason() -> None:
    bad = entry("bad.csv", 0, status="refused", reason="it is a zip archive")
    told = summary_text(Material(CITIES, ledger=[entry("a.csv", 10), bad]), "lake", [], None)
    assert "Refused: bad.csv: it is a zip archive" in told
