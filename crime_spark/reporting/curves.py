"""How a day goes: what happened and what was predicted, by hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crime_spark.reporting.best import best_of
from crime_spark.reporting.charts import over_hours
from crime_spark.reporting.contests import Span, Standing, contest_of, span_of
from crime_spark.reporting.layout import Beside, Cell, Group, Line, Piece, Points, Table, Text
from crime_spark.reporting.material import Record
from crime_spark.reporting.measures import unit

REPORTED = "reported"
Curve = Mapping[int, float]


def curves(hours: Sequence[Record], held: Standing, span: Span, learners: Sequence[str]) -> dict[str, Curve]:
    """REPORTED and each of the learners -> hour -> mean over the year scored; empty without predictions by hour."""
    found: dict[str, dict[int, float]] = {}
    for row in hours:
        if contest_of(row) == held.contest and span_of(row) == span and row["learner"] in learners:
            found.setdefault(row["learner"], {})[row["hour"]] = row["predicted"]
            found.setdefault(REPORTED, {})[row["hour"]] = row["actual"]
    order = [name for name in (REPORTED, *learners) if name in found]
    return {name: dict(sorted(found[name].items())) for name in order}


def curve(hours: Sequence[Record], held: Standing, where: str) -> list[Piece]:
    """Lows and highs, chart and table of the latest year, of the best model and baseline; nothing without rows."""
    span = held.spans[-1]
    best = best_of(held)
    lines = curves(hours, held, span, best)
    if not lines:
        return []
    caption = f"{where}: mean {unit(held.task)} by hour of day, {span.test_year}"
    turns = [(f"{name}:", f"{_turns(held, line)}.") for name, line in lines.items()]
    points = [
        {"hour": hour, "series": name, "value": value} for name, line in lines.items() for hour, value in line.items()
    ]
    said = " ".join(f"{name} {turn}" for name, turn in turns)
    label = f"Lines of the mean by hour of day. {said} The numbers are in the table beside it."
    chart = over_hours(points, list(lines), f"{caption}, reported and predicted", unit(held.task), label)
    lead = Text(f"The course of the day in {span.test_year}: {unit(held.task)}, by the hour that they are dated to.")
    return [lead, Points(tuple(turns)), Beside((chart, _table(held, lines, caption)))]


def _turns(held: Standing, line: Curve) -> str:
    low, high = min(line, key=lambda hour: line[hour]), max(line, key=lambda hour: line[hour])
    return " and ".join(
        f"{what} from {hour:02d}:00 ({held.measure.text(line[hour])})"
        for what, hour in (("lowest", low), ("highest", high))
    )


def _table(held: Standing, lines: Mapping[str, Curve], caption: str) -> Table:
    present = sorted({hour for line in lines.values() for hour in line})
    rows = tuple(
        Line(f"{hour:02d}:00", tuple(Cell(held.measure.text(line.get(hour))) for line in lines.values()))
        for hour in present
    )
    return Table(caption, ("Hour from", *lines), (Group(rows),))
