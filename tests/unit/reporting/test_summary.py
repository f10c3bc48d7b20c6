"""The exact text of the summary."""

from __future__ import annotations

from dataclasses import replace

from crime_spark.cities import CITIES
from crime_spark.reporting.material import Material
from crime_spark.reporting.summary import WIDTH, summary_text
from tests.unit.reporting.kinds import every_kind
from tests.unit.reporting.records import CHICAGO, compared, entry, metric

FULL = Material(
    CITIES[:2],
    ledger=[entry("a.csv", 260000, 300, 12), entry("b.csv", 999, city="los_angeles"), entry("c.csv", 1)],
    metrics=[
        metric("gbt", 0.72),
        metric("gbt", 0.725, (2016, 2017)),
        metric("gbt", 0.7, (2015, 2017)),
        metric("logistic_regression", 0.709),
        metric("area_premise_rate", 0.7),
        metric("area_premise_rate", 0.73, (2016, 2017)),
        metric("class_prior", 0.5, (2016, 2017)),
        metric("gbt", 0.725, (2016, 2017), "macro_auc", task="victim_descent"),
        metric("gbt", 12.3, (2016, 2017), "mae", task="area_severity_1d", delay=7),
        metric("slot_mean", 15.0, (2016, 2017), "mae", task="area_severity_1d", delay=7),
        metric("gbt", 3.9, (2016, 2017), "pai_5", task="hotspot_day"),
        metric("prior_counts", 4.0, (2016, 2017), "pai_5", task="hotspot_day"),
        metric("gbt", 0.75, (2023, 2024), city="los_angeles", train_from=2021, protocol="expanding"),
    ],
    comparisons=[
        compared("gbt", "slot_mean", -2.7, (2016, 2017), "mae", 0.2, task="area_severity_1d", delay=7),
        compared("gbt", "prior_counts", -0.1, (2016, 2017), "pai_5", 0.05, task="hotspot_day"),
        compared("gbt", "area_premise_rate", -0.005, (2016, 2017), half_width=0.01),
    ],
)
GOLDEN = """\
Rows by city
City         Rows read  Accepted  Superseded  Quarantined
---------------------------------------------------------
Chicago        260,001   259,689         300           12
Los Angeles        999       999           0            0

Chicago, 2016 -> 2017 (per_year, fair)
Task                  Metric      Best model         Best baseline               Gain
----------------------------------------------------------------------------------------
serious_offense       AUC         gbt         0.725  area_premise_rate  0.730  -0.005
victim_descent        macro AUC   gbt         0.725  none
area_severity_1d +7d  MAE         gbt          12.3  slot_mean           15.0    +2.7  *
hotspot_day           PAI at 5 %  gbt          3.90  prior_counts        4.00   -0.10  *
Gain: best model over best baseline, more than 0 is better; * = its 95 % interval excludes 0.
+7d: forecasts made with data 7 days late, as the city publishes it.
victim_descent: descriptive research only; not for publication.

AUC: Los Angeles, serious_offense (expanding, fair)
Trained -> scored     gbt  Gain
----------------------------------
2021-2023 -> 2024   0.750
No baseline has been evaluated.

Tables in /lake: gold/metrics, ledger

Report: /lake/reports/index.html"""


def test_full_summary() -> None:
    assert summary_text(FULL, "/lake", ["gold/metrics", "ledger"], "/lake/reports/index.html") == GOLDEN


def test_summary_of_an_empty_lake() -> None:
    assert summary_text(Material((CHICAGO,)), "/lake", [], None) == (
        "No file has been read yet. Run the ingest stage.\n\n"
        "No model has been evaluated yet. Run the examples, train and evaluate stages.\n\n"
        "Tables in /lake: none\n\n"
        "Report: not written. Run the report stage."
    )


def test_lines_are_ascii_and_fit_with_every_task_and_long_names() -> None:
    material = every_kind()
    long = [metric("multilayer_perceptron", 0.99, (2016, 2017), city="los_angeles")]
    text = summary_text(replace(material, metrics=[*material.metrics, *long]), "/lake", [], None)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.isascii()
    assert "multilayer_perceptron" in text
    assert text.count("hotspot_shift +7d") == 2


def test_lines_fit_with_many_learners() -> None:
    names = ("logistic_regression", "gbt", "random_forest", "linear_svc", "multilayer_perceptron", "class_prior")
    text = summary_text(Material((CHICAGO,), metrics=[metric(name, 0.7) for name in names]), "/lake", [], None)
    table = text.split("\n\n")[1].splitlines()
    assert max(map(len, table)) <= WIDTH
    assert table[-2].split() == ["2015", "->", "2016", *["0.700"] * 6, "+0.000"]


def test_title_of_an_error_says_that_lower_is_better() -> None:
    rows = [metric(name, value, name="mae", task="hourly_volume") for name, value in (("gbt", 4.0), ("slot_mean", 5.0))]
    text = summary_text(Material((CHICAGO,), metrics=rows), "/lake", [], None)
    assert "MAE: Chicago, hourly_volume (per_year, fair, lower is better)" in text
    assert "+1.00" in text


def test_contest_without_a_next_year_is_not_shown() -> None:
    material = Material((CHICAGO,), metrics=[metric("gbt", 0.7, (2015, 2017))])
    assert "serious_offense" not in summary_text(material, "/lake", [], None)


def test_refused_files_are_listed_with_the_reason() -> None:
    bad = entry("bad.csv", 0, status="refused", reason="it is a zip archive")
    text = summary_text(Material(CITIES, ledger=[entry("a.csv", 10), bad]), "lake", [], None)
    assert "Refused: bad.csv: it is a zip archive" in text
