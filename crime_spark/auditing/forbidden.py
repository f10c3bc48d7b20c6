"""What is forbidden, by its name in gold/leakage. The audit measures what it would have gained."""

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

# The only part of a report's status in silver/incidents is whether it led to an arrest.
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
    """A variant of the usual model that breaks a rule.

    Attributes:
        name: name in gold/leakage.
        task: the audited task, or a variant of it that counts or weights incidents differently.
        features: features of the model.
        added: those of them that are not columns of the examples.
        at_random: rows are split at random instead of by time.
        gains: metrics that can be compared with those of the usual model.
        paired: both models are judged on the same resamples.
        demographic: the trial uses demographic columns.
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
    """All trials of the task in the city; the first is the usual model, NOTHING."""
    usual = task.inputs(policy)
    metrics = tuple(metric.name for metric in task.kind.audited())
    all_trials = [Trial(NOTHING, task, usual, gains=metrics, paired=False)]
    for name, features in GROUPS.items():
        # The examples may have a hidden column of that name.
        added = tuple(replace(f, name=f"added_{f.name}") for f in features if is_forbidden(f, task, city, policy))
        if added:
            demographic = any(feature.column.demographic for feature in added)
            all_trials.append(Trial(name, task, (*usual, *added), added, gains=metrics, demographic=demographic))
    placeless = _without_places(task, policy)
    if 0 < len(placeless) < len(usual):
        all_trials.append(Trial("without_places", task, placeless, gains=metrics))
    all_trials.append(Trial("random_split", task, usual, at_random=True, gains=metrics, paired=False))
    return [*all_trials, *_with_all_groups(task, usual), *_with_other_severity(task, usual)]


def is_forbidden(feature: Feature, task: Task, city: City, policy: Policy) -> bool:
    """Whether the task must not use the feature: refused, hidden in this city, or demographic and not in the policy.

    The label itself and all features of panels return False: a model with the label needs no measurement, and units of
    panels do not have these features.
    """
    if task.target in feature.uses or not isinstance(task.grain, Incident):
        return False
    allowed = {feature_of_task.name for feature_of_task in task.inputs(policy)}
    hidden = any(task.target in city.reveals.get(column, ()) for column in feature.uses)
    withheld = feature.column.demographic and feature.name not in allowed
    return hidden or withheld or bool(refusals((feature,), task.target, task.allow_demographic))


def _without_places(task: Task, policy: Policy) -> tuple[Feature, ...]:
    """The features of the task without places and without histories by place. The past of a panel's unit is kept."""
    ends = task.history_of or ("",)
    by_place = [history for history in task.histories if any(KEYS[name].column.proxy for name in history.by)]
    removed = {name for history in by_place for name in history.columns(ends)}
    return tuple(feature for feature in task.inputs(policy) if not feature.column.proxy and feature.name not in removed)


def _with_all_groups(task: Task, usual: tuple[Feature, ...]) -> list[Trial]:
    """The trial with arrest-only offenses and proxy offenses, if the task excludes them."""
    where = task.where.replace(f"NOT coalesce({ARREST_ONLY}, false)", "true").replace(VICTIM_REPORTED, "true")
    if where == task.where:
        return []
    # Panels have the same periods and resamples with other counts. Tasks of incidents have more rows.
    panel = isinstance(task.grain, Panel)
    # A larger count has larger errors in the unit of the label, so these metrics cannot be compared.
    gains = tuple(metric.name for metric in task.kind.audited() if metric.unit != "label")
    return [Trial("all_groups", replace(task, where=where), usual, gains=gains, paired=panel)]


def _with_other_severity(task: Task, usual: tuple[Feature, ...]) -> list[Trial]:
    """Trials with the other variants of the severity scale. Their metrics cannot be compared, so `gains` is empty."""
    if task.label is not LABELS["weapon"]:
        return []
    return [
        Trial(
            f"severity_{variant}",
            replace(task, label=LABELS[variant]),
            usual,
            demographic=_describes(variant),
        )
        for variant in LABELS
        if LABELS[variant] is not task.label
    ]


def _describes(variant: Variant) -> bool:
    return any(INCIDENTS[column].demographic for column in USES[variant])
