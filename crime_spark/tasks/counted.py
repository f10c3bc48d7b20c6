"""Conditions for the incidents of a task, by how offenses become known; see cities/vocabulary/offense_groups.csv."""

from collections.abc import Callable

from crime_spark.cities.vocabulary import OFFENSE_GROUPS
from crime_spark.cities.vocabulary.tables import Group


def _among(chosen: Callable[[Group], bool]) -> str:
    return f"offense_group IN ({', '.join(repr(name) for name, group in OFFENSE_GROUPS.items() if chosen(group))})"


# Counts of offenses that police work uncovers, or that follow deprivation, would predict where police were.
VICTIM_REPORTED = _among(lambda group: group.nature == "victim_reported" and not group.proxy)
ARREST_ONLY = _among(lambda group: group.nature == "arrest_only")
EVERY_GROUP = tuple(sorted(OFFENSE_GROUPS))
