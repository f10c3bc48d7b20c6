"""What is not done, by the name it has in gold/leakage, so that the audit can say what it would have gained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crime_spark.cities.city import City
from crime_spark.features.circumstance import (
    OFFENSE_CODE,
    OFFENSE_GROUP,
    VICTIM_AGE,
    VICTIM_SEX,
    WEAPON,
    WEAPON_GROUP,
)
from crime_spark.features.feature import Feature, refusals
from crime_spark.features.keys import KEYS
from crime_spark.features.severity import USES, Variant
from crime_spark.schemas import INCIDENTS
from crime_spark.settings import Policy
from crime_spark.tasks.area_severity import LABELS
from crime_spark.tasks.counted import ARREST_ONLY, VICTIM_REPORTED
from crime_spark.tasks.grain import Incident, Panel
from crime_spark.tasks.task import Task

# What is kept of a report's status is whether it led to an arrest.
ARREST = Feature("arrest", "category", "arrest", ("arrest",), "an arrest is recorded")
MO_CODES = Feature("mo_codes", "codes", "mo_codes", ("mo_codes",), "modus operandi codes")
VICTIM_DESCENT = Feature("victim_descent", "category", "victim_descent", ("victim_descent",), "victim's descent")

GROUPS: Mapping[str, tuple[Feature, ...]] = {
    "arrest": (ARREST,),
    "mo_codes": (MO_CODES,),
    "offense_code": (OFFENSE_CODE,),
    "offense_group": (OFFENSE_GROUP,),
    "weapon": (WEAPON, WEAPON_GROUP),
    "demographics": (VICTIM_AGE, VICTIM_SEX, VICTIM_DESCENT),
}

NOTHING = "nothing"


@dataclass(frozen=True)
class Trial:
    """A model fitted otherwise than it should be.

    task is what the examples are of: the audited one, or one that counts or weighs otherwise. features are what is
    fitted, those of added being columns that examples do not have. at_random: rows are not split by time. gains are the
    metrics that can be set against the honest model's; paired says whether both are judged on the same resamples.
    """

    name: str
    task: Task
    features: tuple[Feature, ...]
    added: tuple[Feature, ...] = ()
    at_random: bool = False
    gains: tuple[str, ...] = ()
    paired: bool = True
    demographic: bool = False


def trials(task: Task, city: City, policy: Policy) -> list[Trial]:
    """Everything that is tried for the task in the city, the honest model, NOTHING, first."""
    honest = task.inputs(policy)
    metrics = tuple(metric.name for metric in task.kind.audited())
    found = [Trial(NOTHING, task, honest, gains=metrics, paired=False)]
    for name, features in GROUPS.items():
        # In the examples a column of that name may be there, hidden.
        added = tuple(replace(f, name=f"added_{f.name}") for f in features if is_forbidden(f, task, city, policy))
        if added:
            described = any(feature.column.demographic for feature in added)
            found.append(Trial(name, task, (*honest, *added), added, gains=metrics, demographic=described))
    placeless = _without_places(task, policy)
    if 0 < len(placeless) < len(honest):
        found.append(Trial("without_places", task, placeless, gains=metrics))
    found.append(Trial("random_split", task, honest, at_random=True, gains=metrics, paired=False))
    return [*found, *_counted_otherwise(task, honest), *_weighed_otherwise(task, honest)]


def is_forbidden(feature: Feature, task: Task, city: City, policy: Policy) -> bool:
    """Whether the feature is kept from the task: refused, hidden in this city, or demographic and not of the policy.

    The label itself is not: what it would gain needs no model. Units of panels have no such features at all.
    """
    if task.target in feature.uses or not isinstance(task.grain, Incident):
        return False
    allowed = {each.name for each in task.inputs(policy)}
    hidden = any(task.target in city.reveals.get(column, ()) for column in feature.uses)
    withheld = feature.column.demographic and feature.name not in allowed
    return hidden or withheld or bool(refusals((feature,), task.target, task.allow_demographic))


def _without_places(task: Task, policy: Policy) -> tuple[Feature, ...]:
    """The task's features but those that tell where it was, and the past of what is looked up by places.

    The past of a panel's unit stays: it is what there is.
    """
    ends = task.history_of or ("",)
    placed = [history for history in task.histories if any(KEYS[name].column.proxy for name in history.by)]
    gone = {name for history in placed for name in history.columns(ends)}
    return tuple(each for each in task.inputs(policy) if not each.column.proxy and each.name not in gone)


def _counted_otherwise(task: Task, honest: tuple[Feature, ...]) -> list[Trial]:
    """With the offenses that exist because of an arrest, and those that are proxies, where the task leaves them out."""
    where = task.where.replace(f"NOT coalesce({ARREST_ONLY}, false)", "true").replace(VICTIM_REPORTED, "true")
    if where == task.where:
        return []
    # Of a panel, periods and resamples are the same, what is counted in them is not; of incidents there are more.
    panel = isinstance(task.grain, Panel)
    # In the unit of the label, a metric of a count that counts more is larger, which says nothing.
    gains = tuple(metric.name for metric in task.kind.audited() if metric.unit != "label")
    return [Trial("all_groups", replace(task, where=where), honest, gains=gains, paired=panel)]


def _weighed_otherwise(task: Task, honest: tuple[Feature, ...]) -> list[Trial]:
    """By the other variants of the severity scale. Numbers by different ones are not compared: nothing is gained."""
    if task.label is not LABELS["weapon"]:
        return []
    return [
        Trial(
            f"severity_{variant}",
            replace(task, label=LABELS[variant]),
            honest,
            demographic=_describes(variant),
        )
        for variant in LABELS
        if LABELS[variant] is not task.label
    ]


def _describes(variant: Variant) -> bool:
    return any(INCIDENTS[column].demographic for column in USES[variant])
