"""The descent of the victim of an incident. For descriptive research only; see docs/victim_descent.md."""

from crime_spark.features.calendar import HOUR, MINUTE, MONTH, WEEKDAY
from crime_spark.features.circumstance import OFFENSE_CODE, OFFENSE_GROUP, VICTIM_AGE, VICTIM_SEX, WEAPON
from crime_spark.features.descent import CLASSES, descent_class
from crime_spark.features.history import History
from crime_spark.features.place import AREA, LATITUDE, LONGITUDE, PREMISE
from crime_spark.kinds import MultiClass
from crime_spark.tasks.grain import Incident
from crime_spark.tasks.task import Task

VICTIM_DESCENT = Task(
    name="victim_descent",
    question="Which descent, as recorded in five classes, does the victim of this incident have?",
    grain=Incident(),
    kind=MultiClass(tuple(CLASSES), least_share=0.0),
    target="victim_descent",
    label=descent_class("{index}D"),
    features=(
        *(HOUR, MINUTE, WEEKDAY, MONTH, AREA, PREMISE, LATITUDE, LONGITUDE),
        *(OFFENSE_CODE, OFFENSE_GROUP, WEAPON),
    ),
    histories=(
        History("beat", ("beat",)),
        History("small_cell", ("small_cell",)),
        History("block", ("block",)),
        History("area_premise", ("area", "premise")),
    ),
    history_of=tuple(CLASSES),
    demographic=(VICTIM_SEX, VICTIM_AGE),
    allow_demographic=True,
    publishable=False,
)
