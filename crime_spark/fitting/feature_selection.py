"""Which features are kept, told by the training rows handed in and no others."""

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
from crime_spark.fitting.blocks import Known, Ready
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
# Trees that tell what is important are few and shallow: they only put features in an order.
_TREES, _DEPTH, _BINS = 20, 8, 64


@dataclass(frozen=True)
class Selection:
    """A way to choose features, and the share of them that is kept. Written `univariate:0.5`.

    Raises:
        UsageError: there is no such way, or the share is not above 0 and at most 1.
    """

    way: str
    share: float

    def __post_init__(self) -> None:
        if self.way not in WAYS or not 0 < self.share <= 1:
            raise UsageError(f"no selection of features: {self}; ways: {', '.join(WAYS)}; a share above 0 up to 1")

    @classmethod
    def read(cls, text: str) -> Selection:
        """From how it is written.

        Raises:
            UsageError: it is not written so.
        """
        way, _, share = text.partition(":")
        try:
            return cls(way, float(share))
        except ValueError as error:
            raise UsageError(f"no selection of features: {text!r}; write one as univariate:0.5") from error

    def __str__(self) -> str:
        return f"{self.way}:{self.share:g}"

    def kept(self, order: Sequence[str], needed: Sequence[str] = ()) -> list[str]:
        """The first names of the order, rounded up to at least one, and those that are needed wherever they stand."""
        first = list(order[: ceil(self.share * len(order))])
        return [*first, *(name for name in order if name in needed and name not in first)]


def selected(cell: Cell, training: DataFrame, known: Known, settings: Settings) -> list[Feature] | None:
    """The features that the cell's selection keeps, told by these training rows; None if it has no selection."""
    if not cell.selection:
        return None
    chosen = Selection.read(cell.selection)
    seen = seen_by(cell.learner.wants, cell.task.inputs(cell.policy))
    kept = chosen.kept(in_order(training, known, cell.task, seen, chosen.way, settings), cell.learner.needs)
    return [feature for feature in seen if feature.name in kept]


def in_order(
    training: DataFrame, known: Known, task: Task, features: Sequence[Feature], way: str, settings: Settings
) -> list[str]:
    """Names of the features that have a value, the most telling first, by these examples of the task alone.

    known is what has been counted of them.

    univariate: by the share of the label's variation that each tells, see `univariate`. importance: by how much the
    splits of a random forest on it reduce impurity, summed over the places that it has in the vector; a feature that no
    tree uses comes last, in the order of the names. What a feature tells beside others only the latter sees. No series
    is among the features.

    Raises:
        CrimeSparkError: no feature has a value in any of the rows.
    """
    held = usable(features, known.recorded)
    if not held:
        raise CrimeSparkError(f"{task.name}: no feature has a value, there is nothing to select from")
    target = target_of(training, task.kind, known.mean)
    # Of units to be ranked counts are what most learners are fitted on.
    kind = Regression if task.kind.is_number else type(task.kind)
    if way == UNIVARIATE:
        rows = target.for_fitting(target.in_universe(target.labelled(training)), kind)
        return [each.feature for each in univariate(rows, held, kind)]
    with closing(Ready(task, target, training, held, settings)) as ready:
        told = _importance(ready.prepared("indices", kind), held, kind, settings)
    return sorted((each.name for each in held), key=lambda name: (-told.get(name, 0.0), name))


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
    told: dict[str, float] = defaultdict(float)
    for name, value in zip(places(prepared.stages, features), by_place, strict=True):
        told[name] += float(value)
    return dict(told)


def places(stages: Sequence[Transformer], features: Sequence[Feature]) -> list[str]:
    """The feature that each place of a vector of `indices` is of: categories, then numbers, then codes."""
    names = [feature.name for kind in ("category", "number") for feature in features if feature.kind == kind]
    for stage in stages:
        if isinstance(stage, CountVectorizerModel):
            names += [stage.getOutputCol().removesuffix("_codes")] * len(stage.vocabulary)
    return names
