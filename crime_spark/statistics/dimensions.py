"""The dimensions of breakdowns, and the shares that each breakdown has."""

from crime_spark.statistics.numbers import REPORTING_DELAY, VICTIM_AGE
from crime_spark.statistics.statistic import Dimension, Number, Share, banded

MONTH = Dimension("month", "month(occurred_at)")
WEEKDAY = Dimension("weekday", "weekday(occurred_at) + 1")  # 1 = Monday to 7 = Sunday, as in ISO 8601
HOUR = Dimension("hour", "hour(occurred_at)")
OFFENSE_GROUP = Dimension("offense_group", "offense_group")
PREMISE = Dimension("premise", "premise")
PREMISE_GROUP = Dimension("premise_group", "premise_group")
WEAPON = Dimension("weapon", "weapon")
WEAPON_GROUP = Dimension("weapon_group", "weapon_group")
AREA = Dimension("area", "area")
BEAT = Dimension("beat", "beat")
VICTIM_AGE_BAND = banded("victim_age", "victim_age", (1, 18, 25, 35, 45, 55, 65))
VICTIM_SEX = Dimension("victim_sex", "victim_sex")
VICTIM_DESCENT = Dimension("victim_descent", "victim_descent")
REPORTING_DELAY_BAND = banded("reporting_delay_days", REPORTING_DELAY.sql, (0, 1, 2, 8, 31, 366))

# Few combinations of these values occur, so counting combinations and summing them is faster than separate counts.
COUNTED_TOGETHER: tuple[tuple[Dimension | Number, ...], ...] = (
    (MONTH, WEEKDAY, HOUR),
    (AREA, BEAT, OFFENSE_GROUP),
    (PREMISE, PREMISE_GROUP, WEAPON, WEAPON_GROUP),
    (VICTIM_AGE, VICTIM_AGE_BAND, VICTIM_SEX, VICTIM_DESCENT),
    (REPORTING_DELAY, REPORTING_DELAY_BAND),
)

SHARES = (
    Share("share_serious", "serious"),
    Share("share_arrested", "arrest"),
    Share("share_domestic", "domestic"),
)
