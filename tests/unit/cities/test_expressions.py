"""SQL for published values: the formats that each function reads, and those that it does not."""

from __future__ import annotations

from datetime import datetime

import pytest

from crime_spark.cities import expressions as sql
from crime_spark.cities.vocabulary import Terms

NIGHT, EVENING = datetime(2020, 3, 8, 2, 30), datetime(2020, 1, 8, 18, 5)

TERMS = Terms({"SCHOOL, PUBLIC": "school", "O'HARE": "airport"}, {"O'MTA ": "transit"})
TERMS_READ = {
    "SCHOOL, PUBLIC": "school",
    "SCHOOL - PUBLIC": "school",
    "O'HARE": "airport",
    "OHARE*": "airport",
    "O'MTA BUS": "transit",
    "O'MTABUS": "unmapped",
    "PUBLIC SCHOOL": "unmapped",
    "": "unmapped",
    None: None,
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            sql.local_time("value"),
            {
                "03/08/2020 02:30:00 AM": NIGHT,  # in the hour that daylight saving skips
                "3/8/2020 2:30": NIGHT,
                "2020-03-08T02:30:00.000": NIGHT,
                "1/8/2020 18:05:00": EVENING,
                "2020-01-08 18:05:00 UTC": EVENING,
                "01/08/2020": datetime(2020, 1, 8),
                "02/30/2020": None,
                "01/08/2020 06:05:00 PM": EVENING,
                "01/08/2020 12:05:00 PM": datetime(2020, 1, 8, 12, 5),
                "01/08/2020 12:05:00 AM": datetime(2020, 1, 8, 0, 5),
                "13/08/2020 06:05:00 PM": None,
                "02/30/2020 06:05:00 PM": None,
                "01/08/2020 18:05:00 PM": None,
                "01/08/2020 00:05:00 AM": None,
                "01/08/2020 06:65:00 PM": None,
                "yesterday": None,
                "20200108": None,
                None: None,
            },
        ),
        (
            sql.at_hhmm("TIMESTAMP_NTZ'2020-01-08 10:00:00'", "value"),
            {
                "1805": EVENING,
                "5": datetime(2020, 1, 8, 0, 5),
                "0": datetime(2020, 1, 8),
                "2400": datetime(2020, 1, 9),
                "2401": datetime(2020, 1, 8, 10),
                "1860": datetime(2020, 1, 8, 10),
                "18:05": datetime(2020, 1, 8, 10),
                "11805": datetime(2020, 1, 8, 10),
                None: datetime(2020, 1, 8, 10),
            },
        ),
        (sql.padded("value", 3), {"7": "007", "04A": "04A", "1234": "1234", None: None}),
        (sql.whole_number("value"), {"36": 36, "36.0": 36, "-1": -1, "x": None, "99999999999": None, None: None}),
        (sql.flag("value"), {"TRUE": True, "y": True, "0": False, "false": False, "maybe": None, None: None}),
        (sql.either("value", "FM"), {"f": "F", "M": "M", "X": None, "FM": None, "": None, None: None}),
        (
            sql.looked_up("value", {"THEFT": "a", 'PICK\'S (A, B: "C")': "b"}),
            {"THEFT": "a", 'PICK\'S (A, B: "C")': "b", "theft": None, "PICK": None, None: None},
        ),
        (sql.grouped("value", TERMS), TERMS_READ),
        (sql.grouped("value", Terms({"031A": "robbery"})), {"031A": "robbery", "031B": "unmapped", None: None}),
    ],
    ids=["local_time", "at_hhmm", "padded", "whole_number", "flag", "either", "looked_up", "terms", "codes"],
)
def test_values_are_read_or_become_null(spark, expression, expected):
    rows = spark.createDataFrame([(value,) for value in expected], "value STRING").coalesce(1)
    read = rows.selectExpr("value", f"{expression} AS read").collect()
    assert {row["value"]: row["read"] for row in read} == expected
