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
from crime_spark.reporting.contests import Span, Standing, contests, standing
from crime_spark.reporting.file_accounts import FATES, HEADS, totals
from crime_spark.reporting.formats import count
from crime_spark.reporting.material import Material, read_results
from crime_spark.reporting.origin import origin
from crime_spark.schemas import STORED
from crime_spark.tasks import TASKS

WIDTH = 100
# Of so many contests of a city every year is shown.
FEW = 2
_YEARS, _GAIN = "Trained -> scored", "Gain"
_WHOLE = (_YEARS, _GAIN, "")
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
    found = origin(material)
    told = f"Rows by city{f' ({found})' if found else ''}\n{_printed(table)}"
    refused = [row for row in material.ledger if row.get("status") == "refused"]
    return "\n".join([told, *(f"Refused: {row['file']}: {row['reason']}" for row in refused)])


def _judged(material: Material, city: City) -> list[str]:
    """Every year and learner of few contests; of many the best of the latest year, a table for each pair of years."""
    every = [standing(material, contest) for contest in contests(material, city, unpublished=True)]
    held = [one for one in every if one.spans]
    if len(held) <= FEW:
        return [_of_contest(material, city, one) for one in held]
    tables: dict[str, list[Standing]] = {}
    for one in held:
        title = f"{one.spans[-1]} ({one.contest.protocol}, {one.contest.policy})".translate(_ASCII)
        tables.setdefault(f"{city.title}, {title}", []).append(one)
    return [_of_years(material, title, own) for title, own in tables.items()]


def _of_contest(material: Material, city: City, held: Standing) -> str:
    """Train → test years down; models, baselines and the best model's gain across."""
    names = (*held.models, *held.baselines)
    heads = [*held.models, *(f"{name}\n(baseline)" for name in held.baselines)]
    if sum(len(name) + 2 for name in names) > WIDTH - 30:
        heads = [head.replace("_", "_\n") for head in heads]
    columns = (_YEARS, *heads, _GAIN, "")
    table = _table(columns)
    for span in held.spans:
        values = [held.found.get((name, span)) for name in names]
        cells = [held.measure.text(one.value) if one else "" for one in values]
        table.add_row(*(text.translate(_ASCII) for text in (str(span), *cells, *_gain(held, span))))
    way = "" if held.measure.higher_is_better else ", lower is better"
    title = f"{held.measure.title}: {city.title}, {_named(held)} ({held.contest.protocol}, {held.contest.policy}{way})"
    return "\n".join((title, _printed(table), *_notes(material, [held])))


def _of_years(material: Material, title: str, standings: Sequence[Standing]) -> str:
    """Tasks down; the best model, the best baseline and the gain across."""
    table = _table(("Task", "Metric", "Best model", "", "Best baseline", "", _GAIN, ""), left=(0, 1, 2, 4))
    for held in standings:
        span = held.spans[-1]
        cells = [_named(held), held.measure.title]
        for names in (held.models, held.baselines):
            best = held.best(names, span)
            cells += [best[0], held.measure.text(best[1].value)] if best else ["none", ""]
        table.add_row(*(text.translate(_ASCII) for text in (*cells, *_gain(held, span))))
    return "\n".join((title, _printed(table), *_notes(material, standings)))


def _named(held: Standing) -> str:
    return f"{held.contest.task} +{held.contest.delay}d" if held.contest.delay else held.contest.task


def _gain(held: Standing, span: Span) -> tuple[str, str]:
    """Of the best model over the best baseline, and whether that is more than chance."""
    model = held.best(held.models, span)
    gain = held.gain(model[0], span) if model else None
    return (
        ("", "") if gain is None else (held.measure.signed(gain.score.value), "*" if gain.score.excludes_zero else "")
    )


def _notes(material: Material, standings: Sequence[Standing]) -> list[str]:
    notes = []
    if not any(held.models for held in standings):
        notes.append("No model has been judged, only baselines.")
    elif not any(held.baselines for held in standings):
        notes.append("No baseline has been judged.")
    else:
        notes.append("Gain: best model over best baseline, more than 0 is better; * = its 95 % interval excludes 0.")
    delays = sorted({held.contest.delay for held in standings} - {0})
    notes += [f"+{delay}d: forecasts made with data {delay} days late, as the city publishes it." for delay in delays]
    private = [held.contest.task for held in standings if not material.tasks[held.contest.task].publishable]
    return notes + [f"{name}: descriptive research only; not for publication." for name in dict.fromkeys(private)]


def _table(columns: Sequence[str], left: Sequence[int] = (0,)) -> Table:
    table = Table(box=_HEAD_UNDERLINED, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for at, column in enumerate(columns):
        # Where a line is too long, names fold; the years and the numbers stay whole.
        table.add_column(
            column,
            justify="left" if at in left else "right",
            overflow="fold",
            no_wrap=column in _WHOLE,
            min_width=None if at in left or column in _WHOLE else len("+0.000"),
        )
    return table


def _printed(table: Table) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=WIDTH, color_system=None, force_terminal=False, markup=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().splitlines())
