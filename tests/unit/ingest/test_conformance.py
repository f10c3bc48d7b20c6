"""Published rows become incidents; why a row is refused, and which values could not be read."""

from __future__ import annotations

from datetime import datetime

import pytest
from chispa import assert_df_equality

from crime_spark.cities import CHICAGO, LOS_ANGELES
from crime_spark.ingest.conformance import BOOKKEEPING, conform
from crime_spark.schemas import INCIDENTS
from tests.incidents import incident
from tests.unit.ingest.published import published

NOW = datetime(2024, 5, 1, 12, 0)
THEFT = {"id": "1", "case_number": "HZ1", "date": "01/04/2016 10:30:00 PM", "iucr": "0820", "fbi_code": "06"}
THEFT_IN_LA = {"dr_no": "200100001", "date_occ": "01/08/2020 12:00:00 AM", "time_occ": "2230", "crm_cd": "330"}


def conformed(spark, city, *rows):
    return conform(published(spark, city, *rows), city, NOW)


def check(spark, city, rows, columns, wanted):
    """These columns of the conformed rows, in order, are the wanted tuples."""
    usual = THEFT if city is CHICAGO else THEFT_IN_LA
    actual = conformed(spark, city, *({**usual, **row} for row in rows)).select(*columns)
    assert_df_equality(actual, spark.createDataFrame(wanted, actual.schema), ignore_nullable=True)


def test_a_whole_row_of_chicago(spark):
    row = {
        **THEFT,
        **{"block": "014xx S Avers Ave", "primary_type": "THEFT", "description": "$500 AND UNDER", "arrest": "false"},
        **{"location_description": "STREET", "domestic": "TRUE", "beat": "1011", "district": "010", "ward": "24"},
        **{"community_area": "29", "updated_on": "02/10/2018 03:50:01 PM", "latitude": "41.86", "longitude": "-87.72"},
    }
    silver = incident(incident_id="1", case_number="HZ1", domestic=True, source_file="/landing/a.csv")
    wanted = {**silver, "part": 0, "record": 1, "text": None, "reasons": [], "unreadable": []}
    actual = conformed(spark, CHICAGO, row)
    assert actual.columns == [*INCIDENTS.names, *BOOKKEEPING]
    actual = actual.drop("content")
    assert_df_equality(
        actual, spark.createDataFrame([tuple(wanted[c] for c in actual.columns)], actual.schema), ignore_nullable=True
    )


@pytest.mark.parametrize(("city", "date"), [(CHICAGO, "date"), (LOS_ANGELES, "date_rptd")])
def test_every_format_of_a_date_in_one_column(spark, city, date):
    midnight, evening = datetime(2020, 1, 8), datetime(2020, 1, 8, 18, 5)
    dates = {
        "01/08/2020 12:00:00 AM": midnight,
        "01/08/2020 00:00": midnight,
        "1/8/2020 0:00": midnight,
        "2020-01-08T00:00:00.000": midnight,
        "2020-01-08": midnight,
        "01/08/2020": midnight,
        "1/8/2020": midnight,
        "01/08/2020 06:05:00 PM": evening,
        "1/8/2020 6:05:00 pm": evening,
        "01/08/2020 18:05": evening,
        "1/8/2020 18:05": evening,
        "1/8/2020 18:05:00": evening,
        "2020-01-08T18:05:00": evening,
        "2020-01-08 18:05:00": evening,
        "2020-01-08 18:05": evening,
        "2020-01-08 18:05:00 UTC": evening,
        "2020-01-08T18:05:00.000Z": evening,
        "03/08/2020 02:30:00 AM": datetime(2020, 3, 8, 2, 30),
        "02/29/2020 12:00:00 PM": datetime(2020, 2, 29, 12),
        "1/8/20 18:05": evening,
        "01/08/20 06:05:00 PM": evening,
        "1/8/20": midnight,
        "1/7/20 24:00": midnight,
        "01/07/2020 24:00": midnight,
        "1/7/2020 24:00:00": midnight,
        "2020-01-07T24:00:00.000": midnight,
    }
    column = "occurred_at" if city is CHICAGO else "reported_at"
    rows = [{date: text} for text in dates]
    check(spark, city, rows, [column, "reasons", "unreadable"], [(day, [], []) for day in dates.values()])


