"""Figures on the latest test year: curves of the best learners, a class report and a confusion table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from crime_spark.evaluation.judged_cells import ROLLING
from crime_spark.kinds import OTHER, Binary, Kind, MultiClass, Ranking
from crime_spark.reporting.best import best_learners
from crime_spark.reporting.charts import over_shares
from crime_spark.reporting.contests import Standing, contest_of, span_of
from crime_spark.reporting.formats import UNKNOWN, count, is_number, percent, readable
from crime_spark.reporting.layout import Cell, Chart, Group, Line, Missing, Piece, SideBySide, Table, Text, heat_steps
from crime_spark.reporting.material import Material, Record

Records = Sequence[Record]
# Each inner list is side by side; None is a curve that is not defined.
Charts = list[list[Chart | None]]

# More lines in one chart cannot be distinguished.
MOST_CLASSES = 5
# Titles of the x and the y axis of each curve.
AXES: Mapping[str, tuple[str, str]] = {
    "roc": ("flagged share of cases without the outcome", "flagged share of cases with it"),
    "pr": ("recall", "precision"),
    "gain": ("flagged share of all cases", "flagged share of cases with the outcome"),
    "reliability": ("predicted probability", "share with the outcome"),
    "hit_rate": ("share of cells selected", "share of incidents in them"),
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


def figures(material: Material, standing: Standing, where: str) -> list[Piece]:
    """Charts and tables of the best learners of the latest test year; empty for regression tasks.

    Args:
        material: rows of the lake, with curves and confusion.
        standing: results of the contest.
        where: start of the captions.
    """
    span, best = standing.spans[-1], best_learners(standing)
    rows = [row for row in material.curves if contest_of(row) == standing.contest and span_of(row) == span]
    confusion = [row for row in material.confusion if contest_of(row) == standing.contest and span_of(row) == span]
    charts = _CHARTS.get(type(standing.task.kind))
    if charts is None:
        return []
    if not rows:
        return [Missing(f"The curves are missing for {where}. Run the evaluate stage.")]
    year = f"{where}, {span.test_year}"
    groups: list[list[Chart | None] | list[Table | None]] = [*charts(rows, confusion, best, year)]
    groups.append([_report(material, standing, best[0], year), _confusion(confusion, best[0], year)])
    pairs = [tuple(piece for piece in group if piece is not None) for group in groups]
    subject = "The best model and the best baseline" if len(best) > 1 else "The best learner"
    lead = f"{subject} of {span.test_year}: {', '.join(best)}. The points of every curve are in gold/curves."
    return [Text(lead), *(SideBySide(pair) for pair in pairs if pair)]


def _binary_charts(rows: Records, confusion: Records, best: Sequence[str], year: str) -> Charts:
    drawn = [_of_learners(name, rows, best, year) for name in ("roc", "pr", "gain")]
    return [drawn[:2], [drawn[2], _reliability(rows, best[0], year)]]


def _multiclass_charts(rows: Records, confusion: Records, best: Sequence[str], year: str) -> Charts:
    return [[_of_classes(name, rows, confusion, best[0], year) for name in ("roc", "reliability")]]


def _ranking_charts(rows: Records, confusion: Records, best: Sequence[str], year: str) -> Charts:
    return [[_of_learners("hit_rate", rows, best, year)]]


_CHARTS: Mapping[type[Kind], Callable[[Records, Records, Sequence[str], str], Charts]] = {
    Binary: _binary_charts,
    MultiClass: _multiclass_charts,
    Ranking: _ranking_charts,
}


def _of_learners(curve: str, rows: Records, best: Sequence[str], year: str) -> Chart | None:
    lines = {name: [row for row in rows if row["learner"] == name and row["curve"] == curve] for name in best}
    return _chart(curve, lines, f"{year}: {NAMES[curve]}")


def _reliability(rows: Records, learner: str, year: str) -> Chart | None:
    lines = {
        title: [row for row in rows if row["learner"] == learner and row["curve"] == curve]
        for title, curve in ((BEFORE, "reliability"), (AFTER, "reliability_calibrated"))
    }
    return _chart("reliability", lines, f"{year}: reliability of {learner}, 15 bins with equal numbers of cases")


def _of_classes(curve: str, rows: Records, confusion: Records, learner: str, year: str) -> Chart | None:
    """The curves of the most frequent classes, each against all other classes."""
    cases = _cases(confusion, learner)
    names = sorted(cases, key=lambda name: (-cases[name], name))[:MOST_CLASSES]
    drawn = [row for row in rows if row["learner"] == learner and row["curve"] == curve]
    lines = {_class_title(name): [row for row in drawn if row["class"] == name] for name in names}
    return _chart(curve, lines, f"{year}: {NAMES[curve]} of {learner}, most frequent classes, each against the rest")


def _chart(curve: str, lines: Mapping[str, Records], caption: str) -> Chart | None:
    drawn = {name: sorted(line, key=lambda row: row["point"]) for name, line in lines.items() if line}
    if not drawn:
        return None
    points = [{"series": name, "x": row["x"], "y": row["y"]} for name, line in drawn.items() for row in line]
    label = f"Line chart of {AXES[curve][1]} by {AXES[curve][0]}, one line for each of {', '.join(drawn)}."
    return over_shares(points, list(drawn), caption, AXES[curve], label, diagonal=curve != "pr")


def _report(material: Material, standing: Standing, learner: str, year: str) -> Table | None:
    """Precision, recall, F1 and cases of each class, and their means; None if there are no metrics by class."""
    values = {
        (row["metric"], row["class"]): row["value"]
        for row in material.metrics
        if row["learner"] == learner
        and row["history"] == ROLLING
        and contest_of(row) == standing.contest
        and span_of(row) == standing.spans[-1]
    }
    classes = [name for metric, name in values if metric == "class_support"]
    if not classes:
        return None
    classes.sort(key=_class_order)
    lines = [
        _line(_class_title(name), [values.get((f"class_{m}", name)) for m in REPORT], values["class_support", name])
        for name in classes
    ]
    rows = sum(values["class_support", name] for name in classes)
    means = [
        _line(f"{mean.capitalize()} mean", [values.get((f"{mean}_{name}", None)) for name in REPORT], rows)
        for mean in ("macro", "weighted")
    ]
    threshold = values.get(("threshold", None))
    rule = (
        "The most probable class is predicted"
        if threshold is None
        else f"The outcome is predicted from a probability of {threshold:.3f} on"
    )
    return Table(
        f"{year}: class report of {learner}",
        ("Class", *REPORT.values(), "Cases"),
        (Group(tuple(lines)), Group(tuple(means))),
        note=f"{rule}; accuracy {_number(values.get(('accuracy', None)))}. A dash: not defined.",
    )


def _line(head: str, values: Sequence[float | None], cases: float) -> Line:
    return Line(head, (*(Cell(_number(value)) for value in values), Cell(count(cases))))


def _confusion(confusion: Records, learner: str, year: str) -> Table | None:
    """Actual classes by predicted classes, as shares of the actual class and counts; None without rows."""
    rows = {(row["actual"], row["predicted"]): row["rows"] for row in confusion if row["learner"] == learner}
    cases = _cases(confusion, learner)
    if not cases:
        return None
    names = sorted(cases, key=_class_order)
    pairs = [(actual, predicted) for actual in names for predicted in names]
    shares = {pair: rows.get(pair, 0) / cases[pair[0]] if cases[pair[0]] else None for pair in pairs}
    steps = dict(zip(shares, heat_steps(list(shares.values())), strict=True))
    lines = tuple(
        Line(
            _class_title(actual),
            tuple(
                Cell(percent(shares[actual, name]), count(rows.get((actual, name), 0)), step=steps[actual, name])
                for name in names
            ),
        )
        for actual in names
    )
    return Table(
        f"{year}: actual and predicted classes of {learner}",
        ("Actual", *(f"predicted {_class_title(name)}" for name in names)),
        (Group(lines),),
        note="Shares are of the actual class.",
        heat=True,
    )


def _cases(confusion: Records, learner: str) -> dict[str, int]:
    """The number of rows by actual class."""
    cases: dict[str, int] = {}
    for row in confusion:
        if row["learner"] == learner:
            cases[row["actual"]] = cases.get(row["actual"], 0) + row["rows"]
    return cases


def _class_order(name: str) -> tuple[bool, str]:
    """A sort key that is the same in every city and year: by title, with the class `other` last."""
    return name == OTHER, _class_title(name)


def _class_title(name: str) -> str:
    """The class in words; 1 and 0 are the classes of binary tasks."""
    return {"1": "with the outcome", "0": "without it"}.get(name, readable(name).lower())


def _number(value: float | None) -> str:
    return f"{value:.3f}" if value is not None and is_number(value) else UNKNOWN
