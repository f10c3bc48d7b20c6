"""Selection of features, by the given training rows only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from math import ceil

from pyspark.ml import Transformer
from pyspark.ml.classification import RandomForestClassifier
from pyspark.ml.feature import CountVectorizerModel
from pyspark.ml.regression import RandomForestRegressor
from pyspark.sql import DataFrame

from crime_spark.errors import CrimeSparkError, UsageError
from crime_spark.features.feature import Feature
from crime_spark.fitting.blocks import Ready, TrainingCounts
from crime_spark.fitting.cells import Cell
from crime_spark.fitting.target import target_of
from crime_spark.fitting.univariate import univariate
from crime_spark.kinds import Kind, Regression
from crime_spark.settings import Settings
from crime_spark.tasks.task import Task
from crime_spark.vectors.preparation import VECTOR, WEIGHT, Prepared, seen_by, usable

UNIVARIATE, IMPORTANCE = "univariate", "importance"
WAYS = (UNIVARIATE, IMPORTANCE)
SHARES = (0.75, 0.5, 0.25, 0.1)
# A few shallow trees are enough to order features.
_TREES, _DEPTH, _BINS = 20, 8, 64


@dataclass(frozen=True)
class Selection:
    """A method of selection and the share of features to keep, as text `univariate:0.5`.

    Raises:
        UsageError: the method does not exist, or the share is not above 0 and at most 1.
    """

    way: str
    share: float

    def __post_init__(self) -> None:
        if self.way not in WAYS or not 0 < self.share <= 1:
            raise UsageError(f"feature selection {self}: expected {' or '.join(WAYS)} and a share above 0, at most 1")

    @classmethod
    def read(cls, text: str) -> Selection:
        """Parse a text such as `univariate:0.5`.

        Raises:
            UsageError: the text has another format.
        """
        way, _, share = text.partition(":")
        try:
            return cls(way, float(share))
        except ValueError as error:
            raise UsageError(f"feature selection {text!r}: expected a text such as univariate:0.5") from error

    def __str__(self) -> str:
        return f"{self.way}:{self.share:g}"

    def kept(self, order: Sequence[str], needed: Sequence[str] = ()) -> list[str]:
        """The first names in the order, rounded up to at least one, and all needed names."""
        first = list(order[: ceil(self.share * len(order))])
        return [*first, *(name for name in order if name in needed and name not in first)]


def selected(cell: Cell, training: DataFrame, counts: TrainingCounts, settings: Settings) -> list[Feature] | None:
    """The features that the selection of a cell keeps, by its training rows; None without a selection."""
    if not cell.selection:
        return None
    chosen = Selection.read(cell.selection)
    candidates = seen_by(cell.learner.wants, cell.task.inputs(cell.policy))
    kept = chosen.kept(in_order(training, counts, cell.task, candidates, chosen.way, settings), cell.learner.needs)
    return [feature for feature in candidates if feature.name in kept]


def in_order(
    training: DataFrame, counts: TrainingCounts, task: Task, features: Sequence[Feature], way: str, settings: Settings
) -> list[str]:
    """Sort the features with a value by their relevance, the most relevant first.

    Args:
        training: examples of the task.
        counts: the counts of these examples.
        task: the task.
        features: features, no series among them.
        way: univariate sorts by the explained share of the label's variation, see `univariate`. importance sorts by the
            impurity that splits of a random forest reduce, summed over the positions of a feature, and so includes
            interactions; unused features are last, sorted by name.
        settings: the settings.

    Raises:
        CrimeSparkError: no feature has a value in any row.
    """
    usable_features = usable(features, counts.recorded)
    if not usable_features:
        raise CrimeSparkError(f"{task.name}: cannot select features; none has a value in the training rows")
    target = target_of(training, task.kind, counts.mean)
    # For rankings, most learners are fitted on counts.
    kind = Regression if task.kind.is_number else type(task.kind)
    if way == UNIVARIATE:
        rows = target.for_fitting(target.in_universe(target.labelled(training)), kind)
        return [feature.feature for feature in univariate(rows, usable_features, kind)]
    with closing(Ready(task, target, training, usable_features, settings)) as ready:
        importance = _importance(ready.prepared("indices", kind), usable_features, kind, settings)
    return sorted((feature.name for feature in usable_features), key=lambda name: (-importance.get(name, 0.0), name))


def _importance(
    prepared: Prepared, features: Sequence[Feature], kind: type[Kind], settings: Settings
) -> dict[str, float]:
    forest = RandomForestRegressor if kind is Regression else RandomForestClassifier
    estimator = forest(
        featuresCol=VECTOR,
        labelCol="label",
        weightCol=WEIGHT,
        numTrees=_TREES,
        maxDepth=_DEPTH,
        maxBins=max(_BINS, prepared.categories),
        seed=settings.seed,
    )
    by_place = estimator.fit(prepared.rows).featureImportances.toArray()
    importance: dict[str, float] = defaultdict(float)
    for name, value in zip(places(prepared.stages, features), by_place, strict=True):
        importance[name] += float(value)
    return dict(importance)


def places(stages: Sequence[Transformer], features: Sequence[Feature]) -> list[str]:
    """The feature of each position in a vector of `indices`: categories, then numbers, then codes."""
    names = [feature.name for kind in ("category", "number") for feature in features if feature.kind == kind]
    for stage in stages:
        if isinstance(stage, CountVectorizerModel):
            names += [stage.getOutputCol().removesuffix("_codes")] * len(stage.vocabulary)
    return names
