"""Which incidents tasks are about, by how offenses come to be known: cities/vocabulary/offense_groups.csv."""

from collections.abc import Callable

from crime_spark.cities.vocabulary import OFFENSE_GROUPS
from crime_spark.cities.vocabulary.tables import Group


def _among(chosen: Callable[[Group], bool]) -> str:
    return f"offense_group IN ({', '.join(repr(name) for name, group in OFFENSE_GROUPS.items() if chosen(group))})"


# To count what is found because police look for it, or what follows deprivation, predicts where police were.
VICTIM_REPORTED = _among(lambda group: group.nature == "victim_reported" and not group.proxy)
ARREST_ONLY = _among(lambda group: group.nature == "arrest_only")
EVERY_GROUP = tuple(sorted(OFFENSE_GROUPS))
