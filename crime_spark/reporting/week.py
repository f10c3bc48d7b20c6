"""Reports by weekday and hour, with and without default times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.formats import anchor, percent
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Section, SideBySide, Table, Text, heat_steps
from crime_spark.reporting.material import WEEK, WEEK_OF_KNOWN_TIMES, Material

# The statistic numbers weekdays as ISO 8601 does: 1 is Monday.
WEEKDAYS: Mapping[int, str] = {1: "Mon", 2: "Tue", 3: "Wed", 4: "Thu", 5: "Fri", 6: "Sat", 7: "Sun"}
HOURS = range(24)
Week = Mapping[tuple[int, int], float]


def week(material: Material) -> Section:
    """The section on weekday and hour, with a part for each city."""
    lead = Text(
        "100 is the average hour of the week: 150 means 50 % more reports than in an average hour, 50 means half as "
        "many. If nobody knows the time, police forms contain a default, for example midnight, one minute past "
        "midnight or noon. The first table counts these times as they are recorded, so the form causes a part of its "
        "peaks at these hours. The second table excludes every report with a default time."
    )
    return Section("week", "Day and hour", (lead,), tuple(_of_city(material, city) for city in material.cities))


def reports_by_weekday_hour(material: Material, city: City, name: str) -> Week:
    """Reports of all years by (weekday, hour).

    Args:
        material: rows of the lake.
        city: the city.
        name: WEEK or WEEK_OF_KNOWN_TIMES.
    """
    return {(int(row["value_1"]), int(row["value_2"])): row["value"] for row in material.overall(name, city)}


def _of_city(material: Material, city: City) -> Section:
    all_reports, timed = (reports_by_weekday_hour(material, city, name) for name in (WEEK, WEEK_OF_KNOWN_TIMES))
    pieces: list[Piece] = []
    if not sum(all_reports.values()):
        pieces.append(Missing(f"There are no counts by hour for {city.title} yet. Run the describe stage."))
    elif not sum(timed.values()):
        pieces.append(SideBySide(week_tables([(all_reports, "all reports")], city)))
        pieces.append(Missing("There are no counts without default times yet. Run the describe stage."))
    else:
        share = 1 - sum(timed.values()) / sum(all_reports.values())
        pieces.append(Text(f"{percent(share)} of the reports have a default time."))
        weeks = [(all_reports, "all reports"), (timed, "without default times")]
        pieces.append(SideBySide(week_tables(weeks, city)))
    return Section(anchor("week", city.name), city.title, tuple(pieces))


def week_tables(weeks: Sequence[tuple[Week, str]], city: City) -> tuple[Table, ...]:
    """A table for each week: hours by weekdays, relative to an average hour = 100. All tables share one heat scale.

    Args:
        weeks: pairs of reports by (weekday, hour) and a text for the caption.
        city: the city.
    """
    keys = [(day, hour) for hour in HOURS for day in WEEKDAYS]
    indices = []
    for reports, _ in weeks:
        average = sum(reports.values()) / len(keys)
        indices.append({key: reports.get(key, 0.0) / average * 100 for key in keys})
    steps = iter(heat_steps([index[key] for index in indices for key in keys]))
    tables = []
    for (_, what), index in zip(weeks, indices, strict=True):
        cells = {key: Cell(f"{index[key]:.0f}", step=next(steps)) for key in keys}
        lines = tuple(Line(f"{hour:02d}:00", tuple(cells[day, hour] for day in WEEKDAYS)) for hour in HOURS)
        caption = f"{city.title}: {what} (100 = average hour, darker = more)"
        tables.append(Table(caption, ("Hour from", *WEEKDAYS.values()), (Group(lines),), heat=True))
    return tuple(tables)
