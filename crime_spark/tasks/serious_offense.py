"""Is a reported incident a serious offense?"""

from crime_spark.features.calendar import HOUR, MINUTE
from crime_spark.features.circumstance import DOMESTIC
from crime_spark.features.place import AREA, PREMISE
from crime_spark.tasks.task import Binary, Incident, Task

SERIOUS_OFFENSE = Task(
    name="serious_offense",
    question="Is this incident a serious (Part I / index) offense?",
    grain=Incident(),
    kind=Binary(),
    target="serious",
    label="CAST(serious AS DOUBLE)",
    features=(HOUR, MINUTE, AREA, PREMISE, DOMESTIC),
)
