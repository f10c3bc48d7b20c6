"""The declaration of a task. It is refused if a feature leaks."""

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

# SQL, or a function from the settings to SQL.
Label = str | Callable[[FeatureSettings], str]


@dataclass(frozen=True)
class Task:
    """A question, its label as SQL over silver/incidents, and the features that may answer it.

    Attributes:
        name: name in settings, tables and paths.
        question: the question, for pages.
        grain: what an example is.
        kind: the kind of prediction.
        target: the column of silver/incidents that the label is computed from.
        label: SQL for the label of an incident. Incidents with the label NULL are not examples. In a panel they are not
            counted, and the label of a period is the sum of the labels of its incidents.
        features: features that the policy `fair` allows.
        histories: histories of the label, which the policy `fair` allows too.
        history_of: for a multiclass task, the classes that the histories are about.
        demographic: features that the policy `full` adds.
        crossed: categories whose pairs linear learners see too.
        where: SQL condition; other incidents are not examples, and are not counted in a panel.
        unit: the unit of a label that is a number.
        allow_demographic: features may be demographic.
        publishable: false for research only.
        default: the task runs without being named.

    Raises:
        ValueError: a feature or the key of a history is known only after the report, determines the target, is
            demographic without allow_demographic, or is declared twice; or a declaration does not fit grain or kind.
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
        faults += [f"crossed {name} is not a category" for name in self.crossed if name not in self._categories]
        faults += self._faults_of_kind()
        if faults:
            raise ValueError(f"task {self.name} is refused: {'; '.join(faults)}")

    def _faults_of_kind(self) -> list[str]:
        faults = []
        if isinstance(self.grain, Panel) and self.histories:
            faults.append("a panel has its own past and cannot have histories")
        if self.kind.is_ranked and not isinstance(self.grain, Panel):
            faults.append("only units of a panel can be ranked")
        classes = self.kind.classes if isinstance(self.kind, MultiClass) else ()
        faults += [f"history of {name}, which is not a class" for name in self.history_of if name not in classes]
        if classes and self.histories and not self.history_of:
            faults.append("histories need classes in history_of")
        return faults

    @property
    def _categories(self) -> set[str]:
        return {feature.name for feature in self.features if feature.kind == "category"}

    @property
    def has_series(self) -> bool:
        """Whether its examples have series of the last periods. Thousands of grid cells would make them too large."""
        return isinstance(self.grain, Panel) and self.grain.by == "area" and self.grain.hours == 24

    @property
    def past(self) -> tuple[Feature, ...]:
        """Features about earlier incidents, which the examples stage computes."""
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
        """The column with the log-odds of a history, to the column with its number of incidents."""
        columns = (history.columns(self.history_of or ("",)) for history in self.histories)
        return {name: count for *odds, count in columns for name in odds}

    def inputs(self, policy: Policy) -> tuple[Feature, ...]:
        """All features that the policy allows; each is a column of the examples."""
        return (*self.features, *self.past, *(self.demographic if policy == "full" else ()))

    def label_sql(self, settings: FeatureSettings) -> str:
        """SQL over silver/incidents for the label of an incident."""
        return self.label if isinstance(self.label, str) else self.label(settings)

    @property
    def examples(self) -> Table:
        """The table gold/examples_<name>."""
        return examples_table(self.name, (feature.column for feature in self.inputs("full")))


COUNT = "1D"  # label of a panel that counts incidents
