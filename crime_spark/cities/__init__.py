"""What comes in: one folder per city with its declaration and code lists, and the tuple of all cities."""

from crime_spark.cities.chicago import CHICAGO
from crime_spark.cities.city import City
from crime_spark.cities.los_angeles import LOS_ANGELES

CITIES: tuple[City, ...] = (CHICAGO, LOS_ANGELES)
