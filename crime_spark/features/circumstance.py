"""What the report says of the circumstances without naming the offense."""

from crime_spark.features.feature import Feature

DOMESTIC = Feature("domestic", "category", "domestic", ("domestic",), "recorded as domestic")
# A linear model cannot find it by itself: domestic means something else in a home than in a shop.
PREMISE_DOMESTIC = Feature(
    "premise_domestic",
    "category",
    "concat(premise, '|', domestic)",
    ("premise", "domestic"),
    "premise and domestic as one",
)

CIRCUMSTANCE = (DOMESTIC, PREMISE_DOMESTIC)
