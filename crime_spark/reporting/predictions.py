"""How well models predict the next year, beside the baselines; and how they hold on later years."""

from __future__ import annotations

from collections.abc import Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.charts import over_years
from crime_spark.reporting.contests import (
    Contest,
    Score,
    Scores,
    Span,
    best_baseline,
    contests,
    gain_sentence,
    judged_spans,
    scores,
    sides,
)
from crime_spark.reporting.formats import anchor, count, gain, interval, percent, score, spelled
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Points, Section, Table, Text
from crime_spark.reporting.material import Material
from crime_spark.reporting.periods import by_year, incomplete

# So many years side by side fit a page without scrolling, and paper.
MOST_COLUMNS = 6
COIN = 0.5
# Metric -> heading; the direction is said because for half of them less is better.
SECONDARY = {
    "pr_auc": "PR AUC (higher is better)",
    "log_loss": "Log loss (lower is better)",
    "brier": "Brier score (lower is better)",
    "accuracy": "Accuracy (higher is better)",
    "f1": "F1 (higher is better)",
}
MISSING = "No model of {title} has been judged yet. The examples, train and evaluate stages make models and metrics."


def predictions(material: Material) -> Section:
    """The section about the judged year of every cell, a part for each city and task."""
    lead = Text(
        "Each model is fitted on the years before the arrow and judged on the year after it, which it has not seen. "
        "AUC is the chance that the model ranks a random case with the outcome above a random one without it: 0.5 is "
        "a coin, 1 is perfect. The range below it is the 95 % interval over resampled days. A baseline is what a "
        "simple count reaches; a model is worth its gain over the best one."
    )
    parts = []
    for city in material.cities:
        held = contests(material.metrics, city.name)
        pieces = () if held else (Missing(MISSING.format(title=city.title)),)
        parts.append(
            Section(
                anchor("predictions", city.name),
                city.title,
                pieces,
                tuple(_of_contest(material, city, contest, held) for contest in held),
            )
        )
    return Section("predictions", "Predictions of the next year", (lead,), tuple(parts))


def contest_title(material: Material, contest: Contest, among: Sequence[Contest]) -> str:
    """The task's question; protocol and policy too where contests would otherwise read alike."""
    question = material.questions.get(contest.task, spelled(contest.task))
    alike = [other for other in among if other.task == contest.task]
    return question if len(alike) == 1 else f"{question} ({spelled(contest.protocol).lower()}, {contest.policy} policy)"


def _of_contest(material: Material, city: City, contest: Contest, among: Sequence[Contest]) -> Section:
    found = scores(material.metrics, contest)
    spans = judged_spans(found)
    models, baselines = sides(found, material.learners, material.baselines)
    where = f"{city.title}, {contest.task}"
    pieces: list[Piece] = []
    if not spans:
        pieces.append(Missing(f"No AUC is known for {where}. The evaluate stage makes it."))
    else:
        if models:
            gained = tuple(gain_sentence(found, name, baselines).split(": ", 1) for name in models)
            pieces.append(Points(tuple((name, said) for name, said in gained)))
        if len(spans) > 1:
            pieces.append(_chart(found, spans, [*models, *baselines], where))
        for at in range(0, len(spans), MOST_COLUMNS):
            shown = spans[at : at + MOST_COLUMNS]
            pieces.append(auc_table(found, shown, models, baselines, where, _partial_years(material, city, shown)))
        pieces.append(latest_table(material, contest, spans[-1], models, baselines, where))
    words = (city.name, contest.task, contest.protocol, contest.policy)
    return Section(anchor("predictions", *words), contest_title(material, contest, among), tuple(pieces))


def _chart(found: Scores, spans: Sequence[Span], learners: Sequence[str], where: str) -> Piece:
    # A learner that is a coin in every year would only press the others together.
    coins = [name for name in learners if all(held.value == COIN for (of, _), held in found.items() if of == name)]
    names = [name for name in learners if name not in coins] or list(learners)
    points = [
        {"year": str(span.test_year), "learner": name, "value": held.value, "low": held.low, "high": held.high}
        for name in names
        for span in spans
        if (held := found.get((name, span))) is not None
    ]
    label = f"Lines of AUC by year scored, one for each of {', '.join(names)}. The numbers are in the table below."
    left_out = f"; not drawn: {', '.join(coins)}, always 0.5" if coins and names != list(learners) else ""
    return over_years(points, names, f"{where}: AUC by year scored, with 95 % intervals{left_out}", label)


