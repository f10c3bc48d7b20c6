"""What may be done where some classes are rare: treatments of the training rows, and probabilities put right for them.

A treatment is never more than one learner beside another: docs/rare_classes.md says what to expect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pyspark.ml import Estimator, PipelineModel, Transformer
from pyspark.ml.feature import ElementwiseProduct, Normalizer, SQLTransformer
from pyspark.ml.linalg import Vectors
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.kinds import MultiClass, Regression
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Space
from crime_spark.sampling import in_parts, parts_of
from crime_spark.vectors.preparation import VECTOR, WEIGHT, Wants

# A class is not drawn down to fewer rows than these: nothing could be told from them.
LEAST_DRAWN = 100


class Held(NamedTuple):
    """What there is of a class: different rows, and the training rows that they stand for."""

    rows: int
    weight: float


# label -> what there is of it, of the labels that occur
Classes = Mapping[int, Held]


@dataclass(frozen=True)
class Treatment:
    """Makes of a cell's prepared training rows others of the same columns whose classes are more alike in number.

    apply is given the rows (label, features, weight), what there is of each class, the settings and the seed; it does
    no work by itself. settings are its own, beside those of the learner, and space what a tuner may try of them. wants
    are the vectors it can handle: all, if none is named.
    """

    name: str
    apply: Callable[[DataFrame, Classes, Settings, int], DataFrame]
    settings: Settings = field(default_factory=dict, hash=False)
    space: Mapping[str, Space] = field(default_factory=dict, hash=False)
    wants: tuple[Wants, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict, hash=False)


class Balanced(Estimator[PipelineModel]):
    """A learner's estimator, fitted on treated rows alone; `probability` is that of rows that were not treated."""

    def __init__(self, learner: Learner, treatment: Treatment, shape: Shape, settings: Settings, seed: int) -> None:
        super().__init__()
        self.learner = learner
        self.treatment = treatment
        self.shape = shape
        self.settings = settings
        self.seed = seed

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        rows = dataset.select("label", VECTOR, WEIGHT)
        before = held(rows)
        treated = self.treatment.apply(rows, before, self.settings, self.seed).persist()
        try:
            after = held(treated)
            shape = replace(self.shape, rows=round(sum(each.weight for each in after.values())))
            settings = {name: self.settings[name] for name in self.learner.settings}
            model: Any = self.learner.build(shape, settings, self.seed).fit(treated)
        finally:
            treated.unpersist()
        stages = model.stages if isinstance(model, PipelineModel) else [model]
        classes = self.shape.classes if self.shape.kind is MultiClass else 2
        return PipelineModel([*stages, *put_right(before, after, classes)])


def treated(learner: Learner, treatment: Treatment) -> Learner:
    """The learner with the treatment, as another one, `<learner>_<treatment>`: of classes alone, and not default.

    Raises:
        ValueError: it wants vectors that the treatment cannot handle, or both have a setting of the same name.
    """
    name = f"{learner.name}_{treatment.name}"
    if treatment.wants and learner.wants not in treatment.wants:
        raise ValueError(f"learner {name}: {treatment.name} cannot handle {learner.wants}")
    if twice := sorted(set(learner.settings) & set(treatment.settings)):
        raise ValueError(f"learner {name} has two settings of the name {', '.join(twice)}")

    def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
        """The learner's estimator on treated rows; the treatment is part of its fit, so that it sees no other rows."""
        return Balanced(learner, treatment, shape, settings, seed)

    return replace(
        learner,
        name=name,
        build=build,
        in_task=None,  # a treatment changes rows of a DataFrame
        kinds=tuple(kind for kind in learner.kinds if kind is not Regression),
        settings={**learner.settings, **treatment.settings},
        space={**learner.space, **treatment.space},
        packages={**learner.packages, **treatment.packages},
        treatment=treatment.name,
        default=False,
    )


def held(rows: DataFrame) -> dict[int, Held]:
    """What there is of each class in rows (label, weight)."""
    counted = rows.groupBy("label").agg(F.count(F.lit(1)).alias("rows"), F.sum(WEIGHT).alias(WEIGHT)).collect()
    return {int(row["label"]): Held(row["rows"], row[WEIGHT]) for row in sorted(counted)}


def weigh_classes(rows: DataFrame, before: Classes, settings: Settings, seed: int) -> DataFrame:
    """Every row, weighed so that all classes weigh as much, and all rows together as much as before."""
    total = sum(each.weight for each in before.values())
    factors = {label: total / (len(before) * each.weight) for label, each in before.items()}
    return rows.withColumn(WEIGHT, F.col(WEIGHT) * _by_label(factors))


def undersample(rows: DataFrame, before: Classes, settings: Settings, seed: int) -> DataFrame:
    """Each class drawn down, by the hash of its rows, to about timesRarest times the rarest one; that one is whole."""
    least = max(min(each.weight for each in before.values()) * settings["timesRarest"], LEAST_DRAWN)
    return rows.where(drawn({label: least / each.weight for label, each in before.items()}, seed))


def drawn(shares: Mapping[int, float], seed: int) -> Column:
    """Whether a row is among the share of its class (1 or more: all), by the hash of its features, label and seed."""
    parts = {label: parts_of(share) for label, share in shares.items()}
    return in_parts(F.xxhash64(F.lit(seed), F.col("label"), F.col(VECTOR)), _by_label(parts))


def _by_label(values: Mapping[int, float]) -> Column:
    chosen = F.lit(None)
    for label, value in values.items():
        chosen = F.when(F.col("label") == label, F.lit(value)).otherwise(chosen)
    return chosen


def put_right(before: Classes, after: Classes, classes: int) -> list[Transformer]:
    """Stages that make of `probability`, fitted on classes of the shares `after`, that of classes as they were before.

    p of each class times its share before over its share after, divided by their sum: of two classes it is theorem 2 of
    Elkan 2001 (The Foundations of Cost-Sensitive Learning), of more Saerens, Latinne and Decaestecker 2002 (Adjusting
    the Outputs of a Classifier to New a Priori Probabilities). A class that one of them lacks stays as it is.
    """
    total = {at: sum(each.weight for each in side.values()) for at, side in enumerate((before, after))}
    factors = [1.0] * classes
    for label in set(before) & set(after):
        factors[label] = (before[label].weight / total[0]) / (after[label].weight / total[1])
    if factors == [1.0] * classes:
        return []
    return [
        SQLTransformer(statement="SELECT * EXCEPT (probability), probability AS _treated FROM __THIS__"),
        ElementwiseProduct(scalingVec=Vectors.dense(factors), inputCol="_treated", outputCol="_weighed"),
        Normalizer(p=1.0, inputCol="_weighed", outputCol="probability"),
    ]


WEIGHTED = Treatment("weighted", weigh_classes)
UNDERSAMPLED = Treatment("undersampled", undersample, settings={"timesRarest": 1.0})
