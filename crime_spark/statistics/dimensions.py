"""What incidents are broken down by, and the shares that every breakdown gives."""

from crime_spark.statistics.numbers import REPORTING_DELAY
from crime_spark.statistics.statistic import Dimension, Share, banded

MONTH = Dimension("month", "month(occurred_at)")
WEEKDAY = Dimension("weekday", "weekday(occurred_at) + 1")  # 1 = Monday to 7 = Sunday, as in ISO 8601
HOUR = Dimension("hour", "hour(occurred_at)")
OFFENSE_GROUP = Dimension("offense_group", "offense_group")
PREMISE = Dimension("premise", "premise")
WEAPON = Dimension("weapon", "weapon")
AREA = Dimension("area", "area")
BEAT = Dimension("beat", "beat")
VICTIM_AGE_BAND = banded("victim_age", "victim_age", (1, 18, 25, 35, 45, 55, 65))
VICTIM_SEX = Dimension("victim_sex", "victim_sex")
VICTIM_DESCENT = Dimension("victim_descent", "victim_descent")
REPORTING_DELAY_BAND = banded("reporting_delay_days", REPORTING_DELAY.sql, (0, 1, 2, 8, 31, 366))

SHARES = (
    Share("share_serious", "serious"),
    Share("share_arrested", "arrest"),
    Share("share_domestic", "domestic"),
)
