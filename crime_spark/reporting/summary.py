"""The text that a pipeline prints at its end to a person: plain, aligned, no colour, the same in a log file."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from crime_spark.cities.city import City
from crime_spark.lake import Lake
from crime_spark.reporting.accounting import FATES, HEADS, totals
from crime_spark.reporting.contests import Standing, contests, standing
from crime_spark.reporting.formats import count
from crime_spark.reporting.material import Material, read_results
from crime_spark.schemas import STORED
from crime_spark.tasks import TASKS

WIDTH = 100
# A log or a terminal that is not UTF-8 must not make a finished run fail, so the text is ASCII as far as it is ours.
_ASCII = str.maketrans({"→": "->", "–": "-", "−": "-"})
_HEAD_UNDERLINED = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


def summary(lake: Lake, cities: Sequence[City], report_path: str | None) -> str:
    """What the lake holds of cities after a run, and where the report is."""
    candidates = [*STORED, *(task.examples for task in TASKS)]
    tables = [table.name for table in candidates if lake.exists(table)]
    return summary_text(read_results(lake, cities), lake.root, sorted(tables), report_path)


def summary_text(material: Material, root: str, tables: Sequence[str], report_path: str | None) -> str:
    """The summary from what has been read."""
    parts = [_rows(material)]
    for city in material.cities:
        parts += _judged(material, city)
    if not material.metrics:
        parts.append("No model has been judged yet: run the examples, train and evaluate stages.")
    listed = f"Tables in {root}: {', '.join(tables) or 'none'}"
    parts.append(textwrap.fill(listed, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))
    parts.append(f"Report: {report_path}" if report_path else "Report: not written; the report stage makes it.")
    return "\n\n".join(parts)


def _rows(material: Material) -> str:
    if not material.ledger:
        return "No file has been read yet: run the ingest stage."
    table = _table(("City", *HEADS))
    for city in material.cities:
        sums = totals(material.ledger, city)
        table.add_row(city.title, *(count(sums[fate]) for fate in FATES))
    told = f"Rows by city\n{_printed(table)}"
    refused = [row for row in material.ledger if row.get("status") == "refused"]
    return "\n".join([told, *(f"Refused: {row['file']}: {row['reason']}" for row in refused)])


def _judged(material: Material, city: City) -> list[str]:
    """A table for each protocol, policy and pair of years that are a contest's latest."""
    among = contests(material, city, unpublished=True)
    tables: dict[str, list[Standing]] = {}
    for held in (standing(material, contest) for contest in among):
        if held.spans:
            title = f"{held.spans[-1]} ({held.contest.protocol}, {held.contest.policy})".translate(_ASCII)
            tables.setdefault(f"{city.title}, {title}", []).append(held)
    return [_of_years(title, held, material) for title, held in tables.items()]


def _of_years(title: str, standings: Sequence[Standing], material: Material) -> str:
    """Tasks down; the best model, the best baseline and the gain across."""
    table = _table(("Task", "Metric", "Best model", "", "Best baseline", "", "Gain", ""), left=(0, 1, 2, 4))
    for held in standings:
        table.add_row(*(text.translate(_ASCII) for text in _line(held)))
    notes = ["Gain: more than 0 is better; * = the 95 % interval of the difference excludes 0."]
    delays = sorted({held.contest.delay for held in standings} - {0})
    notes += [f"+{delay}d: forecasts made with data {delay} days late, as published." for delay in delays]
    private = [held.contest.task for held in standings if not material.tasks[held.contest.task].publishable]
    notes += [f"{name}: descriptive research only; not for publication." for name in dict.fromkeys(private)]
    return "\n".join((title, _printed(table), *notes))


def _line(held: Standing) -> list[str]:
    span, contest = held.spans[-1], held.contest
    cells = [f"{contest.task} +{contest.delay}d" if contest.delay else contest.task, held.measure.name]
    for names in (held.models, held.baselines):
        best = held.best(names, span)
        cells += [best[0], held.measure.text(best[1].value)] if best else ["none", ""]
    model = held.best(held.models, span)
    gain = held.gain(model[0], span) if model else None
    if gain is None:
        return [*cells, "", ""]
    return [*cells, held.measure.signed(gain.score.value), "*" if gain.score.excludes_zero else ""]


def _table(columns: Sequence[str], left: Sequence[int] = (0,)) -> Table:
    table = Table(box=_HEAD_UNDERLINED, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for at, column in enumerate(columns):
        # Where a line is too long, names fold; the numbers stay whole.
        table.add_column(column, justify="left" if at in left else "right", overflow="fold", no_wrap=at not in left)
    return table


def _printed(table: Table) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=WIDTH, color_system=None, force_terminal=False, markup=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().splitlines())
