"""The grid cells with the most incidents in a period."""

from crime_spark.features.calendar import DAYS, HOUR
from crime_spark.kinds import Ranking
from crime_spark.tasks.counted import VICTIM_REPORTED
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import COUNT, Task


def _every(hours: int, name: str, when: str) -> Task:
    return Task(
        name=name,
        question=f"From which cells of the city will most incidents {when} be reported?",
        grain=Panel(by="cell", hours=hours),
        kind=Ranking(),
        target="offense_group",
        label=COUNT,
        where=VICTIM_REPORTED,
        features=(*DAYS, *((HOUR,) if hours < 24 else ())),
    )


HOTSPOT_DAY = _every(24, "hotspot_day", "of this day")
HOTSPOT_SHIFT = _every(8, "hotspot_shift", "of these eight hours")
