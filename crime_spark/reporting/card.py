"""The model card of a task in a city: purpose, limits, results, errors by group, feature importance and drift.

The structure follows Mitchell et al. 2019, Model Cards for Model Reporting.
"""

from __future__ import annotations

from crime_spark.cities.city import City
from crime_spark.features.keys import KEYS
from crime_spark.reporting.contests import (
    Contest,
    Span,
    Standing,
    contest_standing,
    contests,
    distinction,
    ordered,
)
from crime_spark.reporting.explained import drift_pieces, fairness_pieces, importance_pieces
from crime_spark.reporting.file_accounts import NO_FILE, totals
from crime_spark.reporting.footnotes import footnotes
from crime_spark.reporting.formats import UNKNOWN, anchor, count, readable
from crime_spark.reporting.layout import Missing, Piece, Points, Section, Text, text_table
from crime_spark.reporting.material import Material
from crime_spark.reporting.measures import headline_note
from crime_spark.reporting.periods import by_year, coverage
from crime_spark.reporting.standings import headline_table, latest_table
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

INTENDED = Points(
    tuple(
        {
            "To describe:": "how well the outcome can be predicted from what is known at the time, and what a model "
            "adds.",
            "To compare:": "methods, years and sources of data, on the same rows and with intervals.",
            "To question:": "whether a prediction of this kind is worth more than a simple count, before anybody "
            "relies on it.",
        }.items()
    )
)
OUT_OF_SCOPE = Points(
    tuple(
        {
            "No decisions about persons.": "Nothing here says anything about an individual: no suspect, offender, "
            "victim or resident. The data contains nothing about offenders.",
            "No patrol targeting based on these predictions alone.": "Where reports are expected is not where patrols "
            "should go. A patrol finds offenses where it is, so records come from where patrols are sent. Patrols that "
            "follow the records would only confirm them.",
            "No other city, no other time.": "The results apply to this city and the test years shown.",
            "No cause.": "The features that a model uses are associated with the records. They are not the "
            "reasons for what happened.",
        }.items()
    )
)


def card_sections(material: Material, city: City, task: Task) -> tuple[Section, ...]:
    """The sections of a model card; where results are missing, the card names the job to run.

    Args:
        material: rows of the lake, with those of `with_explanations`.
        city: the city.
        task: a task of the city.
    """
    of_task = [contest for contest in contests(material, city) if contest.task == task.name]
    parts = tuple(_of_contest(material, city, contest, of_task) for contest in of_task)
    missing: tuple[Piece, ...] = (
        () if of_task else (Missing(f"No model of this task has been evaluated in {city.title}. Run the train stage."),)
    )
    return (
        Section("model", "What is predicted", (Text(task.question), *_declared(material, city, task))),
        Section("use", "Intended use", (INTENDED,)),
        Section("out-of-scope", "Out-of-scope use", (OUT_OF_SCOPE,)),
        Section("data", "Data", tuple(_data(material, city))),
        Section("results", "Results, errors by group, importance, drift", missing, parts),
        Section("limits", "Limits", (_limits(material, city, task),)),
    )


def _declared(material: Material, city: City, task: Task) -> list[Piece]:
    cells = [row for row in material.cells if (row["city"], row["task"]) == (city.name, task.name)]
    features = task.inputs("full" if any(row["policy"] == "full" for row in cells) else "fair")
    # The history of a place also describes who lives there.
    histories = [history for history in task.histories if any(KEYS[name].column.proxy for name in history.by)]
    past = {name for history in histories for name in history.columns(task.history_of or ("",))}
    marks = {"proxy": "stands in for who lives there", "demographic": "describes the victim"}
    marked = {mark: {feature.name for feature in features if getattr(feature.column, mark)} for mark in marks}
    marked["proxy"] |= past
    rows = [
        (
            feature.name,
            feature.column.comment,
            ", ".join(text for mark, text in marks.items() if feature.name in marked[mark]) or UNKNOWN,
        )
        for feature in features
    ]
    grain = "each period of each unit" if isinstance(task.grain, Panel) else "each report"
    names = ordered((row["learner"] for row in cells), material.learners)
    fitted = f" Fitted learners: {', '.join(names)}." if names else ""
    return [
        Text(f"One prediction for {grain}: {task.kind.answer}.{fitted}"),
        text_table("Features of the models", ("Feature", "What it is", "Mark"), rows, words=True),
    ]


def _data(material: Material, city: City) -> list[Piece]:
    files = [row for row in material.ledger if row["city"] == city.name]
    if not files:
        return [Missing(NO_FILE.format(title=city.title))]
    sums = totals(material.ledger, city)
    read = (
        f"{count(sums['rows_read'])} rows of {len(files)} {'file' if len(files) == 1 else 'files'} were read: "
        f"{count(sums['rows_accepted'])} accepted, {count(sums['rows_superseded'])} superseded by other versions, "
        f"{count(sums['rows_quarantined'])} quarantined."
    )
    if not by_year(material, city):
        return [Text(read), Missing("The reports have not been counted. Run the describe stage.")]
    more = "The datasheet of the city, in the same folder as this card, has more about the data."
    return [Text(read), Text(coverage(material, city)), Text(more)]


def _of_contest(material: Material, city: City, contest: Contest, among: list[Contest]) -> Section:
    standing = contest_standing(material, contest)
    where = f"{city.title}, {contest.task}"
    title = readable(distinction(contest, among) or f"{contest.protocol}, policy {contest.policy}")
    section_id = anchor("results", *contest.anchor_words)
    if not standing.spans:
        missing = Missing(f"There is not yet a value of {standing.measure.title}. Run the evaluate stage.")
        return Section(section_id, title, (missing,))
    span = standing.spans[-1]
    pieces = (
        Text(headline_note(standing.task)),
        headline_table(standing, standing.spans[-6:], city, where),
        latest_table(material.metrics, standing, span, where),
    )
    return Section(section_id, title, pieces, _explanations(material, standing, span, where, section_id))


def _explanations(
    material: Material, standing: Standing, span: Span, where: str, section_id: str
) -> tuple[Section, ...]:
    best = standing.best(standing.models or standing.baselines, span)
    assert best is not None
    learner, contest = best[0], standing.contest
    chosen = Text(
        f"This is about {learner}, the best {'model' if standing.models else 'baseline'} of the latest test year by "
        f"{standing.measure.title}. Choosing it by that year favors it a little."
    )
    groups = (chosen, *fairness_pieces(material.fairness, contest, span, learner, where))
    importance = (chosen, *importance_pieces(material.importance, contest, span, learner, where))
    drift = tuple(drift_pieces(material.drift, contest, span, where))
    return (
        Section(f"{section_id}-groups", "Errors by group", groups),
        Section(f"{section_id}-importance", "Feature importance", importance),
        Section(f"{section_id}-drift", "How data and models age", drift),
    )


def _limits(material: Material, city: City, task: Task) -> Points:
    points = [
        (
            "Reports, not crime.",
            "Offenses that nobody reports or records are missing. How many differs by offense, place and time.",
        ),
        ("Intervals describe the test year:", "they are over its days or weeks, not over other years."),
    ]
    if isinstance(task.grain, Panel) and city.delay_days:
        points.append(
            (
                "Late data.",
                f"The city publishes {city.delay_days} days late. Results without delay could not have been forecasts.",
            )
        )
    events: dict[Span, tuple[str, ...]] = {}
    for contest in contests(material, city):
        if contest.task == task.name:
            events |= contest_standing(material, contest).events
    lines = footnotes(events, sorted(events), city).lines
    points += [("Event:", line.partition(" ")[2]) for line in lines]
    return Points(tuple(points))
