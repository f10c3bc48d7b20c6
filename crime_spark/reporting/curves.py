"""The course of the day: reported and predicted means by hour, as a chart and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crime_spark.reporting.best import best_learners
from crime_spark.reporting.charts import over_hours
from crime_spark.reporting.contests import Span, Standing, contest_of, span_of
from crime_spark.reporting.layout import Cell, Group, Line, Piece, Points, SideBySide, Table, Text
from crime_spark.reporting.material import Record
from crime_spark.reporting.measures import unit

REPORTED = "reported"
HourlyMeans = Mapping[int, float]


def hourly_means(
    hours: Sequence[Record], standing: Standing, span: Span, learners: Sequence[str]
) -> dict[str, HourlyMeans]:
    """Means by hour of day over a test year.

    Args:
        hours: rows of `mean_by_hour`.
        standing: results of the contest.
        span: the span with the test year.
        learners: names of learners.

    Returns:
        Means for REPORTED and each learner; empty without predictions by hour.
    """
    means: dict[str, dict[int, float]] = {}
    for row in hours:
        if contest_of(row) == standing.contest and span_of(row) == span and row["learner"] in learners:
            means.setdefault(row["learner"], {})[row["hour"]] = row["predicted"]
            means.setdefault(REPORTED, {})[row["hour"]] = row["actual"]
    order = [name for name in (REPORTED, *learners) if name in means]
    return {name: dict(sorted(means[name].items())) for name in order}


def course_of_the_day(hours: Sequence[Record], standing: Standing, where: str) -> list[Piece]:
    """Lows and highs, a chart and a table for the best learners of the latest test year; empty without rows."""
    span = standing.spans[-1]
    lines = hourly_means(hours, standing, span, best_learners(standing))
    if not lines:
        return []
    caption = f"{where}: mean {unit(standing.task)} by hour of day, {span.test_year}"
    extremes = [(f"{name}:", f"{_extremes(standing, line)}.") for name, line in lines.items()]
    points = [
        {"hour": hour, "series": name, "value": value} for name, line in lines.items() for hour, value in line.items()
    ]
    summary = " ".join(f"{name} {text}" for name, text in extremes)
    label = f"Line chart of the mean by hour of day. {summary} The numbers are in the table next to the chart."
    chart = over_hours(points, list(lines), f"{caption}, reported and predicted", unit(standing.task), label)
    lead = Text(f"The course of the day in {span.test_year}: mean {unit(standing.task)} by the recorded hour.")
    return [lead, Points(tuple(extremes)), SideBySide((chart, _table(standing, lines, caption)))]


def _extremes(standing: Standing, line: HourlyMeans) -> str:
    low, high = min(line, key=lambda hour: line[hour]), max(line, key=lambda hour: line[hour])
    return ", ".join(
        f"{what} from {hour:02d}:00 ({standing.measure.text(line[hour])})"
        for what, hour in (("lowest in the hour", low), ("highest in the hour", high))
    )


def _table(standing: Standing, lines: Mapping[str, HourlyMeans], caption: str) -> Table:
    hours = sorted({hour for line in lines.values() for hour in line})
    rows = tuple(
        Line(f"{hour:02d}:00", tuple(Cell(standing.measure.text(line.get(hour))) for line in lines.values()))
        for hour in hours
    )
    return Table(caption, ("Hour from", *lines), (Group(rows),))
