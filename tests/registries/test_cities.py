"""Every city: its SQL names what it publishes, survives any value, and reads a typical row."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.cities.vocabulary import OFFENSE_GROUPS, PREMISE_GROUPS, UNMAPPED, WEAPON_GROUPS
from crime_spark.ingest.conformance import BOOKKEEPING, conform
from crime_spark.sample import write_sample
from crime_spark.schemas import INCIDENTS
from crime_spark.table import schema_faults
from tests.registries.riverton import RIVERTON
from tests.unit.ingest.published import published

NOW = datetime(2100, 1, 1)
DAY = "01/08/2020 10:30:00 PM"
ANYTHING = (
    *("1", "0", "-5", "2400", "99999999999999999999", "1e400", "NaN", "Infinity", "0x1F", "1.5", "true", "abc", "é💥"),
    *("it's", "\\", "%", "a,b  c", "02/30/2020", "2020-01-08T22:30:00.000", "2020-13-01", "00/00/0000 99:99:99 PM"),
)
VOCABULARY = {"offense_group": OFFENSE_GROUPS, "premise_group": PREMISE_GROUPS, "weapon_group": WEAPON_GROUPS}
for_each_city = pytest.mark.parametrize("city", [*CITIES, RIVERTON], ids=lambda city: city.name)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, years=1, rows_per_year=100)
    return folder


@for_each_city
def test_sql_names_published_columns_alone(spark, city):
    rows = spark.createDataFrame([], ", ".join(f"`{name}` STRING" for name in city.published))
    types = {field.name: field.dataType for field in INCIDENTS.struct.fields}
    columns = [F.expr(sql).cast(types[name]).alias(name) for name, sql in city.incident.items()]
    given = rows.select("*", *(F.expr(sql).alias(name) for name, sql in city.given.items()))
    judged = given.select("*", F.struct(*columns).alias("incident"))
    conditions = {**city.refuse, **city.unreadable}
    verdicts = judged.select(*(F.expr(sql).alias(name) for name, sql in conditions.items())).schema
    assert {field.name: field.dataType.simpleString() for field in verdicts} == dict.fromkeys(conditions, "boolean")


@for_each_city
def test_any_value_conforms(spark, city):
    """The same value in every column: nothing, a day, and what nobody would publish."""
    values = (None, DAY, *ANYTHING)
    conformed = conform(published(spark, city, *(dict.fromkeys(city.published, v) for v in values)), city, NOW)
    assert schema_faults(conformed.drop(*BOOKKEEPING).schema, INCIDENTS, exact=True) == []
    nothing, day, *others = conformed.orderBy("record").collect()
    assert nothing["unreadable"] == []
    assert "no readable time" in nothing["reasons"]
    assert any(reason in nothing["reasons"] for reason in city.refuse)
    assert (day["reasons"], day["occurred_at"].date()) == ([], datetime(2020, 1, 8).date())
    assert None not in (day["incident_id"], day["offense_code"])
    assert len(others) == len(ANYTHING)
    for column, groups in VOCABULARY.items():
        assert {row[column] for row in others} <= {*groups, UNMAPPED, None}
        assert nothing[column] is None


@for_each_city
def test_every_city_has_its_offense_codes(city):
    assert city.vocabulary.offenses.exact


@for_each_city
def test_typical_rows_fill_every_column_that_the_city_publishes(spark, city, sample):
    """As the embedded sample has them; a city that it does not have yet is left to the test of any value."""
    files = sorted((sample / city.name).iterdir()) if (sample / city.name).is_dir() else []
    if not files:
        pytest.skip(f"the sample has no {city.name}")
    rows = []
    for file in files:
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding="utf-8-sig", newline="") as lines:
            header, *records = csv.reader(lines)
        places, absent = city.positions(header)
        assert absent == []
        whole = [record for record in records if len(record) == len(header)]
        rows += [
            {
                name: record[place].strip() or None
                for name, place in zip(city.published, places, strict=True)
                if place is not None
            }
            for record in whole
        ]
    conformed = conform(published(spark, city, *rows), city, NOW).where(F.size("reasons") == 0)
    unmapped = conformed.where(" OR ".join(f"{column} = '{UNMAPPED}'" for column in VOCABULARY))
    assert unmapped.select("offense_code", "premise", "weapon").distinct().collect() == []
    counted = conformed.agg(F.count(F.lit(1)).alias("rows"), *(F.count(c).alias(c) for c in city.incident)).first()
    published_nowhere = {name for name, sql in city.incident.items() if sql.startswith("CAST(NULL AS")}
    assert counted["rows"] > 0.9 * len(rows)
    assert {name for name in city.incident if not counted[name]} == published_nowhere
    assert counted["serious"] > 0.9 * counted["rows"]
