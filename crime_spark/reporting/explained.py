"""Tables with the results of the explain job: feature importance, errors by group, and drift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crime_spark.explaining.drift import CHANGE, EVERY_LEARNER, PSI
from crime_spark.explaining.fairness import ALL
from crime_spark.explaining.importance import PERMUTATION
from crime_spark.explaining.native import LINEAR, TREES
from crime_spark.explaining.rates import FEWEST, NOT_RECORDED, TOO_FEW
from crime_spark.features.descent import CLASSES as DESCENT_CLASSES
from crime_spark.reporting.contests import Contest, Span, contest_of, span_of
from crime_spark.reporting.formats import UNKNOWN, count, is_number
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Table, Text
from crime_spark.reporting.material import Record
from crime_spark.reporting.words import DESCENTS, SEXES

RUN = "Run the explain job: jobs/explain.py."
# The page shows this number of features; the tables of the lake have all.
MOST = 15
ATTRIBUTES = {
    "area": "police area",
    "victim_sex": "victim's sex as recorded",
    "victim_descent": "victim's descent as recorded, in five classes",
    "victim_age": "victim's age in years as recorded",
}
# The meaning of the names of groups, by attribute.
LETTERS = {
    "victim_sex": f"{'; '.join(f'{letter}: {word}' for letter, word in SEXES.items())}. "
    "Recorded for the victim, never for an offender.",
    "victim_descent": "; ".join(
        f"{name}: {', '.join(DESCENTS[letter] for letter in letters)}" for name, letters in DESCENT_CLASSES.items()
    )
    + ". As somebody recorded it for the victim, never for an offender.",
}
# Metric -> heading, by kind of task.
_BINARY = {
    "base_rate": "Share with the outcome",
    "calibration_gap": "Mean prediction minus that share",
    "fpr": "Flagged of cases without the outcome",
    "fnr": "Missed of cases with the outcome",
}
_CLASSES = {"error_rate": "Share predicted wrongly"}
_PANEL = {
    "unit_share": "Share of the units",
    "incident_share": "Share of what was reported",
    "selected_share": "Share of the selected 5 %",
    "selected_share_less_incident_share": "Selected minus reported",
    "calibration_gap": "Mean prediction minus mean label",
}
_SIGNED = ("calibration_gap", "selected_share_less_incident_share")
READING = (
    "Differences between groups of reports are not differences between people, and they do not show a cause. Groups "
    "also differ in who reports, in what is recorded and how, and in which offenses are frequent. Base rates differ, "
    "so error rates differ even for a model that is calibrated in every group. This is why the gap between mean "
    "prediction and outcome comes first."
)


def importance_pieces(rows: Sequence[Record], contest: Contest, span: Span, learner: str, where: str) -> list[Piece]:
    """A table of the most important features of a model, by permutation and by the model's own measure.

    Args:
        rows: rows of gold/importance.
        contest: the contest of the model.
        span: its training years and test year.
        learner: its learner.
        where: start of the caption.
    """
    of_model = [row for row in rows if _belongs_to(row, contest, span) and row["learner"] == learner]
    if not of_model:
        return [Missing(f"The feature importance of {learner}, {span}, has not been computed. {RUN}")]
    lost = {row["feature"]: row for row in of_model if row["method"] == PERMUTATION}
    native = {row["feature"]: row for row in of_model if row["method"] in (TREES, LINEAR)}
    metric = next(iter(lost.values()))["metric"] if lost else ""
    order = sorted({*lost, *native}, key=lambda name: (-_number(lost.get(name)), -_number(native.get(name)), name))
    columns = ["Feature", *([f"{metric} lost if shuffled"] if lost else [])]
    method = next(iter(native.values()))["method"] if native else ""
    columns += [{TREES: "Share of the trees' gain", LINEAR: "Deviation of its contribution"}[method]] if native else []
    lines = []
    for name in order[:MOST]:
        cells = [_cell(lost.get(name), "z.4f")] if lost else []
        cells += [_cell(native.get(name), "z.3f")] if native else []
        lines.append(Line(name, tuple(cells)))
    return [
        Table(
            f"{where}: feature importance of {learner}, {span}",
            tuple(columns),
            (Group(tuple(lines)),),
            note="If columns contain the same information, each looks less important than they are together. An "
            f"important column is not a cause.{_not_shown(order, 'gold/importance')}",
        )
    ]


def fairness_pieces(rows: Sequence[Record], contest: Contest, span: Span, learner: str, where: str) -> list[Piece]:
    """Tables of errors by group, one for each attribute.

    Args:
        rows: rows of gold/fairness.
        contest: the contest of the model.
        span: its training years and test year.
        learner: its learner.
        where: start of the captions.
    """
    of_model = [r for r in rows if _belongs_to(r, contest, span) and r["learner"] == learner and r["within"] == ALL]
    if not of_model:
        return [Missing(f"The errors of {learner}, {span}, by group have not been computed. {RUN}")]
    pieces: list[Piece] = [Text(READING)]
    for attribute in dict.fromkeys([*ATTRIBUTES, *(row["attribute"] for row in of_model)]):
        of_attribute = [row for row in of_model if row["attribute"] == attribute]
        if of_attribute:
            caption = f"{where}: errors of {learner}, {span}, by {ATTRIBUTES.get(attribute, attribute)}"
            pieces.append(_by_group(of_attribute, caption, LETTERS.get(attribute, "")))
    return pieces


def _not_shown(features: Sequence[str], table: str) -> str:
    """A sentence on the features that are not shown."""
    return f" {MOST} of {len(features)} features are shown; the others are in {table}." if len(features) > MOST else ""


def _by_group(rows: Sequence[Record], caption: str, letters: str) -> Table:
    by_key = {(row["group"], row["metric"]): row for row in rows}
    metrics = {row["metric"] for row in rows}
    headings = next(kind for kind in (_PANEL, _BINARY, _CLASSES) if metrics & (set(kind) - {"calibration_gap"}))
    columns = {name: heading for name, heading in headings.items() if name in metrics}
    sizes = {row["group"]: row["n"] for row in rows if row["group"] != TOO_FEW}
    lines = [
        Line(
            "Not recorded" if name == NOT_RECORDED else name,
            (Cell(count(sizes[name])), *(_rate(by_key.get((name, metric)), metric, headings) for metric in columns)),
        )
        for name in sorted(sizes, key=lambda name: (name == NOT_RECORDED, name))
    ]
    few = by_key.get((TOO_FEW, "groups"))
    omitted = (
        f"Groups with fewer than {FEWEST} rows are left out: {count(few['value'])} ({count(few['n'])} rows)."
        if few
        else ""
    )
    note = " ".join(text for text in (letters, omitted) if text)
    return Table(caption, ("Group", "Rows", *columns.values()), (Group(tuple(lines)),), note=note)


def _rate(row: Record | None, metric: str, headings: Mapping[str, str]) -> Cell:
    # The calibration gap of a panel has the unit of the label; all other rates are shares.
    if headings is _PANEL and metric == "calibration_gap":
        return _cell(row, "z.3f")
    return _cell(row, "+z.1%" if metric in _SIGNED else "z.1%")


def drift_pieces(rows: Sequence[Record], contest: Contest, span: Span, where: str) -> list[Piece]:
    """Tables of drift: the test year compared with the training years, and changes of scores on later years.

    Args:
        rows: rows of gold/drift.
        contest: the contest.
        span: the training years and the test year.
        where: start of the captions.
    """
    of_contest = [row for row in rows if contest_of(row) == contest]
    shifts = [
        row
        for row in of_contest
        if row["measure"] == PSI
        and row["learner"] == EVERY_LEARNER
        and (row["train_from"], row["train_to"], row["year"]) == (span.train_from, span.train_to, span.test_year)
    ]
    if not shifts:
        return [Missing(f"The drift from {span.trained} to {span.test_year} has not been computed. {RUN}")]
    shifts.sort(key=lambda row: (row["subject"] != "label", -row["value"], row["name"]))
    features = [row["name"] for row in shifts if row["subject"] != "label"]
    lines = [Line(row["name"], (Cell(f"{row['value']:.3f}"),)) for row in shifts[: len(shifts) - len(features) + MOST]]
    table = Table(
        f"{where}: population stability index of {span.test_year} compared with {span.trained}",
        ("Label, then features", "PSI"),
        (Group(tuple(lines)),),
        note="0 means equal shares. By convention, a value below 0.1 is not a shift and a value above 0.25 is one. "
        "Log-odds of rows with few earlier incidents are compared by the number of these incidents."
        f"{_not_shown(features, 'gold/drift')}",
    )
    return [table, _changes([row for row in of_contest if row["measure"] == CHANGE], where)]


def _changes(changes: Sequence[Record], where: str) -> Piece:
    if not changes:
        return Text("No model was scored on enough later years to show how it ages.")
    distances = sorted({row["distance"] for row in changes})
    by_learner: dict[str, dict[int, list[float]]] = {}
    for row in changes:
        by_learner.setdefault(row["learner"], {}).setdefault(row["distance"], []).append(row["value"])
    lines = [
        Line(name, tuple(Cell(_mean(values.get(distance, ()))) for distance in distances))
        for name, values in by_learner.items()
    ]
    return Table(
        f"{where}: change of {changes[0]['name']} by years since training, with a frozen past",
        ("Learner", *(f"{distance} years" for distance in distances)),
        (Group(tuple(lines)),),
        note="Means over training years. Each change is relative to the first year on which the model was scored.",
    )


def _mean(values: Iterable[float]) -> str:
    numbers = list(values)
    return f"{sum(numbers) / len(numbers):+z.3f}".replace("-", "−") if numbers else UNKNOWN


def _belongs_to(row: Record, contest: Contest, span: Span) -> bool:
    return contest_of(row) == contest and span_of(row) == span


def _number(row: Record | None) -> float:
    return row["value"] if row is not None and is_number(row["value"]) else float("-inf")


def _cell(row: Record | None, number_format: str) -> Cell:
    """The value and its interval in the given format."""
    if row is None or not is_number(row["value"]):
        return Cell(UNKNOWN)
    text, low, high = (
        "" if row[name] is None else f"{row[name]:{number_format}}".replace("%", " %").replace("-", "−")
        for name in ("value", "low", "high")
    )
    return Cell(text, f"{low} to {high}" if low else "")
