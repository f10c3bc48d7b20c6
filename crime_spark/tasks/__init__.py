"""The tasks, each a declaration of what is predicted."""

from crime_spark.tasks.area_severity import AREA_SEVERITY_1D, AREA_SEVERITY_7D
from crime_spark.tasks.arrest import ARREST
from crime_spark.tasks.hotspot import HOTSPOT_DAY, HOTSPOT_SHIFT
from crime_spark.tasks.hourly_volume import HOURLY_VOLUME, HOURLY_VOLUME_KNOWN_TIMES
from crime_spark.tasks.offense_type import OFFENSE_TYPE
from crime_spark.tasks.serious_offense import SERIOUS_OFFENSE
from crime_spark.tasks.task import Task
from crime_spark.tasks.victim_descent import VICTIM_DESCENT

TASKS: tuple[Task, ...] = (
    SERIOUS_OFFENSE,
    OFFENSE_TYPE,
    ARREST,
    VICTIM_DESCENT,
    AREA_SEVERITY_1D,
    AREA_SEVERITY_7D,
    HOURLY_VOLUME,
    HOURLY_VOLUME_KNOWN_TIMES,
    HOTSPOT_DAY,
    HOTSPOT_SHIFT,
)
