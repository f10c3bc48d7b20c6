"""Classifiers of more than two classes. Their models are of MLlib's own stages, to be saved as all others."""

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

# So many classes are fitted at the same time, where as many tasks can run: each has its own binned rows in memory.
AT_ONCE = 4
# One row in so many is kept from a classifier, to see on it what its margins are worth.
HELD_OUT = 10
# Of a class without training rows: an impossible one would make the logarithm of its probability infinite.
FLOOR = 1e-9


def _silent(done: int, classes: int) -> None:
    """Nobody asked to be told how far the fit is."""


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


class ClassesInPlace(Estimator[PipelineModel]):
    """classifier whose model has a place for each class that the rows hold: here one for each, in their order.

    A class without training rows has FLOOR.
    """

    def __init__(self, classifier: Any, classes: int) -> None:
        super().__init__()
        self.classifier = classifier
        self.classes = classes

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        found = sorted(int(row["label"]) for row in dataset.select("label").distinct().collect())
        model = self.classifier.fit(dataset)
        if absent := [at for at in range(self.classes) if at not in found]:
            model.setProbabilityCol("_found")
            floors = ", ".join(f"{FLOOR!r}D AS _absent_{at}" for at in absent)
            columns = ["_found", *(f"_absent_{at}" for at in absent)]
            places = [[*found, *absent].index(at) for at in range(self.classes)]
            constants = SQLTransformer(statement=f"SELECT *, {floors} FROM __THIS__")
            return PipelineModel([model, constants, *_picked(columns, places)])
        return PipelineModel([model])


class OneVsRest(Estimator[PipelineModel]):
    """A classifier for each class against all others; `probability` is calibrated and sums to 1.

    MLlib's own OneVsRest has no probability. Here one row in HELD_OUT, chosen by the hash of its features, is kept from
    the classifier: a logistic regression of whether it is of the class on the margin (Platt 1999, Probabilistic
    Outputs for Support Vector Machines) makes a probability of the margin. Those of all classes are divided by their
    sum; of two classes the second alone is fitted. As there, a row is of the class by (n + 1) / (n + 2), one of the n
    others by 1 / (n + 2): few rows that a margin happens to part would make it sure of everything. A class of which
    either part of the rows holds none, or nothing else, is calibrated on the rows that it was fitted on, which are then
    all; one without training rows has FLOOR.

    classifier is fitted on features, label and weight. Classes are fitted on the same rows in memory, as many at a time
    as tasks can run, AT_ONCE at most. `report` is called with the number of classes that are done and of all, from
    several threads.
    """

    def __init__(self, classifier: Any, classes: int) -> None:
        super().__init__()
        self.classifier = classifier
        self.classes = classes
        self.report: Callable[[int, int], None] = _silent

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        held = in_parts(F.xxhash64("features"), 1, HELD_OUT)
        rows = dataset.select("features", "label", "weight", held.alias("_held")).persist()
        try:
            counted = rows.groupBy("label", "_held").agg(F.sum("weight").alias("n")).collect()
            counts = {(int(row["label"]), row["_held"]): row["n"] for row in counted}
            fitted = range(1, 2) if self.classes == 2 else range(self.classes)
            made = self._of_classes(rows, fitted, counts)
        finally:
            rows.unpersist()
        stages = [stage for stages, _, _ in made for stage in stages]
        columns = [share for _, share, _ in made]
        ends = accumulate(size for _, _, size in made)
        if self.classes > 2:
            return PipelineModel([*stages, *_picked(columns, [end - 1 for end in ends])])
        if made[0][2] == 1:
            stages.append(SQLTransformer(statement=f"SELECT *, 1D - {columns[0]} AS _rest FROM __THIS__"))
            columns = ["_rest", *columns]
        return PipelineModel([*stages, VectorAssembler(inputCols=columns, outputCol="probability")])

    def _of_classes(
        self, rows: DataFrame, classes: Sequence[int], counts: Mapping[tuple[int, bool], float]
    ) -> list[tuple[list[Transformer], str, int]]:
        """What `_of_class` gives for each of these, in their order, several of them fitted at the same time."""
        done = count(1)

        def fit(of: int) -> tuple[list[Transformer], str, int]:
            fitted = self._of_class(rows, of, counts)
            self.report(next(done), len(classes))
            return fitted

        threads = max(1, min(AT_ONCE, places(rows.sparkSession), len(classes)))
        with ThreadPoolExecutor(threads) as pool:
            # A class that fails ends the fit: those that have not begun are not begun.
            jobs = [pool.submit(inheritable_thread_target(rows.sparkSession)(fit), of) for of in classes]
            try:
                return [job.result() for job in jobs]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _of_class(
        self, rows: DataFrame, of: int, counts: Mapping[tuple[int, bool], float]
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
        # A copy: another thread fits the classifier at the same time.
        model = self.classifier.copy().fit(this.where("NOT _held") if both else this)
        model.setRawPredictionCol(f"_margin_{of}").setPredictionCol("")
        if model.hasParam("probabilityCol"):
            model.setProbabilityCol("")
        platt = LogisticRegression(
            featuresCol=f"_margin_{of}",
            weightCol="weight",
            rawPredictionCol="",
            predictionCol="",
            probabilityCol=share,
            regParam=1e-6,  # the margin and its negative are there: without a penalty their weights are not determined
        )
        margins = model.transform(this.where("_held") if both else this)
        n, others = (inside[1], outside[1]) if both else (sum(inside), sum(outside))
        target = f"IF(label = 1, {(n + 1) / (n + 2)!r}D, {1 / (others + 2)!r}D)"
        of_it, of_others = f"weight * {target} AS weight", f"weight * (1 - {target}) AS weight"
        shared = f"array(struct(1D AS label, {of_it}), struct(0D AS label, {of_others}))"
        soft = margins.select(f"_margin_{of}", F.inline(F.expr(shared)))
        return [model, platt.fit(soft)], share, 2


def _picked(columns: Sequence[str], places: Sequence[int]) -> list[Transformer]:
    """Stages to `probability`: these places of the columns, one after the other, divided by their sum."""
    together = VectorAssembler(inputCols=list(columns), outputCol="_both")
    ones = VectorSlicer(inputCol="_both", outputCol="_shares", indices=list(places))
    return [together, ones, Normalizer(p=1.0, inputCol="_shares", outputCol="probability")]
