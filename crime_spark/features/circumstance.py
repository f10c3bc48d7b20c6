"""What the report says of the circumstances without naming the offense."""

from crime_spark.features.feature import Feature

DOMESTIC = Feature("domestic", "category", "domestic", ("domestic",), "recorded as domestic")
WEAPON = Feature("weapon", "category", "weapon", ("weapon",), "weapon, the city's own words")
WEAPON_GROUP = Feature("weapon_group", "category", "weapon_group", ("weapon_group",), "weapon, one of few kinds")
