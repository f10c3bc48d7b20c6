"""Treatments of training rows with rare classes, and the correction of the resulting probabilities.

A treated learner is a further learner; docs/rare_classes.md says what to expect.
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

# A class keeps at least this number of rows, because fewer are not enough for a fit.
LEAST_DRAWN = 100


class ClassRows(NamedTuple):
    """The distinct rows of a class, and the number of training rows that they represent."""

    rows: int
    weight: float


# the rows of each label that occurs
Classes = Mapping[int, ClassRows]


@dataclass(frozen=True)
class Treatment:
    """A change of prepared training rows that makes the numbers of rows of classes more similar.

    Attributes:
        name: end of the names of treated learners.
        apply: (rows, classes, settings, seed) to rows with the same columns label, features and weight; lazy.
        settings: settings of the treatment, in addition to those of the learner.
        space: values of its settings that the tuner may try.
        wants: encodings that it can treat; empty for all.
        packages: see Learner.
    """

    name: str
    apply: Callable[[DataFrame, Classes, Settings, int], DataFrame]
    settings: Settings = field(default_factory=dict, hash=False)
    space: Mapping[str, Space] = field(default_factory=dict, hash=False)
    wants: tuple[Wants, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict, hash=False)


class Balanced(Estimator[PipelineModel]):
    """The estimator of a learner, fitted on treated rows. Its `probability` is corrected for rows without treatment."""

    def __init__(self, learner: Learner, treatment: Treatment, shape: Shape, settings: Settings, seed: int) -> None:
        super().__init__()
        self.learner = learner
        self.treatment = treatment
        self.shape = shape
        self.settings = settings
        self.seed = seed

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        rows = dataset.select("label", VECTOR, WEIGHT)
        before = rows_by_class(rows)
        treated = self.treatment.apply(rows, before, self.settings, self.seed).persist()
        try:
            after = rows_by_class(treated)
            shape = replace(self.shape, rows=round(sum(rows_of_class.weight for rows_of_class in after.values())))
            settings = {name: self.settings[name] for name in self.learner.settings}
            model: Any = self.learner.build(shape, settings, self.seed).fit(treated)
        finally:
            treated.unpersist()
        stages = model.stages if isinstance(model, PipelineModel) else [model]
        classes = self.shape.classes if self.shape.kind is MultiClass else 2
        return PipelineModel([*stages, *corrected(before, after, classes)])


def treated(learner: Learner, treatment: Treatment) -> Learner:
    """The learner `<learner>_<treatment>`, which is for classes only and does not run by default.

    Raises:
        ValueError: the treatment does not support the encoding of the learner, or both have a setting of equal name.
    """
    name = f"{learner.name}_{treatment.name}"
    if treatment.wants and learner.wants not in treatment.wants:
        raise ValueError(f"learner {name}: {treatment.name} does not support the encoding {learner.wants}")
    if shared := sorted(set(learner.settings) & set(treatment.settings)):
        raise ValueError(
            f"learner {name}: learner and treatment must have different settings; both have {', '.join(shared)}"
        )

    def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
        """The estimator of the learner on treated rows. The treatment is part of the fit, on training rows only."""
        return Balanced(learner, treatment, shape, settings, seed)

    return replace(
        learner,
        name=name,
        build=build,
        in_task=None,  # a treatment works on a DataFrame
        kinds=tuple(kind for kind in learner.kinds if kind is not Regression),
        settings={**learner.settings, **treatment.settings},
        space={**learner.space, **treatment.space},
        packages={**learner.packages, **treatment.packages},
        treatment=treatment.name,
        default=False,
    )


def rows_by_class(rows: DataFrame) -> dict[int, ClassRows]:
    """The rows of each class, from the columns label and weight."""
    counted = rows.groupBy("label").agg(F.count(F.lit(1)).alias("rows"), F.sum(WEIGHT).alias(WEIGHT)).collect()
    return {int(row["label"]): ClassRows(row["rows"], row[WEIGHT]) for row in sorted(counted)}


def weigh_classes(rows: DataFrame, before: Classes, settings: Settings, seed: int) -> DataFrame:
    """All rows, with weights that give all classes equal totals and do not change the overall total."""
    total = sum(rows_of_class.weight for rows_of_class in before.values())
    factors = {label: total / (len(before) * rows_of_class.weight) for label, rows_of_class in before.items()}
    return rows.withColumn(WEIGHT, F.col(WEIGHT) * _by_label(factors))


def undersample(rows: DataFrame, before: Classes, settings: Settings, seed: int) -> DataFrame:
    """Reduce each class, by the hash of its rows, to about timesRarest times the rarest class."""
    least = max(min(rows_of_class.weight for rows_of_class in before.values()) * settings["timesRarest"], LEAST_DRAWN)
    return rows.where(drawn({label: least / rows_of_class.weight for label, rows_of_class in before.items()}, seed))


def drawn(shares: Mapping[int, float], seed: int) -> Column:
    """Whether a row is in the share of its class, by the hash of its features, label and seed; 1 or more keeps all."""
    parts = {label: parts_of(share) for label, share in shares.items()}
    return in_parts(F.xxhash64(F.lit(seed), F.col("label"), F.col(VECTOR)), _by_label(parts))


def _by_label(values: Mapping[int, float]) -> Column:
    chosen = F.lit(None)
    for label, value in values.items():
        chosen = F.when(F.col("label") == label, F.lit(value)).otherwise(chosen)
    return chosen


def corrected(before: Classes, after: Classes, classes: int) -> list[Transformer]:
    """Stages that correct `probability` for the shares of classes before the treatment.

    The probability of each class is multiplied by its share before and divided by its share after the treatment, and
    all are normalized. For two classes this is theorem 2 of Elkan 2001 (The Foundations of Cost-Sensitive Learning),
    for several Saerens, Latinne and Decaestecker 2002 (Adjusting the Outputs of a Classifier to New a Priori
    Probabilities). A class that is missing before or after is not corrected.
    """
    total = {
        index: sum(rows_of_class.weight for rows_of_class in side.values())
        for index, side in enumerate((before, after))
    }
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
