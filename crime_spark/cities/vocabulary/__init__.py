"""One vocabulary for every city: groups of offenses, premises and weapons, and which of them each city's words are in.

The tables beside this file are the published mapping; docs/vocabulary.md says how to extend or replace them.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from crime_spark.cities.vocabulary.tables import UNMAPPED, Group, Terms, read_groups, read_terms, records

OFFENSE_COLUMNS = ("city", "code", "description", "offense_group", "weapon")


def _read(file: str) -> str:
    """Works from an unpacked tree and from inside a wheel or zip alike."""
    return files(__name__).joinpath(file).read_text(encoding="utf-8")


def _groups(kind: str, *more: str) -> Mapping[str, Group]:
    file = f"{kind}s.csv"
    return read_groups(records(file, _read(file), (kind, "title", *more), ("proxy", "note")), kind)


def _terms(file: str, term: str, kind: str, groups: Mapping[str, Group]) -> Mapping[str, Terms]:
    return read_terms(records(file, _read(file), ("city", term, kind)), term, kind, groups)


OFFENSE_GROUPS = _groups("offense_group", "nature", "proxy", "note")
PREMISE_GROUPS = _groups("premise_group")
WEAPON_GROUPS = _groups("weapon_group")

# City -> offense codes, premises and weapons.
_OFFENSES = list(records("offenses.csv", _read("offenses.csv"), OFFENSE_COLUMNS, ("weapon",)))
OFFENSES = read_terms(_OFFENSES, "code", "offense_group", OFFENSE_GROUPS)
PREMISES = _terms("premises.csv", "premise", "premise_group", PREMISE_GROUPS)
WEAPONS = _terms("weapons.csv", "weapon", "weapon_group", WEAPON_GROUPS)


def weapons_of_offenses(city: str) -> dict[str, str]:
    """Offense code -> weapon, for the codes whose description names one; each weapon is one of WEAPONS.

    Raises:
        ValueError: it is not.
    """
    named = {row["code"]: row for row in _OFFENSES if row["city"] == city and row["weapon"]}
    for row in named.values():
        if row["weapon"] not in WEAPONS[city].exact:
            raise ValueError(f"{row['line']}: weapon {row['weapon']!r} of {city} is not in weapons.csv")
    return {code: row["weapon"] for code, row in named.items()}


__all__ = [
    "OFFENSES",
    "OFFENSE_GROUPS",
    "PREMISES",
    "PREMISE_GROUPS",
    "UNMAPPED",
    "WEAPONS",
    "WEAPON_GROUPS",
    "Group",
    "Terms",
    "weapons_of_offenses",
]
