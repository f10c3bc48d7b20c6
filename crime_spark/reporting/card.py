"""The model card of a task in a city: what the tables say of its models, and what they are not for.

After Mitchell et al. 2019, Model Cards for Model Reporting.
"""

from __future__ import annotations

from crime_spark.cities.city import City
from crime_spark.features.keys import KEYS
from crime_spark.reporting.contests import Contest, Span, Standing, contests, ordered, set_apart, standing
from crime_spark.reporting.explained import drift_pieces, fairness_pieces, importance_pieces
from crime_spark.reporting.file_accounts import totals
from crime_spark.reporting.footnotes import footnotes
from crime_spark.reporting.formats import UNKNOWN, anchor, count, spelled
from crime_spark.reporting.layout import Missing, Piece, Points, Section, Text, plain_table
from crime_spark.reporting.material import Material
from crime_spark.reporting.measures import said
from crime_spark.reporting.periods import absent, by_year, incomplete, period
from crime_spark.reporting.standings import headline_table, latest_table
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task

INTENDED = Points(
    (
        ("To describe:", "how well the outcome can be told from what is known at the time, and what a model adds."),
        ("To compare:", "methods, years and sources of data, on the same rows and with intervals."),
        (
            "To question:",
            "whether a prediction of this kind is worth anything beyond a simple count, before anybody relies on it.",
        ),
    )
)
OUT_OF_SCOPE = Points(
    (
        (
            "No decisions about persons.",
            "Nothing here says anything of an individual: no suspect, offender, victim or resident. The data has no "
            "offender at all.",
        ),
        (
            "No patrol targeting by itself.",
            "Where reports are expected is not where patrols should go: a patrol finds offenses where it is, so that "
            "records come from where patrols are sent, and patrols sent by records would prove the records right.",
        ),
        ("No other city, no other time.", "What is said holds for this city and the years scored."),
        ("No cause.", "What a model goes by is associated with the records, not a reason for what happened."),
    )
)
NO_DATA = "No file of {title} has been read. The ingest stage reads them."


def card_sections(material: Material, city: City, task: Task) -> tuple[Section, ...]:
    """The sections of the card; a table that is not there gives a sentence that says what to run."""
    held = [one for one in contests(material, city) if one.task == task.name]
    parts = tuple(_of_contest(material, city, one, held) for one in held)
    judged: tuple[Piece, ...] = (
        () if held else (Missing(f"No model of it has been judged in {city.title}. Run train."),)
    )
    return (
        Section("model", "What it is", (Text(task.question), *_declared(material, city, task))),
        Section("use", "Intended use", (INTENDED,)),
        Section("out-of-scope", "Out-of-scope use", (OUT_OF_SCOPE,)),
        Section("data", "Data", tuple(_data(material, city))),
        Section("results", "Results, errors by group, importance, stability", judged, parts),
        Section("limits", "Limits", (_limits(material, city, task),)),
    )


def _declared(material: Material, city: City, task: Task) -> list[Piece]:
    own = [row for row in material.cells if (row["city"], row["task"]) == (city.name, task.name)]
    features = task.inputs("full" if any(row["policy"] == "full" for row in own) else "fair")
    # The past of a place tells of who lives there too.
    histories = [history for history in task.histories if any(KEYS[name].column.proxy for name in history.by)]
    past = {name for history in histories for name in history.columns(task.history_of or ("",))}
    marks = {"proxy": "stands in for who lives there", "demographic": "describes the victim"}
    marked = {mark: {feature.name for feature in features if getattr(feature.column, mark)} for mark in marks}
    marked["proxy"] |= past
    rows = [
        (
            feature.name,
            feature.column.comment,
            ", ".join(said for mark, said in marks.items() if feature.name in marked[mark]) or UNKNOWN,
        )
        for feature in features
    ]
    grain = "each period of each unit" if isinstance(task.grain, Panel) else "each report"
    names = ordered((row["learner"] for row in own), material.learners)
    fitted = f" Fitted: {', '.join(names)}." if names else ""
    return [
        Text(f"One prediction for {grain}: {task.kind.answer}.{fitted}"),
        plain_table("What models are given", ("Feature", "What it is", "Mark"), rows, words=True),
    ]


def _data(material: Material, city: City) -> list[Piece]:
    files = [row for row in material.ledger if row["city"] == city.name]
    if not files:
        return [Missing(NO_DATA.format(title=city.title))]
    sums, years = totals(material.ledger, city), by_year(material, city)
    told = (
        f"{count(sums['rows_read'])} rows of {len(files)} {'file' if len(files) == 1 else 'files'} were read: "
        f"{count(sums['rows_accepted'])} accepted, {count(sums['rows_superseded'])} superseded by other versions, "
        f"{count(sums['rows_quarantined'])} refused."
    )
    pieces: list[Piece] = [Text(told)]
    if not years:
        return [*pieces, Missing("The years have not been counted. Run the describe stage.")]
    gap = absent(years)
    pieces.append(
        Text(
            f"Reports of {period(material, city)}; marked incomplete: {incomplete(years) or 'none'}"
            + (f"; none in {gap}." if gap else ".")
        )
    )
    return [*pieces, Text("More about the data: the datasheet of the city, beside this card.")]


def _of_contest(material: Material, city: City, contest: Contest, among: list[Contest]) -> Section:
    held = standing(material, contest)
    where = f"{city.title}, {contest.task}"
    title = spelled(set_apart(contest, among) or f"{contest.protocol}, policy {contest.policy}")
    id_of = anchor("results", *contest.words)
    if not held.spans:
        return Section(id_of, title, (Missing(f"No {held.measure.title} is known. Run the evaluate stage."),))
    span = held.spans[-1]
    pieces: list[Piece] = [Text(said(held.task)), headline_table(held, held.spans[-6:], city, where)]
    pieces.append(latest_table(material.metrics, held, span, where))
    best = held.best(held.models or held.baselines, span)
    assert best is not None
    return Section(id_of, title, tuple(pieces), _explained(material, held, span, best[0], where, id_of))


def _explained(
    material: Material, held: Standing, span: Span, learner: str, where: str, id_of: str
) -> tuple[Section, ...]:
    contest = held.contest
    chosen = Text(
        f"Of {learner}, the best model of the latest year by {held.measure.title}, which favours it a little."
    )
    groups = (chosen, *fairness_pieces(material.fairness, contest, span, learner, where))
    goes_by = (chosen, *importance_pieces(material.importance, contest, span, learner, where))
    ages = tuple(drift_pieces(material.drift, contest, span, where))
    return (
        Section(f"{id_of}-groups", "How wrong it is, by group", groups),
        Section(f"{id_of}-importance", "What it goes by", goes_by),
        Section(f"{id_of}-drift", "How data and models age", ages),
    )


def _limits(material: Material, city: City, task: Task) -> Points:
    points = [
        ("Reports, not crime.", "What is never reported or recorded is not here, and how much that is differs."),
        ("Intervals speak for the year scored:", "they are over its days or weeks, not over other years."),
    ]
    if isinstance(task.grain, Panel) and city.delay_days:
        points.append(
            (
                "Late data.",
                f"The city publishes {city.delay_days} days late: results without delay could not have been forecasts.",
            )
        )
    met: dict[Span, tuple[str, ...]] = {}
    for contest in contests(material, city):
        if contest.task == task.name:
            met |= standing(material, contest).events
    lines = footnotes(met, sorted(met), city).lines
    points += [("Event:", line.partition(" ")[2]) for line in lines]
    return Points(tuple(points))
