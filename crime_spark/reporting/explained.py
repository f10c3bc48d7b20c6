"""Tables of what the explain job found: what a model goes by, how wrong it is for whom, and how it ages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crime_spark.explaining.drift import CHANGE, EVERY_LEARNER, PSI
from crime_spark.explaining.fairness import ALL
from crime_spark.explaining.importance import PERMUTATION
from crime_spark.explaining.native import LINEAR, TREES
from crime_spark.explaining.rates import FEWEST, NOT_RECORDED, TOO_FEW
from crime_spark.features.descent import CLASSES as DESCENT_CLASSES
from crime_spark.reporting.contests import Contest, Span, contest_of, span_of
from crime_spark.reporting.formats import UNKNOWN, count, known
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Table, Text
from crime_spark.reporting.material import Record
from crime_spark.reporting.words import DESCENTS, SEXES

RUN = "Run the explain job: jobs/explain.py."
# Of the features the most important ones; the rest is in the table.
MOST = 15
ATTRIBUTES = {
    "area": "police area",
    "victim_sex": "victim's sex as recorded",
    "victim_descent": "victim's descent as recorded, in five classes",
    "victim_age": "victim's age in years as recorded",
}
# What the letters of the groups stand for.
LETTERS = {
    "victim_sex": f"{'; '.join(f'{letter}: {word}' for letter, word in SEXES.items())}. Never an offender's.",
    "victim_descent": "; ".join(
        f"{name}: {', '.join(DESCENTS[letter] for letter in letters)}" for name, letters in DESCENT_CLASSES.items()
    )
    + ". As somebody wrote it down of the victim, never of an offender.",
}
# Metric -> its heading, and whether it is a share.
_BINARY = {
    "base_rate": "Share with the outcome",
    "calibration_gap": "Mean prediction less that share",
    "fpr": "Flagged of those without it",
    "fnr": "Missed of those with it",
}
_CLASSES = {"error_rate": "Share called wrongly"}
_PANEL = {
    "unit_share": "Share of the units",
    "incident_share": "Share of what happened",
    "selected_share": "Share of the selected 5 %",
    "selected_share_less_incident_share": "Selected less happened",
    "calibration_gap": "Mean prediction less mean label",
}
_SIGNED = ("calibration_gap", "selected_share_less_incident_share")
READING = (
    "Differences between groups of reports are not differences between people, and say nothing of their cause: who "
    "reports, what is recorded and how, and which offenses are frequent where, differ too. Base rates differ, so error "
    "rates do even for a model that is calibrated in every group: the gap of the mean prediction comes first."
)


def importance_pieces(rows: Sequence[Record], contest: Contest, span: Span, learner: str, where: str) -> list[Piece]:
    """What the model loses without each feature, and what it says itself."""
    own = [row for row in rows if _is_of(row, contest, span) and row["learner"] == learner]
    if not own:
        return [Missing(f"What {learner} goes by in {span} has not been looked at. {RUN}")]
    lost = {row["feature"]: row for row in own if row["method"] == PERMUTATION}
    native = {row["feature"]: row for row in own if row["method"] in (TREES, LINEAR)}
    metric = next(iter(lost.values()))["metric"] if lost else ""
    order = sorted({*lost, *native}, key=lambda name: (-_number(lost.get(name)), -_number(native.get(name)), name))
    columns = ["Feature", *([f"{metric} lost if shuffled"] if lost else [])]
    method = next(iter(native.values()))["method"] if native else ""
    columns += [{TREES: "Share of its trees' gain", LINEAR: "Deviation that it adds"}[method]] if native else []
    lines = []
    for name in order[:MOST]:
        cells = [_cell(lost.get(name), "z.4f")] if lost else []
        cells += [_cell(native.get(name), "z.3f")] if native else []
        lines.append(Line(name, tuple(cells)))
    return [
        Table(
            f"{where}: what {learner} of {span} goes by",
            tuple(columns),
            (Group(tuple(lines)),),
            note="Columns that say the same stand in for each other: each then looks less important than both are. "
            f"That a model goes by a column does not make it a cause.{_left(order, 'gold/importance')}",
        )
    ]


def fairness_pieces(rows: Sequence[Record], contest: Contest, span: Span, learner: str, where: str) -> list[Piece]:
    """A table for each attribute, every group a line."""
    own = [r for r in rows if _is_of(r, contest, span) and r["learner"] == learner and r["within"] == ALL]
    if not own:
        return [Missing(f"How wrong {learner} of {span} is by group has not been looked at. {RUN}")]
    pieces: list[Piece] = [Text(READING)]
    for attribute in dict.fromkeys([*ATTRIBUTES, *(row["attribute"] for row in own)]):
        held = [row for row in own if row["attribute"] == attribute]
        if held:
            caption = f"{where}, {learner} of {span}: by {ATTRIBUTES.get(attribute, attribute)}"
            pieces.append(_by_group(held, caption, LETTERS.get(attribute, "")))
    return pieces


def _left(features: Sequence[str], table: str) -> str:
    """What of a table is not shown."""
    return f" {MOST} of {len(features)} features are shown; the others are in {table}." if len(features) > MOST else ""


def _by_group(rows: Sequence[Record], caption: str, letters: str) -> Table:
    found = {(row["group"], row["metric"]): row for row in rows}
    metrics = {row["metric"] for row in rows}
    headed = next(each for each in (_PANEL, _BINARY, _CLASSES) if metrics & (set(each) - {"calibration_gap"}))
    shown = {name: said for name, said in headed.items() if name in metrics}
    sizes = {row["group"]: row["n"] for row in rows if row["group"] != TOO_FEW}
    lines = [
        Line(
            "Not recorded" if name == NOT_RECORDED else name,
            (Cell(count(sizes[name])), *(_rate(found.get((name, metric)), metric, headed) for metric in shown)),
        )
        for name in sorted(sizes, key=lambda name: (name == NOT_RECORDED, name))
    ]
    few = found.get((TOO_FEW, "groups"))
    left = f"{count(few['value'])} with fewer than {FEWEST} rows left out ({count(few['n'])} rows)." if few else ""
    note = " ".join(said for said in (letters, left) if said)
    return Table(caption, ("Group", "Rows", *shown.values()), (Group(tuple(lines)),), note=note)


def _rate(row: Record | None, metric: str, headed: Mapping[str, str]) -> Cell:
    # The error of a number is in its unit, all else are shares.
    if headed is _PANEL and metric == "calibration_gap":
        return _cell(row, "z.3f")
    return _cell(row, "+z.1%" if metric in _SIGNED else "z.1%")


def drift_pieces(rows: Sequence[Record], contest: Contest, span: Span, where: str) -> list[Piece]:
    """How much the year scored differs from the training years, and what later years cost each model."""
    own = [row for row in rows if contest_of(row) == contest]
    moved = [
        row
        for row in own
        if row["measure"] == PSI
        and row["learner"] == EVERY_LEARNER
        and (row["train_from"], row["train_to"], row["year"]) == (span.train_from, span.train_to, span.test_year)
    ]
    if not moved:
        return [Missing(f"How much {span.test_year} differs from {span.trained} has not been looked at. {RUN}")]
    moved.sort(key=lambda row: (row["subject"] != "label", -row["value"], row["name"]))
    features = [row["name"] for row in moved if row["subject"] != "label"]
    shown = moved[: len(moved) - len(features) + MOST]
    lines = [Line(row["name"], (Cell(f"{row['value']:.3f}"),)) for row in shown]
    pieces: list[Piece] = [
        Table(
            f"{where}: population stability index of {span.test_year} against {span.trained}",
            ("Label, then features", "PSI"),
            (Group(tuple(lines)),),
            note="0: the same shares. By custom, below 0.1 is no shift and above 0.25 one. Log-odds of rows with few "
            f"earlier incidents are compared by the number of these.{_left(features, 'gold/drift')}",
        )
    ]
    changes = [row for row in own if row["measure"] == CHANGE]
    if not changes:
        return [*pieces, Text("No model was scored on enough later years to say how it ages.")]
    distances = sorted({row["distance"] for row in changes})
    by_learner: dict[str, dict[int, list[float]]] = {}
    for row in changes:
        by_learner.setdefault(row["learner"], {}).setdefault(row["distance"], []).append(row["value"])
    decays = [Line(name, tuple(Cell(_mean(held.get(at, ()))) for at in distances)) for name, held in by_learner.items()]
    return [
        *pieces,
        Table(
            f"{where}: change of {changes[0]['name']} by years since training, the past of incidents frozen",
            ("Learner", *(f"{at} years" for at in distances)),
            (Group(tuple(decays)),),
            note="Means over training years, each against the first year that the same model was scored on.",
        ),
    ]


def _mean(values: Iterable[float]) -> str:
    held = list(values)
    return f"{sum(held) / len(held):+z.3f}".replace("-", "−") if held else UNKNOWN


def _is_of(row: Record, contest: Contest, span: Span) -> bool:
    return contest_of(row) == contest and span_of(row) == span


def _number(row: Record | None) -> float:
    return row["value"] if row is not None and known(row["value"]) else float("-inf")


def _cell(row: Record | None, number_format: str) -> Cell:
    """The value and its interval, both in this format."""
    if row is None or not known(row["value"]):
        return Cell(UNKNOWN)
    text, low, high = (
        "" if row[name] is None else f"{row[name]:{number_format}}".replace("%", " %").replace("-", "−")
        for name in ("value", "low", "high")
    )
    return Cell(text, f"{low} to {high}" if low else "")
