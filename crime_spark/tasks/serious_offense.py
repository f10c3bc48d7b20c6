"""Whether an incident is a serious offense."""

from crime_spark.features.calendar import HOUR, MINUTE, MONTH, WEEKDAY
from crime_spark.features.circumstance import DOMESTIC, WEAPON, WEAPON_GROUP
from crime_spark.features.history import History
from crime_spark.features.place import AREA, LATITUDE, LONGITUDE, PREMISE
from crime_spark.kinds import Binary
from crime_spark.tasks.grain import Incident
from crime_spark.tasks.task import Task

SERIOUS_OFFENSE = Task(
    name="serious_offense",
    question="Is this incident a serious (Part I / index) offense?",
    grain=Incident(),
    kind=Binary(),
    target="serious",
    label="CAST(serious AS DOUBLE)",
    features=(HOUR, MINUTE, WEEKDAY, MONTH, AREA, PREMISE, DOMESTIC, WEAPON, WEAPON_GROUP, LATITUDE, LONGITUDE),
    histories=(
        History("block_premise", ("block", "premise")),
        History("premise_hour_minute", ("premise", "hour", "minute")),
        History("block", ("block",)),
        History("beat_premise_domestic", ("beat", "premise", "domestic")),
    ),
    crossed=("hour", "minute", "area", "premise", "domestic"),
    default=True,
)
