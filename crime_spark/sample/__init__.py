"""The embedded sample: files in the formats of both cities' portals, generated from a seed without a download.

Call `write_sample(folder)` or run `python -m crime_spark.sample FOLDER`. Incidents are invented, but hour, weekday,
season, place, premise and offense depend on each other much as in the cities, and some rows have the peculiarities of
the portals. The returned Truth counts records, records that cannot be used, and repeats.
"""

from crime_spark.sample.truth import CityTruth, FileTruth, Truth
from crime_spark.sample.writer import write_sample

__all__ = ["CityTruth", "FileTruth", "Truth", "write_sample"]
