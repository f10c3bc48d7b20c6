from __future__ import annotations

import pytest

from crime_spark.statistics import STATISTICS
from crime_spark.statistics.statistic import (
    Breakdown,
    Correlations,
    Dimension,
    Missing,
    Number,
    Share,
    Summary,
    banded,
    registered,
)

MONTH = Dimension("month", "month(occurred_at)")
AREA = Dimension("area", "area")
AGE = Number("age", "victim_age")


def test_a_dimension_reads_a_column():
    assert Dimension("hour", "hour(occurred_at)").sql == "hour(occurred_at)"


def test_a_dimension_that_reads_no_column_is_refused():
    with pytest.raises(ValueError, match=r"dimension hour: 'hour\(happened_at\)' uses no column of silver/incidents"):
        Dimension("hour", "hour(happened_at)")


def test_bands_run_from_each_start_to_the_next():
    bands = banded("delay", "victim_age", (0, 1, 2, 8))
    assert bands.groups == ("<0", "0", "1", "2-7", "8+")
    assert bands.sql == (
        "CASE WHEN victim_age < 0 THEN '<0' WHEN victim_age < 1 THEN '0' WHEN victim_age < 2 THEN '1' "
        "WHEN victim_age < 8 THEN '2-7' WHEN victim_age >= 8 THEN '8+' END"
    )


@pytest.mark.parametrize("starts", [(), (2, 1), (1, 1)])
def test_bands_that_do_not_ascend_are_refused(starts: tuple[int, ...]):
    with pytest.raises(ValueError, match="must be ascending"):
        banded("delay", "victim_age", starts)


def test_a_number_is_unknown_where_it_is_left_out():
    number = Number("hour", "hour(occurred_at)", leave_out="time_is_default")
    assert number.known_sql == "CASE WHEN NOT time_is_default <=> true THEN hour(occurred_at) END"


def test_a_number_is_refused_with_all_its_faults():
    with pytest.raises(ValueError, match=r"uses no column.*; premise must be one of .*; steps must be at least 1"):
        Number("age", "1", steps=0, leave_out="premise")


def test_a_share_is_of_a_flag():
    assert Share("share_serious", "serious").flag == "serious"


def test_a_share_of_anything_else_is_refused():
    with pytest.raises(ValueError, match="share share_premise: premise must be one of the flags"):
        Share("share_premise", "premise")


def test_the_keys_of_a_breakdown_are_its_dimensions_and_its_flag():
    breakdown = Breakdown("by_month", (MONTH, AREA), leave_out="time_is_default")
    assert breakdown.keys == ("month(occurred_at)", "area", "time_is_default")


@pytest.mark.parametrize(
    ("dimensions", "leave_out", "fault"),
    [
        ((MONTH, AREA, Dimension("beat", "beat")), None, "at most two dimensions"),
        ((AREA, AREA), None, "area is declared twice"),
        ((AREA,), "premise", "premise must be one of the flags"),
    ],
)
def test_a_faulty_breakdown_is_refused(dimensions: tuple[Dimension, ...], leave_out: str | None, fault: str):
    with pytest.raises(ValueError, match=f"statistic by_month: .*{fault}"):
        Breakdown("by_month", dimensions, leave_out)


def test_missing_takes_columns_of_incidents():
    assert Missing("missing", ("ward", "beat")).columns == ("ward", "beat")


def test_missing_refuses_other_columns():
    with pytest.raises(ValueError, match=r"statistic missing: sex is not a column.*; beat is declared twice"):
        Missing("missing", ("sex", "beat", "beat"))


def test_correlations_pair_every_two_numbers_once():
    hour, month = Number("hour", "hour(occurred_at)"), Number("month", "month(occurred_at)")
    assert Correlations("correlation", (hour, month, AGE)).pairs == ((hour, month), (hour, AGE), (month, AGE))


@pytest.mark.parametrize("kind", [Summary, Correlations])
def test_a_number_given_twice_is_refused(kind: type[Summary] | type[Correlations]):
    with pytest.raises(ValueError, match="statistic numbers: age is declared twice"):
        kind("numbers", (AGE, AGE))


def test_statistics_of_different_names_are_registered():
    statistics = (Breakdown("by_area", (AREA,)), Summary("summary", (AGE,)), Correlations("correlation", (AGE,)))
    assert registered(*statistics) == statistics


def test_two_statistics_of_one_name_are_refused():
    with pytest.raises(ValueError, match="statistics: by_area is declared twice"):
        registered(Breakdown("by_area", (AREA,)), Breakdown("by_area", (MONTH,)))


def test_two_numbers_of_one_name_are_refused():
    with pytest.raises(ValueError, match="statistics: age is declared twice"):
        registered(Summary("summary", (AGE,)), Correlations("correlation", (Number("age", "victim_age - 1"),)))


def test_what_is_known_fits_into_the_bits_of_a_bigint():
    columns = {column for statistic in STATISTICS if isinstance(statistic, Missing) for column in statistic.columns}
    numbers = {
        number.known_sql
        for statistic in STATISTICS
        if isinstance(statistic, Correlations)
        for number in statistic.numbers
    }
    assert len(columns | numbers) <= 62
