"""Whether what a page shows is of published files or of the embedded sample, whose reports are invented."""

from __future__ import annotations

from crime_spark.cities.city import City
from crime_spark.cities.generated import is_generated
from crime_spark.reporting.material import Material

WHOLLY = "Generated data, no real figures"
PARTLY = "Partly generated data, not all figures are real"
MARKS = {WHOLLY: "generated data", PARTLY: "partly generated data"}


def origin(material: Material) -> str:
    """WHOLLY, PARTLY or, if every file that rows are of was published, nothing."""
    held = [each for city in material.cities for each in _generated(material, city)]
    if not any(held):
        return ""
    return WHOLLY if all(held) else PARTLY


def marked(title: str, material: Material) -> str:
    """The title of a page, with a mark if figures on it are not real."""
    found = origin(material)
    return f"{title} ({MARKS[found]})" if found else title


def warning(material: Material) -> str:
    """Which figures of a page are invented, in words; empty if none is."""
    if not origin(material):
        return ""
    parts = []
    for city in material.cities:
        held = _generated(material, city)
        if any(held):
            parts.append(f"{'all' if all(held) else f'{sum(held)} of the {len(held)}'} files of {city.title}")
    return (
        f"The project's sample generator wrote {' and '.join(parts)}, so that it can be tried out. Their reports are "
        "invented: nothing on this page that counts them or was learned from them says anything about the city, and "
        "what is said of published reports does not hold for them."
    )


def _generated(material: Material, city: City) -> list[bool]:
    """Of each file that the lake has rows of, whether it was generated."""
    return [is_generated(r["file"]) for r in material.ledger if r["city"] == city.name and r["rows_accepted"]]
