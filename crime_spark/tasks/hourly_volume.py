"""The number of incidents in the city in an hour."""

from dataclasses import replace

from crime_spark.features.calendar import HOURS
from crime_spark.kinds import Regression
from crime_spark.tasks.counted import VICTIM_REPORTED
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import COUNT, Task

HOURLY_VOLUME = Task(
    name="hourly_volume",
    question="How many incidents of this hour will be reported in the city?",
    grain=Panel(by="city", hours=1),
    kind=Regression(),
    target="offense_group",
    label=COUNT,
    where=VICTIM_REPORTED,
    features=HOURS,
    crossed=("hour", "weekday", "holiday"),
)
# Default times of reports with unknown time (12:00 and 00:01) would appear as peaks.
HOURLY_VOLUME_KNOWN_TIMES = replace(
    HOURLY_VOLUME,
    name="hourly_volume_known_times",
    question="How many incidents of this hour will be reported in the city, of those whose time is known?",
    where=f"{VICTIM_REPORTED} AND NOT time_is_default",
)
