"""Warnings on pages whose figures come from the generated sample, where the reports are invented."""

from __future__ import annotations

from crime_spark.cities.city import City
from crime_spark.cities.generated import is_generated
from crime_spark.reporting.material import Material

ALL_GENERATED = "Generated data, no real figures"
PARTLY_GENERATED = "Partly generated data, not all figures are real"
TITLE_MARKS = {ALL_GENERATED: "generated data", PARTLY_GENERATED: "partly generated data"}


def origin(material: Material) -> str:
    """ALL_GENERATED, PARTLY_GENERATED, or an empty text if every file with accepted rows was published."""
    flags = [flag for city in material.cities for flag in _generated_flags(material, city)]
    if not any(flags):
        return ""
    return ALL_GENERATED if all(flags) else PARTLY_GENERATED


def marked_title(title: str, material: Material) -> str:
    """The title of a page, with a mark in parentheses if some figures are not real."""
    mark = TITLE_MARKS.get(origin(material))
    return f"{title} ({mark})" if mark else title


def warning(material: Material) -> str:
    """A paragraph that says which files are generated; empty if none is."""
    if not origin(material):
        return ""
    parts = []
    for city in material.cities:
        flags = _generated_flags(material, city)
        if any(flags):
            parts.append(f"{'all' if all(flags) else f'{sum(flags)} of the {len(flags)}'} files of {city.title}")
    return (
        f"The project's sample generator wrote {' and '.join(parts)} so that you can try the project. The reports in "
        "these files are invented. Numbers and models on this page that use them say nothing about the city, and "
        "statements about published reports do not apply to them."
    )


def _generated_flags(material: Material, city: City) -> list[bool]:
    """For each file with accepted rows, whether it is generated."""
    return [is_generated(r["file"]) for r in material.ledger if r["city"] == city.name and r["rows_accepted"]]
