"""The small frames are counted from silver as they should be."""

from __future__ import annotations

from datetime import date, datetime

from chispa import assert_df_equality

from crime_spark.quality.measures import days, unmapped_words
from tests.incidents import incident, incidents
from tests.unit.quality.frames import DAYS, UNMAPPED

ROWS = (
    incident(),
    incident(latitude=None, weapon_group="bodily_force"),
    incident(longitude=None, premise="MOON", premise_group="unmapped", weapon="RAY", weapon_group="unmapped"),
    incident(offense_code="9999", offense_group="unmapped", premise="MOON", premise_group="unmapped"),
    incident(city="los_angeles", occurred_at=datetime(2015, 1, 1), premise=None, premise_group=None),
)


def test_days(spark):
    day = date(2016, 1, 4)
    expected = [
        ("chicago", day, "theft", 3, 2, 3, 0, 3, 1, 2, 1),
        ("chicago", day, "unmapped", 1, 0, 1, 1, 1, 1, 0, 0),
        ("los_angeles", date(2015, 1, 1), "theft", 1, 0, 1, 0, 0, 0, 0, 0),
    ]
    counted = days(incidents(spark, *ROWS))
    assert_df_equality(
        counted,
        spark.createDataFrame(expected, DAYS),
        ignore_row_order=True,
        ignore_nullable=True,
        ignore_metadata=True,
    )


def test_unmapped_words(spark):
    expected = [
        ("chicago", 2016, "premise", "MOON", 2),
        ("chicago", 2016, "weapon", "RAY", 1),
        ("chicago", 2016, "offense_code", "9999", 1),
    ]
    listed = unmapped_words(incidents(spark, *ROWS))
    assert_df_equality(
        listed,
        spark.createDataFrame(expected, UNMAPPED),
        ignore_row_order=True,
        ignore_nullable=True,
        ignore_metadata=True,
    )
