"""The embedded sample: files of both cities in their portals' formats, generated from a seed, nothing downloaded.

`write_sample(folder)` or `python -m crime_spark.sample FOLDER`. Incidents are invented, but hour, weekday, season,
place, premise and offense depend on one another roughly as they do in the cities, and the files have the portals'
quirks in small doses. The returned Truth says how many records they hold, and how many of them are hopeless or repeats.
"""

from crime_spark.sample.truth import CityTruth, FileTruth, Truth
from crime_spark.sample.writer import write_sample

__all__ = ["CityTruth", "FileTruth", "Truth", "write_sample"]
