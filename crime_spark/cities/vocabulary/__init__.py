"""The groups of offenses, premises and weapons that all cities share, and the codes and words of a city.

The group tables are in this folder, the code lists of a city in the city's folder. docs/vocabulary.md explains both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from crime_spark.cities.vocabulary.tables import UNMAPPED, Group, TableRow, Terms, read_groups, read_rows, read_terms

__all__ = [
    "OFFENSE_GROUPS",
    "PREMISE_GROUPS",
    "UNMAPPED",
    "WEAPON_GROUPS",
    "Group",
    "Terms",
    "Vocabulary",
    "city_vocabulary",
]


@dataclass(frozen=True)
class Vocabulary:
    """The codes and words that a city publishes, with their groups.

    Attributes:
        offenses: offense code to offense group.
        premises: premise to premise group.
        weapons: weapon to weapon group.
        weapon_of_offense: offense code to weapon, for codes whose description names a weapon.

    Raises:
        ValueError: a weapon of an offense is not one of the weapons.
    """

    offenses: Terms = field(default_factory=Terms)
    premises: Terms = field(default_factory=Terms)
    weapons: Terms = field(default_factory=Terms)
    weapon_of_offense: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if unlisted := sorted(set(self.weapon_of_offense.values()) - set(self.weapons.exact)):
            raise ValueError(f"offenses.csv: weapons.csv does not list {', '.join(map(repr, unlisted))}")


def city_vocabulary(package: str) -> Vocabulary:
    """Read the code lists of a city.

    Args:
        package: the package of the city, `__name__` in its `__init__.py`. Its folder contains offenses.csv (columns
            code, description, offense_group, weapon), premises.csv (premise, premise_group) and weapons.csv (weapon,
            weapon_group). A file without a counterpart in the published data contains the header only.

    Raises:
        ValueError: a line is malformed, duplicated, or has an unknown group; the message names the line.
    """
    offenses = _read(package, "offenses.csv", ("code", "description", "offense_group", "weapon"), ("weapon",))
    premises = _read(package, "premises.csv", ("premise", "premise_group"))
    weapons = _read(package, "weapons.csv", ("weapon", "weapon_group"))
    return Vocabulary(
        read_terms(offenses, "code", "offense_group", OFFENSE_GROUPS),
        read_terms(premises, "premise", "premise_group", PREMISE_GROUPS),
        read_terms(weapons, "weapon", "weapon_group", WEAPON_GROUPS),
        {row["code"]: row["weapon"] for row in offenses if row["weapon"]},
    )


def _read(package: str, file: str, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[TableRow]:
    # Resources are read in the same way from a checkout, a wheel and the zip file of --py-files.
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    return list(read_rows(f"{package.rpartition('.')[2]}/{file}", text, columns, optional))


def _groups(kind: str, *more: str) -> Mapping[str, Group]:
    return read_groups(_read(__name__, f"{kind}s.csv", (kind, "title", *more), ("proxy", "note")), kind)


OFFENSE_GROUPS = _groups("offense_group", "nature", "proxy", "note")
PREMISE_GROUPS = _groups("premise_group")
WEAPON_GROUPS = _groups("weapon_group")
