"""Real codes, premises and weapons: nearly every one of them has a place in the vocabulary."""

from __future__ import annotations

import csv

import pytest
from pyspark.sql import functions as F

from crime_spark.cities import CITIES
from crime_spark.cities.vocabulary import UNMAPPED

pytestmark = pytest.mark.real

MOST = {"offense_group": 0.001, "premise_group": 0.01, "weapon_group": 0.01}
CITY = {city.name: city for city in CITIES}


def published(spark, real_data, name):
    """city's columns that the groups are made from, of every real file."""
    folder = real_data / {"chicago": "chicago", "los_angeles": "la"}[name]
    city = CITY[name]
    frames = []
    for file in sorted(folder.iterdir()):
        raw = spark.read.option("header", True).option("escape", '"').csv(str(file))
        places, _ = city.positions(raw.columns)
        columns = [
            F.expr(f"nullif(trim(`{raw.columns[place]}`), '')" if place is not None else "CAST(NULL AS STRING)").alias(
                column
            )
            for column, place in zip(city.published, places, strict=True)
        ]
        frames.append(raw.select(*columns))
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.unionByName(frame)
    return whole.withColumns({given: F.expr(sql) for given, sql in city.given.items()})


@pytest.mark.parametrize("name", ["chicago", "los_angeles"])
def test_few_rows_are_unmapped_and_every_occurring_code_is_mapped(spark, real_data, name):
    rows = published(spark, real_data, name).select("code", *(F.expr(CITY[name].incident[c]).alias(c) for c in MOST))
    shares = [(F.count_if(F.col(c) == UNMAPPED) / F.count(c)).alias(c) for c in MOST]
    row = rows.agg(F.collect_set("code").alias("codes"), *shares).first().asDict()
    assert set(row.pop("codes")) - set(CITY[name].vocabulary.offenses.exact) == set()
    assert {column for column, share in row.items() if share > MOST[column]} == set(), row


def test_every_code_of_the_portal_is_mapped(real_data):
    with open(real_data / "codes" / "chicago_iucr_codes.csv", newline="", encoding="utf-8") as file:
        codes = {row["IUCR"].strip().zfill(4) for row in csv.DictReader(file)}
    assert len(codes) == 401
    assert codes - set(CITY["chicago"].vocabulary.offenses.exact) == set()
