"""Descriptive statistics, each a declaration."""

from crime_spark.schemas import INCIDENTS
from crime_spark.statistics.dimensions import (
    AREA,
    BEAT,
    HOUR,
    MONTH,
    OFFENSE_GROUP,
    PREMISE,
    PREMISE_GROUP,
    REPORTING_DELAY_BAND,
    VICTIM_AGE_BAND,
    VICTIM_DESCENT,
    VICTIM_SEX,
    WEAPON,
    WEAPON_GROUP,
    WEEKDAY,
)
from crime_spark.statistics.numbers import (
    ARREST,
    DOMESTIC,
    HOUR_KNOWN,
    HOUR_OF_DAY,
    LATITUDE,
    LONGITUDE,
    MONTH_OF_YEAR,
    REPORTING_DELAY,
    SERIOUS,
    VICTIM_AGE,
)
from crime_spark.statistics.statistic import Breakdown, Correlations, Missing, Statistic, Summary, registered

# Each statistic is computed for every city, by year and for all years together (year NULL). A breakdown by a column
# that a city never records has no rows for the city; `missing` shows that it is not recorded.
STATISTICS: tuple[Statistic, ...] = registered(
    Breakdown("by_year"),
    Breakdown("by_month", (MONTH,)),
    Breakdown("by_weekday", (WEEKDAY,)),
    Breakdown("by_hour", (HOUR,)),
    Breakdown("by_hour_known_times", (HOUR,), leave_out="time_is_default"),
    Breakdown("by_weekday_hour", (WEEKDAY, HOUR)),
    Breakdown("by_weekday_hour_known_times", (WEEKDAY, HOUR), leave_out="time_is_default"),
    Breakdown("by_offense_group", (OFFENSE_GROUP,)),
    Breakdown("by_premise", (PREMISE,)),
    Breakdown("by_premise_group", (PREMISE_GROUP,)),
    Breakdown("by_weapon", (WEAPON,)),
    Breakdown("by_weapon_group", (WEAPON_GROUP,)),
    Breakdown("by_area", (AREA,)),
    Breakdown("by_beat", (BEAT,)),
    Breakdown("by_area_offense_group", (AREA, OFFENSE_GROUP)),
    Breakdown("by_victim_age", (VICTIM_AGE_BAND,)),
    Breakdown("by_victim_sex", (VICTIM_SEX,)),
    Breakdown("by_victim_descent", (VICTIM_DESCENT,)),
    Breakdown("by_reporting_delay", (REPORTING_DELAY_BAND,)),
    Missing("missing", tuple(INCIDENTS.names)),
    Summary("summary", (VICTIM_AGE, REPORTING_DELAY, LATITUDE, LONGITUDE, HOUR_OF_DAY, HOUR_KNOWN)),
    Correlations(
        "correlation",
        (HOUR_OF_DAY, MONTH_OF_YEAR, SERIOUS, ARREST, DOMESTIC, VICTIM_AGE, REPORTING_DELAY, LATITUDE, LONGITUDE),
    ),
)
