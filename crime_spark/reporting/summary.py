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
from crime_spark.reporting.contests import Contest, best_baseline, contests, judged_spans, scores, sides
from crime_spark.reporting.formats import count, gain, score
from crime_spark.reporting.material import Material, read_results
from crime_spark.schemas import STORED
from crime_spark.tasks import TASKS

WIDTH = 100
# A log or a terminal that is not UTF-8 must not make a finished run fail, so the text is ASCII as far as it is ours.
_ASCII = str.maketrans({"→": "->", "–": "-", "−": "-"})
_HEAD_UNDERLINED = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
# By whether there are models and baselines.
_NOTES = {
    (True, True): "Gain: highest model over the highest baseline.",
    (True, False): "No baseline has been judged.",
    (False, True): "No model has been judged, only baselines.",
    (False, False): "No AUC is known.",
}


def summary(lake: Lake, cities: Sequence[City], report_path: str | None) -> str:
    """What the lake holds of cities after a run, and where the report is."""
    candidates = [*STORED, *(task.examples for task in TASKS)]
    tables = [table.name for table in candidates if lake.exists(table)]
    return summary_text(read_results(lake, cities), lake.root, sorted(tables), report_path)


def summary_text(material: Material, root: str, tables: Sequence[str], report_path: str | None) -> str:
    """The summary from what has been read."""
    parts = [_rows(material)]
    parts += [
        _aucs(material, city, contest) for city in material.cities for contest in contests(material.metrics, city.name)
    ]
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


def _aucs(material: Material, city: City, contest: Contest) -> str:
    """Train → test years down; models, baselines and the best model's gain across."""
    found = scores(material.metrics, contest)
    models, baselines = sides(found, material.learners, material.baselines)
    compared = bool(models and baselines)
    heads = [*models, *(f"{name}\n(baseline)" for name in baselines)]
    if sum(len(name) + 2 for name in (*models, *baselines)) > WIDTH - 30:
        heads = [head.replace("_", "_\n") for head in heads]
    table = _table(("Trained -> scored", *heads, *(("Gain",) if compared else ())))
    for span in judged_spans(found):
        held = [found.get((name, span)) for name in (*models, *baselines)]
        cells = [score(one.value) if one else "" for one in held]
        if compared:
            best = best_baseline(found, baselines, span)
            own = [found[name, span].value for name in models if (name, span) in found]
            cells.append(gain(max(own) - best[1].value) if own and best else "")
        table.add_row(*(text.translate(_ASCII) for text in (str(span), *cells)))
    title = f"AUC: {city.title}, {contest.task} ({contest.protocol}, {contest.policy})"
    return f"{title}\n{_printed(table)}\n{_NOTES[bool(models), bool(baselines)]}"


def _table(columns: Sequence[str]) -> Table:
    table = Table(box=_HEAD_UNDERLINED, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for at, column in enumerate(columns):
        # Where there are too many, headings fold; the years and the numbers stay whole.
        table.add_column(
            column,
            justify="right" if at else "left",
            overflow="fold",
            no_wrap=at in (0, len(columns) - 1),
            min_width=len("+0.000") if at else None,
        )
    return table


def _printed(table: Table) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=WIDTH, color_system=None, force_terminal=False, markup=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().splitlines())
