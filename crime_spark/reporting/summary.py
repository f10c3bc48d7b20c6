"""The text summary at the end of a run: aligned columns without color, the same in a terminal and in a log file."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from crime_spark.cities.city import City
from crime_spark.lake import Lake
from crime_spark.reporting.contests import Span, Standing, contest_standing, contests
from crime_spark.reporting.file_accounts import COUNT_COLUMNS, COUNT_HEADINGS, totals
from crime_spark.reporting.formats import count
from crime_spark.reporting.material import Material, read_results
from crime_spark.reporting.origin import origin
from crime_spark.schemas import STORED
from crime_spark.tasks import TASKS

WIDTH = 100
# A city with at most this number of contests gets a table of all years for each contest.
FEW = 2
_YEARS, _GAIN = "Trained -> scored", "Gain"
_WHOLE = (_YEARS, _GAIN, "")
# Our own text is ASCII, so that a log or a terminal that is not UTF-8 cannot make a finished run fail.
_ASCII = str.maketrans({"→": "->", "–": "-", "−": "-"})
_HEAD_UNDERLINED = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


def summary(lake: Lake, cities: Sequence[City], report_path: str | None) -> str:
    """The rows, results and tables in the lake, and the path of the report.

    Args:
        lake: the lake.
        cities: the cities to show.
        report_path: path of the report; None if it was not written.
    """
    candidates = [*STORED, *(task.examples for task in TASKS)]
    tables = [table.name for table in candidates if lake.exists(table)]
    return summary_text(read_results(lake, cities), lake.root, sorted(tables), report_path)


def summary_text(material: Material, root: str, tables: Sequence[str], report_path: str | None) -> str:
    """The summary of rows that were read before.

    Args:
        material: rows of the lake.
        root: root of the lake.
        tables: names of the tables in the lake.
        report_path: path of the report; None if it was not written.
    """
    parts = [_rows(material)]
    for city in material.cities:
        parts += _results(material, city)
    if not material.metrics:
        parts.append("No model has been evaluated yet. Run the examples, train and evaluate stages.")
    tables_line = f"Tables in {root}: {', '.join(tables) or 'none'}"
    parts.append(
        textwrap.fill(tables_line, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    )
    parts.append(f"Report: {report_path}" if report_path else "Report: not written. Run the report stage.")
    return "\n\n".join(parts)


def _rows(material: Material) -> str:
    if not material.ledger:
        return "No file has been read yet. Run the ingest stage."
    table = _table(("City", *COUNT_HEADINGS))
    for city in material.cities:
        sums = totals(material.ledger, city)
        table.add_row(city.title, *(count(sums[column]) for column in COUNT_COLUMNS))
    mark = origin(material)
    heading = f"Rows by city{f' ({mark})' if mark else ''}"
    refused = [row for row in material.ledger if row.get("status") == "refused"]
    return "\n".join([heading, _printed(table), *(f"Refused: {row['file']}: {row['reason']}" for row in refused)])


def _results(material: Material, city: City) -> list[str]:
    """Tables of all years for few contests; for many, tables of the best learners of the latest year."""
    candidates = [contest_standing(material, contest) for contest in contests(material, city, unpublished=True)]
    standings = [standing for standing in candidates if standing.spans]
    if len(standings) <= FEW:
        return [_of_contest(material, city, standing) for standing in standings]
    tables: dict[str, list[Standing]] = {}
    for standing in standings:
        contest = standing.contest
        title = f"{standing.spans[-1]} ({contest.protocol}, {contest.policy})".translate(_ASCII)
        tables.setdefault(f"{city.title}, {title}", []).append(standing)
    return [_of_span(material, title, rows) for title, rows in tables.items()]


def _of_contest(material: Material, city: City, standing: Standing) -> str:
    """A table of spans by models, baselines and the gain of the best model."""
    names = (*standing.models, *standing.baselines)
    heads = [*standing.models, *(f"{name}\n(baseline)" for name in standing.baselines)]
    if sum(len(name) + 2 for name in names) > WIDTH - 30:
        heads = [head.replace("_", "_\n") for head in heads]
    table = _table((_YEARS, *heads, _GAIN, ""))
    for span in standing.spans:
        scores = [standing.scores.get((name, span)) for name in names]
        cells = [standing.measure.text(score.value) if score else "" for score in scores]
        table.add_row(*(text.translate(_ASCII) for text in (str(span), *cells, *_gain(standing, span))))
    contest, measure = standing.contest, standing.measure
    direction = "" if measure.higher_is_better else ", lower is better"
    keys = f"{_task_name(standing)} ({contest.protocol}, {contest.policy}{direction})"
    return "\n".join((f"{measure.title}: {city.title}, {keys}", _printed(table), *_notes(material, [standing])))


def _of_span(material: Material, title: str, standings: Sequence[Standing]) -> str:
    """A table of tasks by best model, best baseline and gain."""
    table = _table(("Task", "Metric", "Best model", "", "Best baseline", "", _GAIN, ""), left=(0, 1, 2, 4))
    for standing in standings:
        span = standing.spans[-1]
        cells = [_task_name(standing), standing.measure.title]
        for names in (standing.models, standing.baselines):
            best = standing.best(names, span)
            cells += [best[0], standing.measure.text(best[1].value)] if best else ["none", ""]
        table.add_row(*(text.translate(_ASCII) for text in (*cells, *_gain(standing, span))))
    return "\n".join((title, _printed(table), *_notes(material, standings)))


def _task_name(standing: Standing) -> str:
    contest = standing.contest
    return f"{contest.task} +{contest.delay}d" if contest.delay else contest.task


def _gain(standing: Standing, span: Span) -> tuple[str, str]:
    """The gain of the best model over the best baseline, and a mark if its interval excludes zero."""
    model = standing.best(standing.models, span)
    gain = standing.gain(model[0], span) if model else None
    if gain is None:
        return "", ""
    return standing.measure.signed(gain.score.value), "*" if gain.score.excludes_zero else ""


def _notes(material: Material, standings: Sequence[Standing]) -> list[str]:
    notes = []
    if not any(standing.models for standing in standings):
        notes.append("No model has been evaluated, only baselines.")
    elif not any(standing.baselines for standing in standings):
        notes.append("No baseline has been evaluated.")
    else:
        notes.append("Gain: best model over best baseline, more than 0 is better; * = its 95 % interval excludes 0.")
    tasks = {standing.contest.task: standing.task for standing in standings}
    delays = sorted({standing.contest.delay for standing in standings} - {0})
    notes += [f"+{delay}d: forecasts made with data {delay} days late, as the city publishes it." for delay in delays]
    private = [name for name, task in tasks.items() if not task.publishable]
    return notes + [f"{name}: descriptive research only; not for publication." for name in private]


def _table(columns: Sequence[str], left: Sequence[int] = (0,)) -> Table:
    table = Table(box=_HEAD_UNDERLINED, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for index, column in enumerate(columns):
        # In a line that is too long, names are folded; years and numbers are not.
        table.add_column(
            column,
            justify="left" if index in left else "right",
            overflow="fold",
            no_wrap=column in _WHOLE,
            min_width=None if index in left or column in _WHOLE else len("+0.000"),
        )
    return table


def _printed(table: Table) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=WIDTH, color_system=None, force_terminal=False, markup=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().splitlines())
