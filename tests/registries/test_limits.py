"""Every limit of every city: its SQL runs, and gives what is judged."""

from __future__ import annotations

import pytest

from crime_spark.cities import CITIES
from crime_spark.quality.checks import judge
from tests.unit.quality.frames import frames

LIMITS = {f"{city.name} {limit.name}": limit for city in CITIES for limit in city.limits}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_the_sql_gives_city_scope_and_a_number(spark, limit):
    result = spark.sql(limit.sql, None, **frames(spark))
    assert result.columns == ["city", "scope", "value"]
    assert result.schema["city"].dataType.simpleString() == "string"
    assert result.schema["value"].dataType.simpleString() in ("double", "bigint", "decimal(38,0)")


def test_an_empty_silver_crosses_nothing(spark):
    assert judge(spark, frames(spark), {city.name: city.limits for city in CITIES}).collect() == []


def test_every_city_has_limits():
    assert [city.name for city in CITIES if not city.limits] == []
