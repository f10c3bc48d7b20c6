"""The severity of an incident, by a published scale that a file can replace; see docs/severity.md."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from crime_spark.cities.expressions import looked_up
from crime_spark.cities.vocabulary import OFFENSE_GROUPS, UNMAPPED, WEAPON_GROUPS
from crime_spark.cities.vocabulary.tables import TableRow, read_rows
from crime_spark.errors import UsageError

Variant = Literal["base", "weapon", "full"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)
# Columns of silver/incidents that each variant reads.
USES: Mapping[Variant, tuple[str, ...]] = {
    "base": ("offense_group",),
    "weapon": ("offense_group", "weapon_group"),
    "full": ("offense_group", "weapon_group", "victim_age"),
}

COLUMNS = ("kind", "group", "points", "why")
MOST = 100
VULNERABLE = 10
_GROUPS: Mapping[str, Collection[str]] = {
    "offense": (*OFFENSE_GROUPS, UNMAPPED),
    "weapon": (*WEAPON_GROUPS, UNMAPPED),
}


@dataclass(frozen=True)
class Scale:
    """Points by offense group and by weapon group, both with `unmapped`. Whole numbers keep sums exact."""

    offense: Mapping[str, int]
    weapon: Mapping[str, int]


def read_scale(path: str = "") -> Scale:
    """Read a scale from a CSV file with the columns kind, group, points and why; without a path the published one.

    Raises:
        UsageError: the file cannot be read; a group is missing, unknown or listed twice; or points are not a whole
            number from 0 to 100. The message lists all faults.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig") if path else _published()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the severity scale {path}: {error}") from error
    name = path or "severity_scale.csv"
    try:
        rows = list(read_rows(name, text, COLUMNS, ("why",)))
    except (ValueError, csv.Error) as error:
        raise UsageError(f"severity scale: {error}") from error
    points: dict[str, dict[str, int]] = {kind: {} for kind in _GROUPS}
    faults = []
    for row in rows:
        if fault := _fault(row, points):
            faults.append(f"{row.place}: {fault}")
        else:
            points[row["kind"]][row["group"]] = int(row["points"])
    listed = {(row["kind"], row["group"]) for row in rows}
    for kind, groups in _GROUPS.items():
        if missing := [group for group in groups if (kind, group) not in listed]:
            faults.append(f"no points for {kind} {', '.join(missing)}")
    if faults:
        raise UsageError(f"the severity scale {name} cannot be used: {'; '.join(faults)}")
    return Scale(**points)


def severity(variant: Variant, scale: Scale) -> str:
    """SQL over silver/incidents for the severity of an incident: DOUBLE, never NULL.

    The variant base is the points of the offense group, or of `unmapped` if none is recorded. weapon adds the points of
    the weapon group, 0 if none is recorded. full adds 10 for a victim with a known age under 18 or over 65.

    Raises:
        UsageError: the variant does not exist.
    """
    if variant not in VARIANTS:
        raise UsageError(f"severity variant {variant!r}; known: {', '.join(VARIANTS)}")
    sql = f"coalesce({_points('offense_group', scale.offense)}, {scale.offense[UNMAPPED]}D)"
    if variant != "base":
        sql += f" + coalesce({_points('weapon_group', scale.weapon)}, 0D)"
    if variant == "full":
        sql += f" + CASE WHEN victim_age BETWEEN 1 AND 17 OR victim_age > 65 THEN {VULNERABLE}D ELSE 0D END"
    return f"({sql})"


def _fault(row: TableRow, points: Mapping[str, Mapping[str, int]]) -> str:
    """The fault of a row, given the rows before it; empty without a fault."""
    kind, group, value = row["kind"], row["group"], row["points"]
    if kind not in _GROUPS:
        return f"kind must be one of {', '.join(_GROUPS)}; got {kind!r}"
    if group not in _GROUPS[kind]:
        return f"{kind} {group!r} is not a group of the vocabulary"
    if group in points[kind]:
        return f"{kind} {group} is listed twice"
    if not (value.isascii() and value.isdigit() and int(value) <= MOST):
        return f"points of {kind} {group} must be a whole number from 0 to {MOST}; got {value!r}"
    return ""


def _points(column: str, points: Mapping[str, int]) -> str:
    return f"CAST({looked_up(column, {group: str(value) for group, value in points.items()})} AS DOUBLE)"


def _published() -> str:
    """The published scale. importlib.resources also finds it in a zipped wheel."""
    return files("crime_spark").joinpath("features", "severity_scale.csv").read_text(encoding="utf-8")
