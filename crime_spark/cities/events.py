"""Events that affected all cities."""

from datetime import date

from crime_spark.cities.city import Event

# From the first statewide stay-at-home orders (California 2020-03-19, Illinois 2020-03-21) to the states' full
# reopening (Illinois 2021-06-11, California 2021-06-15).
PANDEMIC = Event(
    "pandemic",
    date(2020, 3, 19),
    date(2021, 6, 15),
    "people stayed at home: fewer thefts and burglaries, more stolen vehicles; patterns of before and after differ",
)
