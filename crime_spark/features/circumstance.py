"""What the report says of the circumstances without naming the offense."""

from crime_spark.features.feature import Feature

DOMESTIC = Feature("domestic", "category", "domestic", ("domestic",), "recorded as domestic")
