"""Reports by weekday and hour, with and without the times of day that stand for unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.formats import anchor, percent
from crime_spark.reporting.layout import Beside, Cell, Group, Line, Missing, Piece, Section, Table, Text, shaded
from crime_spark.reporting.material import WEEK, WEEK_OF_KNOWN_TIMES, Material

# value of the statistic's weekday -> heading; 1 is Monday as in ISO 8601.
WEEKDAYS: Mapping[int, str] = {1: "Mon", 2: "Tue", 3: "Wed", 4: "Thu", 5: "Fri", 6: "Sat", 7: "Sun"}
HOURS = range(24)
Week = Mapping[tuple[int, int], float]


def week(material: Material) -> Section:
    """The section about weekday and hour, a part for each city."""
    lead = Text(
        "100 is the average hour of the week: 150 means half as many reports again as in an average hour, 50 half as "
        "many. Where nobody knows the time, police forms hold a default such as midnight, one past midnight or noon. "
        "The first table counts those as they stand, so its peaks at these hours are partly made by the form; "
        "the second table leaves every report with a default time out."
    )
    return Section("week", "Day and hour", (lead,), tuple(_of_city(material, city) for city in material.cities))


def cells_of(material: Material, city: City, name: str) -> Week:
    """(weekday, hour) -> reports of all years."""
    return {(int(row["value_1"]), int(row["value_2"])): row["value"] for row in material.overall(name, city)}


def _of_city(material: Material, city: City) -> Section:
    every, known = (cells_of(material, city, name) for name in (WEEK, WEEK_OF_KNOWN_TIMES))
    pieces: list[Piece] = []
    if not sum(every.values()):
        pieces.append(Missing(f"There are no counts by hour for {city.title} yet. The describe stage makes them."))
    elif not sum(known.values()):
        pieces.append(Beside(tables([(every, "all reports")], city)))
        pieces.append(Missing("Counts without default times are missing. The describe stage makes them."))
    else:
        left_out = 1 - sum(known.values()) / sum(every.values())
        pieces.append(Text(f"{percent(left_out)} of the reports have a default time."))
        pieces.append(Beside(tables([(every, "all reports"), (known, "default times left out")], city)))
    return Section(anchor("week", city.name), city.title, tuple(pieces))


def tables(weeks: Sequence[tuple[Week, str]], city: City) -> tuple[Table, ...]:
    """A table for each week: hours down, weekdays across; 100 = its average hour. One scale of shades for all."""
    keys = [(day, hour) for hour in HOURS for day in WEEKDAYS]
    indices = []
    for held, _ in weeks:
        average = sum(held.values()) / len(keys)
        indices.append({key: held.get(key, 0.0) / average * 100 for key in keys})
    steps = iter(shaded([index[key] for index in indices for key in keys]))
    made = []
    for (_, what), index in zip(weeks, indices, strict=True):
        cells = {key: Cell(f"{index[key]:.0f}", step=next(steps)) for key in keys}
        lines = tuple(Line(f"{hour:02d}:00", tuple(cells[day, hour] for day in WEEKDAYS)) for hour in HOURS)
        caption = f"{city.title}: {what} (100 = average hour, darker = more)"
        made.append(Table(caption, ("Hour from", *WEEKDAYS.values()), (Group(lines),), heat=True))
    return tuple(made)
