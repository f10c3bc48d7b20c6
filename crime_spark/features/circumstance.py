"""Features of the circumstances of an incident, its offense and its victim."""

from crime_spark.features.feature import Feature

DOMESTIC = Feature("domestic", "category", "domestic", ("domestic",), "recorded as domestic")
WEAPON = Feature("weapon", "category", "weapon", ("weapon",), "weapon, the city's own words")
WEAPON_GROUP = Feature("weapon_group", "category", "weapon_group", ("weapon_group",), "weapon, one of few kinds")
OFFENSE_CODE = Feature("offense_code", "category", "offense_code", ("offense_code",), "the city's own offense code")
OFFENSE_GROUP = Feature("offense_group", "category", "offense_group", ("offense_group",), "offense, one of few groups")
VICTIM_SEX = Feature("victim_sex", "category", "victim_sex", ("victim_sex",), "victim's sex")
VICTIM_AGE = Feature("victim_age", "number", "CAST(victim_age AS DOUBLE)", ("victim_age",), "victim's age, years")
