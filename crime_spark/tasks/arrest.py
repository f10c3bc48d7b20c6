"""Whether an arrest is recorded for an incident."""

from crime_spark.features.calendar import HOUR, MINUTE, MONTH, WEEKDAY
from crime_spark.features.circumstance import DOMESTIC, OFFENSE_CODE, OFFENSE_GROUP, WEAPON_GROUP
from crime_spark.features.history import History
from crime_spark.features.place import AREA, LATITUDE, LONGITUDE, PREMISE
from crime_spark.kinds import Binary
from crime_spark.tasks.counted import ARREST_ONLY
from crime_spark.tasks.grain import Incident
from crime_spark.tasks.task import Task

# The offense is known at the report and can be used. Offenses that exist only because of an arrest are excluded,
# because their label follows from the offense and would make a model look better.
ARREST = Task(
    name="arrest",
    question="Is an arrest recorded for this incident?",
    grain=Incident(),
    kind=Binary(),
    target="arrest",
    label="CAST(arrest AS DOUBLE)",
    where=f"NOT coalesce({ARREST_ONLY}, false)",
    features=(
        *(HOUR, MINUTE, WEEKDAY, MONTH, AREA, PREMISE, DOMESTIC, LATITUDE, LONGITUDE),
        *(OFFENSE_CODE, OFFENSE_GROUP, WEAPON_GROUP),
    ),
    histories=(
        History("offense", ("offense_code",)),
        History("offense_premise", ("offense_code", "premise")),
        History("offense_area", ("offense_code", "area")),
        History("offense_hour", ("offense_code", "hour")),
        History("offense_domestic", ("offense_code", "domestic", "premise")),
        History("block", ("block",)),
        History("block_offense", ("block", "offense_code")),
        History("beat_premise", ("beat", "premise")),
    ),
    crossed=("hour", "area", "premise", "domestic", "offense_group"),
)