def _partial_years(material: Material, city: City, spans: Sequence[Span]) -> str:
    used = {year for span in spans for year in (*range(span.train_from, span.train_to + 1), span.test_year)}
    partial = incomplete([year for year in by_year(material, city) if year.year in used])
    return f"Incomplete years among these: {partial}." if partial else ""


def auc_table(
    found: Scores, spans: Sequence[Span], models: Sequence[str], baselines: Sequence[str], where: str, partial: str = ""
) -> Table:
    """Learners down, train → test years across; below them each model's gain over the best baseline.

    partial says which of the years are incomplete.
    """
    best = {span: max((found[key].value for key in found if key[1] == span), default=None) for span in spans}

    def cell(name: str, span: Span) -> Cell:
        held = found.get((name, span))
        if held is None:
            return Cell("")
        return Cell(score(held.value), interval(held.low, held.high), strong=held.value == best[span])

    groups = [
        Group(tuple(Line(name, tuple(cell(name, span) for span in spans)) for name in names), title)
        for title, names in (("Models", models), ("Baselines", baselines))
        if names
    ]
    if models and baselines:
        above = {span: best_baseline(found, baselines, span) for span in spans}
        lines = [
            Line(name, tuple(_gain_cell(found.get((name, span)), above[span]) for span in spans)) for name in models
        ]
        groups.append(Group(tuple(lines), "Gain over the best baseline of the year"))
    notes = ["Bold = highest of the year. A gain is the difference of two AUCs and has no interval of its own here."]
    if not baselines:
        notes.append("No baseline has been scored: learners that are baselines give one.")
    return Table(
        f"{where}: AUC by training years → year scored",
        ("Learner", *map(str, spans)),
        tuple(groups),
        note=" ".join((*notes, partial)).strip(),
    )


def _gain_cell(held: Score | None, best: tuple[str, Score] | None) -> Cell:
    if held is None or best is None:
        return Cell("")
    name, baseline = best
    note = f"over {name}" + ("\nintervals overlap" if held.overlaps(baseline) else "")
    return Cell(gain(held.value - baseline.value), note)


def latest_table(
    material: Material, contest: Contest, span: Span, models: Sequence[str], baselines: Sequence[str], where: str
) -> Table:
    """The other metrics of the latest year scored."""
    found = {metric: scores(material.metrics, contest, metric) for metric in (*SECONDARY, "tp", "fp", "tn", "fn")}

    def cell(metric: str, name: str) -> Cell:
        held = found[metric].get((name, span))
        return Cell(score(held.value), interval(held.low, held.high)) if held else Cell(score(None))

    groups = tuple(
        Group(tuple(Line(name, tuple(cell(metric, name) for metric in SECONDARY)) for name in names), title)
        for title, names in (("Models", models), ("Baselines", baselines))
        if names
    )
    return Table(
        f"{where}: other metrics of the latest year, {span}",
        ("Learner", *SECONDARY.values()),
        groups,
        note=f"{_cases(found, span)}Log loss in nats. Accuracy and F1 at a threshold of probability 0.5. "
        "A dash: the metric is not defined, such as F1 where no case was flagged.",
    )


def _cases(found: dict[str, dict[tuple[str, Span], Score]], span: Span) -> str:
    """How many cases were scored and how many had the outcome, from any learner's confusion matrix."""
    for (name, held), tp in found["tp"].items():
        counted = [found[metric].get((name, span)) for metric in ("fn", "fp", "tn")]
        if held == span and None not in counted:
            fn, fp, tn = (one.value for one in counted if one is not None)
            rows = tp.value + fn + fp + tn
            return f"{count(rows)} cases, {percent((tp.value + fn) / rows)} with the outcome. " if rows else ""
    return ""
