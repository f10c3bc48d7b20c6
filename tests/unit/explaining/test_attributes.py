"""What predictions are grouped by, and which area a unit is of."""

from __future__ import annotations

from chispa import assert_df_equality

from crime_spark.explaining.attributes import areas_of, with_attributes
from tests.incidents import incident, incidents

SEEN = ", ".join(
    f"{name} STRING"
    for name in ("city", "example_id", "area", "victim_sex", "victim_descent", "victim_age", "offense_group")
)


def test_victims_by_sex_descent_in_five_classes_and_age(spark) -> None:
    reported = [
        ("1", {"victim_sex": "F", "victim_descent": "K", "victim_age": 17}, ("F", "A", "1-17")),
        ("2", {"victim_sex": "M", "victim_descent": "I", "victim_age": 65}, ("M", "O", "65+")),
        ("3", {"victim_descent": "H"}, (None, "H", None)),
        ("4", {}, (None, None, None)),
    ]
    rows = incidents(spark, *(incident(incident_id=name, **columns) for name, columns, _ in reported))
    names = [name for name, *_ in reported] + ["gone"]
    predictions = spark.createDataFrame([("chicago", name) for name in names], "city STRING, example_id STRING")
    expected = [("chicago", name, "010", *groups, "theft") for name, _, groups in reported]
    frame = spark.createDataFrame([*expected, ("chicago", "gone", *[None] * 5)], SEEN)
    result = with_attributes(predictions, rows).select(frame.columns)
    assert_df_equality(result, frame, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True)


def test_an_incident_of_another_city_is_another_one(spark) -> None:
    rows = incidents(spark, incident(incident_id="1", city="los_angeles"))
    predictions = spark.createDataFrame([("chicago", "1")], "city STRING, example_id STRING")
    assert with_attributes(predictions, rows).first()["area"] is None


def test_a_unit_is_of_the_area_that_most_of_its_incidents_are_of(spark) -> None:
    placed = [("1", "b"), ("1", "b"), ("1", "a"), ("2", "b"), ("2", "a"), ("3", None), (None, "a")]
    rows = incidents(spark, *(incident(incident_id=str(index), ward=u, area=a) for index, (u, a) in enumerate(placed)))
    expected = spark.createDataFrame([("1", "b"), ("2", "a")], "unit STRING, area STRING")
    assert_df_equality(
        areas_of(rows, "ward"), expected, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True
    )