UNREADABLE_DATES = (
    """
UNKNOWN|02/30/2020 12:00:00 AM|02/29/2019|13/45/2020 12:00:00 AM|2020-02-30|20200108|2020-01|2020-01-|é|0|43838|Date|1/8
2020-13-01T00:00:00.000|01/08/2020 25:00|01/08/2020 13:00:00 PM|01/08/2020 00:60|02/30/2020 24:00|2/30/20|1/8/2020 24:01
01/08/2020 12:00:00 AM and more|x 01/08/2020|99/99/9999 99:99:99 AM
""".strip()
    .replace(chr(10), "|")
    .split("|")
)


def test_a_row_without_a_readable_time_is_refused(spark):
    rows = [{"date": text} for text in UNREADABLE_DATES]
    check(spark, CHICAGO, rows, ["occurred_at", "reasons"], [(None, ["no readable time"]) for _ in rows])


def test_another_date_that_is_unreadable_is_null_and_counted(spark):
    rows = [{"updated_on": text} for text in UNREADABLE_DATES]
    wanted = [*((None, [], ["updated_at"]) for _ in rows), (None, [], [])]
    check(spark, CHICAGO, [*rows, {"updated_on": None}], ["updated_at", "reasons", "unreadable"], wanted)


def test_a_row_from_before_the_data_set_or_after_today_is_refused(spark):
    reasons = {
        "12/31/2000 11:59:59 PM": ["before 2001"],
        "03/05/0019 12:00:00 AM": ["before 2001"],
        "01/01/2001 12:00:00 AM": [],
        "05/01/2024 12:00:00 PM": [],
        "05/01/2024 12:00:01 PM": ["in the future"],
        "07/04/2099 12:00:00 AM": ["in the future"],
    }
    check(spark, CHICAGO, [{"date": text} for text in reasons], ["reasons"], [(reason,) for reason in reasons.values()])


def test_a_row_without_key_or_offense_code_is_refused(spark):
    rows = [
        {"id": None, "case_number": None},
        {"id": None},
        {"case_number": None},
        {"iucr": None},
        {"id": None, "case_number": None, "iucr": None, "date": "?"},
    ]
    wanted = [
        (None, ["no key"]),
        ("HZ1", []),
        ("1", []),
        ("1", ["no offense code"]),
        (None, ["no key", "no offense code", "no readable time"]),
    ]
    check(spark, CHICAGO, rows, ["incident_id", "reasons"], wanted)
    rows = [{}, {"dr_no": None}, {"crm_cd": None}, {"date_occ": "UNKNOWN"}, {"date_occ": "12/31/2009"}]
    wanted = [([],), (["no key"],), (["no offense code"],), (["no readable time"],), (["before 2010"],)]
    check(spark, LOS_ANGELES, rows, ["reasons"], wanted)


def test_a_damaged_row_is_refused_for_that_alone(spark):
    rows = [{"problem": "unclosed quote"}, {"problem": "wrong number of fields: 3 instead of 22"}]
    actual = conformed(spark, CHICAGO, *rows).select("record", "text", "reasons")
    wanted = [(index, f"line {index}", [row["problem"]]) for index, row in enumerate(rows, start=1)]
    assert_df_equality(actual, spark.createDataFrame(wanted, actual.schema), ignore_nullable=True)


def test_chicago_gets_its_leading_zeros_and_its_area_back(spark):
    rows = [
        {"iucr": "820", "fbi_code": "6", "beat": "123", "district": "1"},
        {"iucr": "051a", "fbi_code": "04a", "beat": "2535", "district": None},
        {"beat": "111"},
        {"beat": "1651", "district": "031"},
        {},
    ]
    wanted = [
        ("0820", True, "0123", "001"),
        ("051A", True, "2535", "025"),
        ("0820", True, "0111", "001"),
        ("0820", True, "1651", "031"),
        ("0820", True, None, None),
    ]
    check(spark, CHICAGO, rows, ["offense_code", "serious", "beat", "area"], wanted)


def test_los_angeles_gets_its_leading_zeros_back(spark):
    rows = [
        {
            "dr_no": "10100001",
            "area": "1",
            "rpt_dist_no": "162",
            "mocodes": "344 1402",
            "location": "100 s Main St",
        },
        {
            "dr_no": "010100001",
            "area": "01",
            "rpt_dist_no": "0162",
            "mocodes": "0344 1402",
            "location": "100 S MAIN ST",
        },
        {},
    ]
    whole = ("010100001", "01", "0162", ["0344", "1402"], "100 S MAIN ST")
    columns = ["incident_id", "area", "beat", "mo_codes", "block"]
    check(spark, LOS_ANGELES, rows, columns, [whole, whole, ("200100001", None, None, None, None)])


