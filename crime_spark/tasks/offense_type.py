"""The offense group of an incident."""

from crime_spark.features.calendar import HOUR, MINUTE, MONTH, WEEKDAY
from crime_spark.features.circumstance import DOMESTIC, WEAPON_GROUP
from crime_spark.features.history import History
from crime_spark.features.place import AREA, LATITUDE, LONGITUDE, PREMISE
from crime_spark.kinds import MultiClass
from crime_spark.tasks.counted import EVERY_GROUP
from crime_spark.tasks.grain import Incident
from crime_spark.tasks.task import Task

# The most frequent groups in both cities. Each history has a column for each of them.
_FREQUENT = ("theft", "simple_assault", "vandalism", "burglary", "motor_vehicle_theft", "aggravated_assault")

OFFENSE_TYPE = Task(
    name="offense_type",
    question="Which group of offenses does this incident belong to?",
    grain=Incident(),
    kind=MultiClass(EVERY_GROUP),
    target="offense_group",
    label=f"CAST(array_position(array({', '.join(map(repr, EVERY_GROUP))}), offense_group) - 1 AS DOUBLE)",
    where=f"offense_group IN ({', '.join(map(repr, EVERY_GROUP))})",
    features=(HOUR, MINUTE, WEEKDAY, MONTH, AREA, PREMISE, DOMESTIC, WEAPON_GROUP, LATITUDE, LONGITUDE),
    histories=(
        History("block", ("block",)),
        History("beat_premise", ("beat", "premise")),
        History("premise_hour", ("premise", "hour")),
    ),
    history_of=_FREQUENT,
)
