"""What comes in: one declaration a city, and the tuple of all of them."""

from crime_spark.cities.chicago import CHICAGO
from crime_spark.cities.city import City
from crime_spark.cities.los_angeles import LOS_ANGELES

CITIES: tuple[City, ...] = (CHICAGO, LOS_ANGELES)