def test_the_time_of_day_of_los_angeles(spark):
    day = "1/8/2020 0:00"
    times = {
        "2230": (datetime(2020, 1, 8, 22, 30), False, []),
        "5": (datetime(2020, 1, 8, 0, 5), False, []),
        "0": (datetime(2020, 1, 8), False, []),
        "0000": (datetime(2020, 1, 8), False, []),
        "2400": (datetime(2020, 1, 9), False, []),
        "1200": (datetime(2020, 1, 8, 12), True, []),
        "1": (datetime(2020, 1, 8, 0, 1), True, []),
        "2561": (datetime(2020, 1, 8), True, ["time_is_default"]),
        "99999": (datetime(2020, 1, 8), True, ["time_is_default"]),
        "noon": (datetime(2020, 1, 8), True, ["time_is_default"]),
    }
    rows = [{"date_occ": day, "time_occ": text} for text in times]
    columns = ["occurred_at", "time_is_default", "unreadable"]
    check(spark, LOS_ANGELES, rows, columns, list(times.values()))


def test_unknowns_that_are_documented_are_not_counted_as_bad(spark):
    rows = [
        {"vict_age": "0", "vict_sex": "X", "vict_descent": "X", "lat": "0", "lon": "0"},
        {"vict_age": "-1", "vict_sex": "h", "vict_descent": "-", "lat": "0.0", "lon": "0.0000"},
        {"vict_age": "-9", "vict_sex": "-", "vict_descent": None, "status": "CC"},
        {"vict_age": None, "vict_sex": None},
    ]
    columns = ["victim_age", "victim_sex", "victim_descent", "latitude", "longitude", "arrest", "unreadable"]
    check(spark, LOS_ANGELES, rows, columns, [(*[None] * 6, [])] * 4)


def test_values_of_los_angeles_that_can_be_read(spark):
    rows = [
        {"vict_age": "36", "vict_sex": "f", "vict_descent": "h", "lat": "34.0448", "lon": "-118.2474", "status": "aa"},
        {"vict_age": "110.0", "vict_sex": "M", "vict_descent": "Z", "lat": "34", "lon": "-1.18e2", "status": "IC"},
    ]
    columns = ["victim_age", "victim_sex", "victim_descent", "latitude", "longitude", "arrest", "unreadable"]
    wanted = [(36, "F", "H", 34.0448, -118.2474, True, []), (110, "M", "Z", 34.0, -118.0, False, [])]
    check(spark, LOS_ANGELES, rows, columns, wanted)


@pytest.mark.parametrize(
    "values",
    [
        {
            "vict_age": "old",
            "vict_sex": "Q",
            "vict_descent": "9",
            "lat": "x",
            "lon": "y",
            "status": "?",
            "part_1_2": "3",
        },
        {"vict_age": "36.5", "vict_sex": "FM", "vict_descent": "HH", "lat": "41.8", "lon": "-87.6", "status": "0"},
        {
            "vict_age": "99999999999",
            "vict_sex": "1",
            "vict_descent": "Y",
            "lat": "NaN",
            "lon": "NaN",
            "part_1_2": "one",
        },
        {"vict_age": "9" * 40, "vict_sex": "é", "vict_descent": "?", "lat": "Infinity", "lon": "1e999"},
    ],
)
def test_values_of_los_angeles_that_cannot_be_read(spark, values):
    names = {"vict_age": "victim_age", "vict_sex": "victim_sex", "vict_descent": "victim_descent"}
    names |= {"lat": "latitude", "lon": "longitude", "status": "arrest", "part_1_2": "serious"}
    columns = [names[column] for column in values]
    bad = [name for name in LOS_ANGELES.unreadable if name in columns]
    check(spark, LOS_ANGELES, [values], [*columns, "reasons", "unreadable"], [(*[None] * len(values), [], bad)])


def test_values_of_chicago(spark):
    rows = [
        {
            "arrest": "Y",
            "domestic": "0",
            "ward": "05",
            "community_area": "077",
            "latitude": "41.7",
            "longitude": "-87.6",
        },
        {
            "arrest": "maybe",
            "domestic": "2",
            "ward": "x",
            "community_area": "78",
            "latitude": "36.6",
            "longitude": "-91.7",
        },
        {},
    ]
    columns = ["arrest", "domestic", "ward", "community_area", "latitude", "longitude", "unreadable"]
    bad = ["ward", "community_area", "latitude", "longitude", "arrest", "domestic"]
    wanted = [(True, False, "5", "77", 41.7, -87.6, []), (*[None] * 6, bad), (*[None] * 6, [])]
    check(spark, CHICAGO, rows, columns, wanted)
