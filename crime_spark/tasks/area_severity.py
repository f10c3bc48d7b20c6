"""The severity of incidents in a police area on a day."""

from collections.abc import Mapping

from crime_spark.features.calendar import DAYS
from crime_spark.features.place import PANEL_AREA
from crime_spark.features.severity import VARIANTS, Variant, read_scale, severity
from crime_spark.kinds import Regression
from crime_spark.settings import FeatureSettings
from crime_spark.tasks.counted import VICTIM_REPORTED
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Label, Task


def _by(variant: Variant) -> Label:
    def label(settings: FeatureSettings) -> str:
        return severity(variant, read_scale(settings.severity_scale))

    return label


# Severities by different variants cannot be compared. Only the leakage audit uses variants other than the task's.
LABELS: Mapping[Variant, Label] = {variant: _by(variant) for variant in VARIANTS}


def _ahead(days: int) -> Task:
    when = "tomorrow" if days == 1 else f"{days} days ahead"
    return Task(
        name=f"area_severity_{days}d",
        question=f"How grave, by the published scale, is what will be reported from this police area {when}?",
        grain=Panel(by="area", hours=24, ahead=days),
        kind=Regression(),
        target="offense_group",
        label=LABELS["weapon"],
        where=VICTIM_REPORTED,
        unit="points of severity",
        features=(PANEL_AREA, *DAYS),
    )


AREA_SEVERITY_1D, AREA_SEVERITY_7D = _ahead(1), _ahead(7)
