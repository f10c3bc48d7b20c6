"""What is predicted, declared once and refused when it is declared if a feature leaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crime_spark.features.feature import Feature, refusals
from crime_spark.features.history import History
from crime_spark.features.keys import KEYS
from crime_spark.features.past import Past, past_columns
from crime_spark.features.recent_periods import SERIES
from crime_spark.kinds import Kind, MultiClass
from crime_spark.schemas import INCIDENTS, examples_table
from crime_spark.settings import FeatureSettings, Policy
from crime_spark.table import Table
from crime_spark.tasks.grain import Grain, Panel

# SQL, or what makes it of the settings.
Label = str | Callable[[FeatureSettings], str]


@dataclass(frozen=True)
class Task:
    """A question, its label as SQL over silver/incidents, and what is allowed to answer it.

    target is the column of silver/incidents that the label tells of. Incidents for which `where` does not hold or whose
    label is NULL are no examples; of a panel, they are not counted, and the label of a period is the sum of its
    incidents' labels. features and histories are what the policy `fair` allows; `full` adds `demographic`. Histories
    are of the label, or of a multi-class one, of the classes in history_of. crossed names categories that a linear
    learner also sees in pairs. unit is what a label that is a number counts. Only what is default is predicted unless
    tasks are named; what is not publishable is for research alone.

    Raises:
        ValueError: a feature or the key of a history is known only after the report, determines the target, is
            demographic without allow_demographic, or is declared twice; or what belongs to the other grain is declared.
    """

    name: str
    question: str
    grain: Grain
    kind: Kind
    target: str
    label: Label
    features: tuple[Feature, ...]
    histories: tuple[History, ...] = ()
    history_of: tuple[str, ...] = ()
    demographic: tuple[Feature, ...] = ()
    crossed: tuple[str, ...] = ()
    where: str = "true"
    unit: str = "incidents"
    allow_demographic: bool = False
    publishable: bool = True
    default: bool = False

    def __post_init__(self) -> None:
        INCIDENTS[self.target]
        keys = [KEYS[name] for name in dict.fromkeys(name for history in self.histories for name in history.by)]
        faults = refusals((*self.features, *keys), self.target, self.allow_demographic)
        faults += refusals(self.demographic, self.target, allow_demographic=True)
        names = [feature.name for feature in self.inputs("full")]
        faults += [f"{name} is declared twice" for name in sorted({n for n in names if names.count(n) > 1})]
        if not names:
            faults.append("it has no features")
        faults += [f"crossed {name} is no category" for name in self.crossed if name not in self._categories]
        faults += self._faults_of_kind()
        if faults:
            raise ValueError(f"task {self.name} is refused: {'; '.join(faults)}")

    def _faults_of_kind(self) -> list[str]:
        faults = []
        if isinstance(self.grain, Panel) and self.histories:
            faults.append("a panel has its own past, no histories")
        if self.kind.is_ranked and not isinstance(self.grain, Panel):
            faults.append("only units of a panel can be ranked")
        classes = self.kind.classes if isinstance(self.kind, MultiClass) else ()
        faults += [f"history of {name}, which is no class" for name in self.history_of if name not in classes]
        if classes and self.histories and not self.history_of:
            faults.append("histories of no class")
        return faults

    @property
    def _categories(self) -> set[str]:
        return {feature.name for feature in self.features if feature.kind == "category"}

    @property
    def has_series(self) -> bool:
        """Whether its examples hold the last periods one by one: a few areas do, thousands of cells do not."""
        return isinstance(self.grain, Panel) and self.grain.by == "area" and self.grain.hours == 24

    @property
    def past(self) -> tuple[Feature, ...]:
        """What is known of earlier incidents, columns that the examples stage computes."""
        if isinstance(self.grain, Panel):
            seen = past_columns(Past(self.grain.hours), incidents=self.label != COUNT, near=self.kind.is_ranked)
            numbers = tuple(Feature.of_the_past(name, comment) for name, comment in seen.items())
            series = SERIES if self.has_series else {}
            return (*numbers, *(Feature.of_the_past(name, comment, "series") for name, comment in series.items()))
        ends = self.history_of or ("",)
        return tuple(
            Feature.of_the_past(name, f"of earlier incidents with the same {', '.join(history.by)}")
            for history in self.histories
            for name in history.columns(ends)
        )

    @property
    def odds(self) -> dict[str, str]:
        """Each column with log-odds of a history -> the column with the count of the incidents that they are of."""
        each = (history.columns(self.history_of or ("",)) for history in self.histories)
        return {name: count for *odds, count in each for name in odds}

    def inputs(self, policy: Policy) -> tuple[Feature, ...]:
        """Every feature that the policy allows, each a column of the examples."""
        return (*self.features, *self.past, *(self.demographic if policy == "full" else ()))

    def label_sql(self, settings: FeatureSettings) -> str:
        """SQL over silver/incidents for the label of one."""
        return self.label if isinstance(self.label, str) else self.label(settings)

    @property
    def examples(self) -> Table:
        """The table gold/examples_<name>."""
        return examples_table(self.name, (feature.column for feature in self.inputs("full")))


COUNT = "1D"  # the label of a panel that counts incidents
