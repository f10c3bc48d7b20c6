"""The check as a whole: gold/quality, and the limits that are crossed."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from crime_spark.cities import CITIES
from crime_spark.errors import LakeError, UsageError
from crime_spark.ingest.stage import ingest
from crime_spark.progress import Progress
from crime_spark.quality.stage import check_quality
from crime_spark.sample import write_sample
from crime_spark.schemas import INCIDENTS, LEDGER, QUALITY
from tests.incidents import incident, incidents

QUIET = Progress(io.StringIO())
STARTED = datetime.now(UTC).replace(tzinfo=None)
CHICAGO, LOS_ANGELES = CITIES[:2]


def put(lake, *rows, refused=0):
    lake.replace(INCIDENTS, incidents(lake.spark, *rows))
    entry = {"file": "/a.csv", "rows_read": 100, "rows_quarantined": refused}
    entries = [
        tuple({**entry, "city": city.name}.get(name) for name in LEDGER.names) for city in (CHICAGO, LOS_ANGELES)
    ]
    lake.replace(LEDGER, lake.spark.createDataFrame(entries, LEDGER.struct))


def stored_limits(lake, city):
    rows = lake.read(QUALITY).where(f"city = '{city}'").collect()
    assert all(STARTED <= row["checked_at"] <= datetime.now(UTC).replace(tzinfo=None) for row in rows)
    return {(row["limit"], row["scope"]): (row["value"], row["high"], row["crossed"]) for row in rows}


def test_what_is_found_is_written_and_what_is_crossed_returned(lake):
    odd = incident(offense_code="9999", offense_group="unmapped")
    late = incident(city="los_angeles", occurred_at=datetime(2024, 3, 7))
    put(lake, odd, late, refused=2)
    assert [(item.city, item.limit) for item in check_quality(lake, (CHICAGO, LOS_ANGELES), QUIET)] == [
        ("chicago", "share_quarantined"),
        ("los_angeles", "nibrs_break"),
        ("los_angeles", "share_quarantined"),
    ]
    assert stored_limits(lake, "chicago") == {
        ("share_quarantined", "all"): (0.02, 0.01, True),
        ("unmapped_words", "offense_code 9999"): (1.0, None, False),
    }
    assert stored_limits(lake, "los_angeles") == {
        ("share_quarantined", "all"): (0.02, 0.01, True),
        ("nibrs_break", "2024-03-07"): (1.0, 0.0, True),
    }


def test_a_crossing_says_what_it_is(lake):
    put(lake, incident(), refused=2)
    (crossing,) = check_quality(lake, [CHICAGO], QUIET)
    assert str(crossing) == (
        "chicago: share_quarantined of all is 0.02, above 0.01 (share of the city's records that were refused; "
        "the table quarantine has the records and why)"
    )


def test_a_city_is_checked_anew_and_the_others_stay(lake):
    put(lake, incident(), refused=2)
    check_quality(lake, CITIES, QUIET)
    put(lake, incident())
    bounds = {"chicago": {"share_quarantined": None}}
    assert check_quality(lake, [CHICAGO], QUIET, bounds) == []
    assert stored_limits(lake, "chicago") == {("share_quarantined", "all"): (0.0, None, False)}
    assert stored_limits(lake, "los_angeles") == {("share_quarantined", "all"): (0.02, 0.01, True)}


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"gotham": {}}, "quality: unknown city gotham; expected chicago, los_angeles"),
        ({"chicago": {"share": 1}}, "quality: unknown limit 'share'; limits with bounds: share_quarantined,"),
    ],
)
def test_bounds_of_what_is_not_there_are_refused(lake, bounds, words):
    with pytest.raises(UsageError, match=words):
        check_quality(lake, CITIES, QUIET, bounds)


def test_nothing_ingested_is_nothing_to_check(lake):
    with pytest.raises(LakeError, match="run the stage that writes it first"):
        check_quality(lake, CITIES, QUIET)


@pytest.mark.long
def test_the_whole_sample_crosses_nothing(lake, tmp_path):
    """Of three years it is a test of the sample's run."""
    truth = write_sample(tmp_path / "sample", rows_per_year=1500)
    ingest(lake, CITIES, {city: [str(tmp_path / "sample" / city)] for city in truth.cities}, QUIET)
    assert [str(item) for item in check_quality(lake, CITIES, QUIET)] == []
