"""The latest year at every threshold and by class: curves of the best learners, class report, what was called what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from crime_spark.evaluation.judged_cells import ROLLING
from crime_spark.kinds import OTHER, Binary, Kind, MultiClass, Ranking
from crime_spark.reporting.best import best_of
from crime_spark.reporting.charts import over_shares
from crime_spark.reporting.contests import Standing, contest_of, span_of
from crime_spark.reporting.formats import UNKNOWN, count, known, percent, spelled
from crime_spark.reporting.layout import Beside, Cell, Chart, Group, Line, Missing, Piece, Table, Text, shaded
from crime_spark.reporting.material import Material, Record

Rows = Sequence[Record]
# Charts that stand side by side, pair by pair; None where the curve is not defined.
Charts = list[list[Chart | None]]

# So many lines can be told apart.
MOST_CLASSES = 5
AXES: Mapping[str, tuple[str, str]] = {
    "roc": ("share called of those without the outcome", "share called of those with it"),
    "pr": ("recall", "precision"),
    "gain": ("share of cases called", "share called of those with the outcome"),
    "reliability": ("predicted probability", "share with the outcome"),
    "hit_rate": ("share of cells taken", "share of incidents in them"),
}
NAMES: Mapping[str, str] = {
    "roc": "ROC curve",
    "pr": "precision and recall",
    "gain": "gain",
    "reliability": "reliability",
    "hit_rate": "hit rate",
}
BEFORE, AFTER = "as predicted", "calibrated on months before"
REPORT: Mapping[str, str] = {"precision": "Precision", "recall": "Recall", "f1": "F1"}


def figures(material: Material, held: Standing, where: str) -> list[Piece]:
    """What is drawn and tabled of the latest year of a contest; of numbers nothing is."""
    span, best = held.spans[-1], best_of(held)
    rows = [row for row in material.curves if contest_of(row) == held.contest and span_of(row) == span]
    called = [row for row in material.confusion if contest_of(row) == held.contest and span_of(row) == span]
    charts = _CHARTS.get(type(held.task.kind))
    if charts is None:
        return []
    if not rows:
        return [Missing(f"There are no curves of {where} yet. The evaluate stage makes them.")]
    year = f"{where}, {span.test_year}"
    beside: list[list[Chart | None] | list[Table | None]] = [*charts(rows, called, best, year)]
    beside.append([_report(material, held, best[0], year), _confusion(called, best[0], year)])
    pairs = [tuple(piece for piece in each if piece is not None) for each in beside]
    told = "The best model and the best baseline" if len(best) > 1 else "The best learner"
    lead = f"{told} of {span.test_year}: {', '.join(best)}. The points of every curve are in gold/curves."
    return [Text(lead), *(Beside(pair) for pair in pairs if pair)]


def _binary_charts(rows: Rows, called: Rows, best: Sequence[str], year: str) -> Charts:
    drawn = [_of_learners(name, rows, best, year) for name in ("roc", "pr", "gain")]
    return [drawn[:2], [drawn[2], _reliability(rows, best[0], year)]]


def _multiclass_charts(rows: Rows, called: Rows, best: Sequence[str], year: str) -> Charts:
    return [[_of_classes(name, rows, called, best[0], year) for name in ("roc", "reliability")]]


def _ranking_charts(rows: Rows, called: Rows, best: Sequence[str], year: str) -> Charts:
    return [[_of_learners("hit_rate", rows, best, year)]]


_CHARTS: Mapping[type[Kind], Callable[[Rows, Rows, Sequence[str], str], Charts]] = {
    Binary: _binary_charts,
    MultiClass: _multiclass_charts,
    Ranking: _ranking_charts,
}


def _of_learners(curve: str, rows: Sequence[Record], best: Sequence[str], year: str) -> Chart | None:
    lines = {name: [row for row in rows if row["learner"] == name and row["curve"] == curve] for name in best}
    return _chart(curve, lines, f"{year}: {NAMES[curve]}")


def _reliability(rows: Sequence[Record], learner: str, year: str) -> Chart | None:
    own = [row for row in rows if row["learner"] == learner]
    lines = {
        said: [row for row in own if row["curve"] == curve]
        for said, curve in ((BEFORE, "reliability"), (AFTER, "reliability_calibrated"))
    }
    return _chart("reliability", lines, f"{year}: reliability of {learner}, 15 bins of equally many cases")


def _of_classes(curve: str, rows: Sequence[Record], called: Sequence[Record], learner: str, year: str) -> Chart | None:
    """Of the classes with the most cases, each against the rest."""
    cases = _cases([row for row in called if row["learner"] == learner])
    names = sorted(cases, key=lambda name: (-cases[name], name))[:MOST_CLASSES]
    own = [row for row in rows if row["learner"] == learner and row["curve"] == curve]
    lines = {_titled(name): [row for row in own if row["class"] == name] for name in names}
    return _chart(curve, lines, f"{year}: {NAMES[curve]} of {learner}, the classes with most cases against the rest")


def _chart(curve: str, lines: Mapping[str, Sequence[Record]], caption: str) -> Chart | None:
    held = {name: sorted(line, key=lambda row: row["point"]) for name, line in lines.items() if line}
    if not held:
        return None
    points = [{"series": name, "x": row["x"], "y": row["y"]} for name, line in held.items() for row in line]
    label = f"Lines of {AXES[curve][1]} by {AXES[curve][0]}, one for each of {', '.join(held)}."
    return over_shares(points, list(held), caption, AXES[curve], label, diagonal=curve != "pr")


def _report(material: Material, held: Standing, learner: str, year: str) -> Table | None:
    """Precision, recall, F1 and cases of each class, and their means."""
    own = [
        row
        for row in material.metrics
        if row["learner"] == learner
        and row["history"] == ROLLING
        and contest_of(row) == held.contest
        and span_of(row) == held.spans[-1]
    ]
    found = {(row["metric"], row["class"]): row["value"] for row in own}
    classes = [name for metric, name in found if metric == "class_support"]
    if not classes:
        return None
    classes.sort(key=_place)
    lines = [
        _line(_titled(at), [found.get((f"class_{name}", at)) for name in REPORT], found["class_support", at])
        for at in classes
    ]
    rows = sum(found["class_support", at] for at in classes)
    means = [
        _line(f"{how.capitalize()} mean", [found.get((f"{how}_{name}", None)) for name in REPORT], rows)
        for how in ("macro", "weighted")
    ]
    threshold = found.get(("threshold", None))
    called = "the most probable class" if threshold is None else f"called from a probability of {threshold:.3f} on"
    return Table(
        f"{year}: class report of {learner}",
        ("Class", *REPORT.values(), "Cases"),
        (Group(tuple(lines)), Group(tuple(means))),
        note=f"{called.capitalize()}; accuracy {_number(found.get(('accuracy', None)))}. A dash: not defined.",
    )


def _line(head: str, values: Sequence[float | None], cases: float) -> Line:
    return Line(head, (*(Cell(_number(value)) for value in values), Cell(count(cases))))


def _confusion(called: Sequence[Record], learner: str, year: str) -> Table | None:
    """Actual classes down, what they were called across: the share of the class, and how many."""
    rows = {(row["actual"], row["predicted"]): row["rows"] for row in called if row["learner"] == learner}
    cases = _cases([row for row in called if row["learner"] == learner])
    if not cases:
        return None
    names = sorted(cases, key=_place)
    shares = {pair: rows.get(pair, 0) / cases[pair[0]] if cases[pair[0]] else None for pair in _pairs(names)}
    steps = dict(zip(shares, shaded(list(shares.values())), strict=True))
    lines = tuple(
        Line(
            _titled(actual),
            tuple(
                Cell(percent(shares[actual, one]), count(rows.get((actual, one), 0)), step=steps[actual, one])
                for one in names
            ),
        )
        for actual in names
    )
    return Table(
        f"{year}: what {learner} called what",
        ("Actual", *(f"called {_titled(name)}" for name in names)),
        (Group(lines),),
        note="Shares are of the actual class.",
        heat=True,
    )


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(actual, one) for actual in names for one in names]


def _cases(called: Sequence[Record]) -> dict[str, int]:
    """Class -> rows that it actually is of."""
    found: dict[str, int] = {}
    for row in called:
        found[row["actual"]] = found.get(row["actual"], 0) + row["rows"]
    return found


def _place(name: str) -> tuple[bool, str]:
    """The same order in every city and year: with the outcome first, classes by name, what is left of them last."""
    return name == OTHER, _titled(name)


def _titled(name: str) -> str:
    """The class in words; 1 and 0 are with and without the outcome."""
    return {"1": "with the outcome", "0": "without it"}.get(name, spelled(name).lower())


def _number(value: float | None) -> str:
    return f"{value:.3f}" if value is not None and known(value) else UNKNOWN
