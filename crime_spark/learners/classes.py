"""Classifiers of more than two classes. Their models are of MLlib's own stages, to be saved as all others."""

from __future__ import annotations

from typing import Any

from pyspark.ml import Estimator, Model, PipelineModel, Transformer
from pyspark.ml.classification import GBTClassifier, LogisticRegression
from pyspark.ml.feature import Normalizer, SQLTransformer, VectorAssembler, VectorSlicer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# One row in so many is kept from the trees, to see on it what their margins are worth.
HELD_OUT = 10
# Of a class without training rows: an impossible one would make the logarithm of its probability infinite.
FLOOR = 1e-9


class OfClasses(Estimator[Any]):
    """estimator told how many classes there are: by itself it counts up to the last one that the rows hold."""

    def __init__(self, estimator: Estimator[Any], classes: int) -> None:
        super().__init__()
        self.estimator = estimator
        self.classes = classes

    def _fit(self, dataset: DataFrame) -> Model:
        known = {"ml_attr": {"type": "nominal", "num_vals": self.classes}}
        fitted: Model = self.estimator.fit(dataset.withMetadata("label", known))
        return fitted


class OneVsRest(Estimator[PipelineModel]):
    """A classifier for each class against all others; `probability` is calibrated and sums to 1.

    MLlib's own OneVsRest has no probability. Here one row in HELD_OUT, chosen by the hash of its features, is kept from
    the trees: a logistic regression of whether it is of the class on the trees' margin (Platt 1999, Probabilistic
    Outputs for Support Vector Machines) makes a probability of the margin. Those of all classes are divided by their
    sum. A class of which either part of the rows holds none, or nothing else, is calibrated on the rows that it was
    fitted on, which are then all; one without training rows has FLOOR.

    classifier is fitted on features, label and weight, for one class after the other.
    """

    def __init__(self, classifier: GBTClassifier, classes: int) -> None:
        super().__init__()
        self.classifier = classifier
        self.classes = classes

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        held = F.expr(f"pmod(xxhash64(features), {HELD_OUT}) = 0")
        rows = dataset.select("features", "label", "weight", held.alias("_held")).persist()
        try:
            counted = rows.groupBy("label", "_held").count().collect()
            counts = {(int(row["label"]), row["_held"]): row["count"] for row in counted}
            stages: list[Transformer] = []
            columns: list[str] = []
            places = []
            width = 0
            for of in range(self.classes):
                made, share, size = self._of_class(rows, of, counts)
                stages += made
                columns.append(share)
                places.append(width + size - 1)
                width += size
        finally:
            rows.unpersist()
        together = VectorAssembler(inputCols=columns, outputCol="_both")
        ones = VectorSlicer(inputCol="_both", outputCol="_shares", indices=places)
        return PipelineModel([*stages, together, ones, Normalizer(p=1.0, inputCol="_shares", outputCol="probability")])

    def _of_class(
        self, rows: DataFrame, of: int, counts: dict[tuple[int, bool], int]
    ) -> tuple[list[Transformer], str, int]:
        """Stages, the column that they write, and how many places it has; the class stands in the last."""
        inside = [counts.get((of, held), 0) for held in (False, True)]
        outside = [sum(n for (label, at), n in counts.items() if label != of and at is held) for held in (False, True)]
        share = f"_share_{of}"
        if not sum(inside) or not sum(outside):
            sure = 1.0 if sum(inside) else FLOOR
            return [SQLTransformer(statement=f"SELECT *, {sure!r}D AS {share} FROM __THIS__")], share, 1
        this = rows.withColumn("label", F.expr(f"CAST(label = {of} AS DOUBLE)"))
        both = all(inside) and all(outside)
        trees = self.classifier.fit(this.where("NOT _held") if both else this)
        trees.setRawPredictionCol(f"_margin_{of}").setProbabilityCol("").setPredictionCol("")
        platt = LogisticRegression(
            featuresCol=f"_margin_{of}",
            weightCol="weight",
            rawPredictionCol="",
            predictionCol="",
            probabilityCol=share,
            regParam=1e-6,  # the margin and its negative are there: without a penalty their weights are not determined
        )
        return [trees, platt.fit(trees.transform(this.where("_held") if both else this))], share, 2
