"""Classifiers of several classes. Their models consist of MLlib stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, count
from typing import Any

from pyspark import inheritable_thread_target
from pyspark.ml import Estimator, Model, PipelineModel, Transformer
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import Normalizer, SQLTransformer, VectorAssembler, VectorSlicer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.learners.estimators.batch_model import places
from crime_spark.sampling import in_parts

# The most classes that are fitted at the same time; each has its own binned rows in memory.
MOST_TOGETHER = 4
# One of this number of rows is held out from the classifier for the calibration of its margins.
HELD_OUT = 10
# The probability of a class without training rows; with 0 the log loss would be infinite.
FLOOR = 1e-9


def _silent(done: int, classes: int) -> None:
    """Ignore progress."""


class OfClasses(Estimator[Any]):
    """An estimator that gets the number of classes. Without it, MLlib counts up to the last class in the rows."""

    def __init__(self, estimator: Estimator[Any], classes: int) -> None:
        super().__init__()
        self.estimator = estimator
        self.classes = classes

    def _fit(self, dataset: DataFrame) -> Model:
        metadata = {"ml_attr": {"type": "nominal", "num_vals": self.classes}}
        fitted: Model = self.estimator.fit(dataset.withMetadata("label", metadata))
        return fitted


class ClassesInPlace(Estimator[PipelineModel]):
    """A classifier whose model has positions only for classes in its rows; missing classes get FLOOR here."""

    def __init__(self, classifier: Any, classes: int) -> None:
        super().__init__()
        self.classifier = classifier
        self.classes = classes

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        present = sorted(int(row["label"]) for row in dataset.select("label").distinct().collect())
        model = self.classifier.fit(dataset)
        if absent := [label for label in range(self.classes) if label not in present]:
            model.setProbabilityCol("_found")
            floors = ", ".join(f"{FLOOR!r}D AS _absent_{label}" for label in absent)
            columns = ["_found", *(f"_absent_{label}" for label in absent)]
            places = [[*present, *absent].index(label) for label in range(self.classes)]
            constants = SQLTransformer(statement=f"SELECT *, {floors} FROM __THIS__")
            return PipelineModel([model, constants, *_normalized(columns, places)])
        return PipelineModel([model])


class OneVsRest(Estimator[PipelineModel]):
    """A classifier for each class against all others, with a calibrated `probability` that sums to 1.

    MLlib's OneVsRest has no probability. Here one of HELD_OUT rows, by the hash of its features, is held out from the
    classifier. On these rows a logistic regression turns the margin into a probability (Platt 1999, Probabilistic
    Outputs for Support Vector Machines), with the targets (n + 1) / (n + 2) for the n rows of the class and 1 / (n + 2)
    for the n others, so that few separable rows do not make it overconfident. The probabilities of all classes are
    normalized. With two classes, only the second is fitted. If the rows of either part are all or none of the class,
    classifier and calibration are fitted on all rows. A class without training rows gets FLOOR.

    Several classes are fitted at the same time on cached rows, at most MOST_TOGETHER.

    Args:
        classifier: estimator on features, label and weight.
        classes: the number of classes.

    Attributes:
        report: called with the number of finished classes and of all classes, from several threads.
    """

    def __init__(self, classifier: Any, classes: int) -> None:
        super().__init__()
        self.classifier = classifier
        self.classes = classes
        self.report: Callable[[int, int], None] = _silent

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        is_held_out = in_parts(F.xxhash64("features"), 1, HELD_OUT)
        rows = dataset.select("features", "label", "weight", is_held_out.alias("_held")).persist()
        try:
            counted = rows.groupBy("label", "_held").agg(F.sum("weight").alias("n")).collect()
            counts = {(int(row["label"]), row["_held"]): row["n"] for row in counted}
            fitted = range(1, 2) if self.classes == 2 else range(self.classes)
            fitted_classes = self._of_classes(rows, fitted, counts)
        finally:
            rows.unpersist()
        stages = [stage for stages, _, _ in fitted_classes for stage in stages]
        columns = [share for _, share, _ in fitted_classes]
        ends = accumulate(size for _, _, size in fitted_classes)
        if self.classes > 2:
            return PipelineModel([*stages, *_normalized(columns, [end - 1 for end in ends])])
        if fitted_classes[0][2] == 1:
            stages.append(SQLTransformer(statement=f"SELECT *, 1D - {columns[0]} AS _rest FROM __THIS__"))
            columns = ["_rest", *columns]
        return PipelineModel([*stages, VectorAssembler(inputCols=columns, outputCol="probability")])

    def _of_classes(
        self, rows: DataFrame, classes: Sequence[int], counts: Mapping[tuple[int, bool], float]
    ) -> list[tuple[list[Transformer], str, int]]:
        """The results of `_of_class` for each class, in order; several are fitted at the same time."""
        numbers = count(1)

        def fit(label: int) -> tuple[list[Transformer], str, int]:
            fitted = self._of_class(rows, label, counts)
            self.report(next(numbers), len(classes))
            return fitted

        threads = max(1, min(MOST_TOGETHER, places(rows.sparkSession), len(classes)))
        with ThreadPoolExecutor(threads) as pool:
            # If a class fails, no further class is started.
            jobs = [pool.submit(inheritable_thread_target(rows.sparkSession)(fit), label) for label in classes]
            try:
                return [job.result() for job in jobs]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _of_class(
        self, rows: DataFrame, target_class: int, counts: Mapping[tuple[int, bool], float]
    ) -> tuple[list[Transformer], str, int]:
        """Stages, their output column, and its number of positions; the class is in the last position."""
        inside = [counts.get((target_class, held_out), 0) for held_out in (False, True)]
        outside = [
            sum(n for (label, is_held_out), n in counts.items() if label != target_class and is_held_out is held_out)
            for held_out in (False, True)
        ]
        share = f"_share_{target_class}"
        if not sum(inside) or not sum(outside):
            constant = 1.0 if sum(inside) else FLOOR
            return [SQLTransformer(statement=f"SELECT *, {constant!r}D AS {share} FROM __THIS__")], share, 1
        this = rows.withColumn("label", F.expr(f"CAST(label = {target_class} AS DOUBLE)"))
        both = all(inside) and all(outside)
        # A copy, because other threads use the classifier at the same time.
        model = self.classifier.copy().fit(this.where("NOT _held") if both else this)
        model.setRawPredictionCol(f"_margin_{target_class}").setPredictionCol("")
        if model.hasParam("probabilityCol"):
            model.setProbabilityCol("")
        platt = LogisticRegression(
            featuresCol=f"_margin_{target_class}",
            weightCol="weight",
            rawPredictionCol="",
            predictionCol="",
            probabilityCol=share,
            regParam=1e-6,  # makes the fit unique, because the features are the margin and its negative
        )
        margins = model.transform(this.where("_held") if both else this)
        n, others = (inside[1], outside[1]) if both else (sum(inside), sum(outside))
        target = f"IF(label = 1, {(n + 1) / (n + 2)!r}D, {1 / (others + 2)!r}D)"
        of_it, of_others = f"weight * {target} AS weight", f"weight * (1 - {target}) AS weight"
        shared = f"array(struct(1D AS label, {of_it}), struct(0D AS label, {of_others}))"
        soft = margins.select(f"_margin_{target_class}", F.inline(F.expr(shared)))
        return [model, platt.fit(soft)], share, 2


def _normalized(columns: Sequence[str], places: Sequence[int]) -> list[Transformer]:
    """Stages to `probability`: the given positions of the assembled columns, normalized."""
    together = VectorAssembler(inputCols=list(columns), outputCol="_both")
    ones = VectorSlicer(inputCol="_both", outputCol="_shares", indices=list(places))
    return [together, ones, Normalizer(p=1.0, inputCol="_shares", outputCol="probability")]
