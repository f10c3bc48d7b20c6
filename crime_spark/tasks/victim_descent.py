"""What is the descent of the victim? Descriptive research only: docs/victim_descent.md."""

from crime_spark.features.calendar import HOUR, MINUTE, MONTH, WEEKDAY
from crime_spark.features.circumstance import OFFENSE_CODE, OFFENSE_GROUP, VICTIM_AGE, VICTIM_SEX, WEAPON
from crime_spark.features.history import History
from crime_spark.features.place import AREA, LATITUDE, LONGITUDE, PREMISE
from crime_spark.tasks.grain import Incident, MultiClass
from crime_spark.tasks.task import Task

# The published codes in five classes; X (unknown) and what is not recorded are NULL, and no examples.
CLASSES = {"B": "B", "H": "H", "W": "W", "A": "ACDFJKLVZ", "O": "OGIPSU"}
_CASES = " ".join(
    f"WHEN victim_descent IN ({', '.join(map(repr, codes))}) THEN {at}D" for at, codes in enumerate(CLASSES.values())
)

VICTIM_DESCENT = Task(
    name="victim_descent",
    question="Of which descent, as recorded in five classes, is the victim of this incident?",
    grain=Incident(),
    kind=MultiClass(tuple(CLASSES), least_share=0.0),
    target="victim_descent",
    label=f"CASE {_CASES} END",
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
