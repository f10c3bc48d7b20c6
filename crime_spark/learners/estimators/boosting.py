"""XGBoost. Small cells are fitted in one task, larger ones by workers that Spark starts together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml import Estimator
from pyspark.ml.linalg import DenseVector
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from crime_spark.kinds import Binary, Kind, MultiClass, Regression
from crime_spark.learners.estimators.batch_model import (
    BatchModel,
    Numbers,
    Scorer,
    cores_of_a_task,
    dense,
    in_one_task,
    places,
    unwrapped,
)
from crime_spark.learners.estimators.multiclass import FLOOR
from crime_spark.sampling import in_parts, parts_of

# The share of rows to hold out is rounded to this fraction.
SHARES = 1000


@dataclass(frozen=True)
class Boosting:
    """Settings of XGBoost, for one task and for several workers.

    Attributes:
        kind: Binary, MultiClass or Regression.
        classes: the number of classes.
        rounds: the largest number of trees.
        patience: fitting stops when the loss on held-out rows has not decreased for this number of trees.
        held_out: the share of training rows that are held out for stopping.
        native: XGBoost splits categories into sets; otherwise they are numbers by descending frequency.
        seed: seed of the random numbers.
        params: further parameters of XGBoost.
    """

    kind: type[Kind]
    classes: int
    rounds: int
    patience: int
    held_out: float
    native: bool
    seed: int
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def objective(self, counts: bool) -> dict[str, Any]:
        """The loss as parameters of XGBoost; Poisson deviance for whole numbers that are not negative."""
        if self.kind is Binary:
            return {"objective": "binary:logistic", "eval_metric": "logloss"}
        if self.kind is MultiClass:
            return {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": self.classes}
        if counts:
            return {"objective": "count:poisson", "eval_metric": "poisson-nloglik"}
        return {"objective": "reg:squarederror", "eval_metric": "rmse"}

    def is_held_out(self) -> Column:
        """Whether a row is held out, by the hash of its features, so that equal rows are treated alike."""
        return in_parts(F.xxhash64("features"), parts_of(self.held_out, SHARES), SHARES)


class BoostedModel(BatchModel):
    """Trees. The payload is the booster (UBJSON)."""

    @property
    def featureImportances(self) -> DenseVector:  # noqa: N802
        """The total gain of splits on each vector position, as a share; named as in MLlib's trees."""
        import xgboost

        booster = xgboost.Booster()
        booster.load_model(bytearray(self.payload))
        gains = np.zeros(booster.num_features())
        for place, gain in booster.get_score(importance_type="total_gain").items():
            gains[int(place.removeprefix("f"))] = gain
        return DenseVector(gains / (gains.sum() or 1.0))

    def getFeaturesCol(self) -> str:  # noqa: N802
        """The vector of these positions."""
        return "features"

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """A scorer that gives probabilities of all classes, or a number."""
        predict = predictor(payload, facts, threads)
        return lambda batch: predict(dense(batch, np.float32))


def predictor(payload: bytes, facts: Mapping[str, Any], threads: int) -> Callable[[NDArray[np.float32]], Numbers]:
    """A function from a matrix to probabilities of all classes, or a number, for each row."""
    import xgboost

    booster = xgboost.Booster({"nthread": threads})
    booster.load_model(bytearray(payload))

    def predict(rows: NDArray[np.float32]) -> Numbers:
        predicted = np.asarray(booster.inplace_predict(rows), dtype=np.float64)
        if facts["number"]:
            return predicted
        both = predicted if predicted.ndim > 1 else np.column_stack([1 - predicted, predicted])
        both = np.clip(both, FLOOR, 1 - FLOOR)
        return np.asarray(both / both.sum(axis=1, keepdims=True))

    return predict


class Boosted(Estimator[BoostedModel]):
    """XGBoost on the columns features, label and weight.

    Up to rows_in_one_task training rows are fitted in one task, whose trees are the same on any cluster. With more
    rows, each worker gets at most this number, or more if the cluster has too few slots. The trees then depend on the
    number of workers, because each finds split points in its own rows.
    """

    def __init__(self, boosting: Boosting, rows: int, rows_in_one_task: int) -> None:
        super().__init__()
        self.boosting = boosting
        self.rows = rows
        self.rows_in_one_task = rows_in_one_task

    def _fit(self, dataset: DataFrame) -> BoostedModel:
        types = kinds_of_places(dataset) if self.boosting.native else None
        rows = dataset.select("features", "label", "weight", self.boosting.is_held_out().alias("held"))
        # The prepared rows are never more than the training rows, so they are mostly not counted.
        count = self.rows if self.rows <= self.rows_in_one_task else dataset.count()
        if count <= self.rows_in_one_task:
            threads = cores_of_a_task(dataset.sparkSession)
            work = partial(_grown_of, boosting=self.boosting, types=types, threads=threads)
            payload = in_one_task(rows.select(unwrapped(), "label", "weight", "held"), work, _taken)
        else:
            payload = _by_workers(rows, self.boosting, types, ceil(count / self.rows_in_one_task))
        return BoostedModel(payload, {"number": self.boosting.kind is Regression})


def kinds_of_places(dataset: DataFrame) -> list[str] | None:
    """The type of each position of `features`, c for an index and q for a number; None without categories."""
    attributes = dataset.schema["features"].metadata.get("ml_attr", {})
    nominal = {attribute["idx"] for attribute in attributes.get("attrs", {}).get("nominal", ())}
    return ["c" if position in nominal else "q" for position in range(attributes["num_attrs"])] if nominal else None


# features (rows x positions), label, weight and whether a row is held out
_Rows = tuple[NDArray[np.float32], Numbers, Numbers, NDArray[np.bool_]]


def _taken(batch: pa.RecordBatch) -> _Rows:
    label, weight, held_out = (np.array(batch.column(name)) for name in ("label", "weight", "held"))
    return dense(batch.column("features"), np.float32), label, weight, held_out


def _grown_of(parts: list[_Rows], boosting: Boosting, types: Sequence[str] | None, threads: int) -> bytes:
    return grown(*joined(parts), boosting, types, threads)


def joined(parts: list[_Rows]) -> tuple[NDArray[np.float32], Numbers, Numbers, int]:
    """Join parts, with held-out rows last. The list of parts is emptied, so that rows are not in memory twice.

    Returns:
        features, label, weight, and the index of the first held-out row.
    """
    first = sum(int((~held_out).sum()) for *_, held_out in parts)
    rows = sum(len(held_out) for *_, held_out in parts)
    features = np.empty((rows, parts[0][0].shape[1]), np.float32)
    label, weight = np.empty(rows), np.empty(rows)
    ends = [first, rows]
    while parts:  # starting with the last part, so that memory is freed in the order of its allocation
        part = parts.pop()
        for side, chosen in enumerate((~part[3], part[3])):
            place = slice(ends[side] - int(chosen.sum()), ends[side])
            features[place], label[place], weight[place] = (array[chosen] for array in part[:3])
            ends[side] = place.start
    return features, label, weight, first


def grown(
    features: NDArray[np.float32],
    label: Numbers,
    weight: Numbers,
    first: int,
    boosting: Boosting,
    types: Sequence[str] | None = None,
    threads: int = 1,
) -> bytes:
    """Fit a booster (UBJSON). Rows from `first` on are held out, unless the others lack one of their classes."""
    import xgboost

    split = 0 < first < len(label)
    if split and boosting.kind is not Regression:
        split = set(np.unique(label[:first])) == set(np.unique(label))
    grown_on, stopped_on = slice(first if split else None), slice(first, None)
    counts = bool(((label >= 0) & (label == np.floor(label))).all())
    params = {**boosting.params, **boosting.objective(counts), "seed": boosting.seed, "nthread": threads}
    options = {
        "feature_types": list(types) if types else None,
        "enable_categorical": types is not None,
        "nthread": threads,
        "max_bin": params["max_bin"],
    }
    rows = xgboost.QuantileDMatrix(features[grown_on], label[grown_on], weight=weight[grown_on], **options)
    if not split:
        return bytes(xgboost.train(params, rows, boosting.rounds).save_raw("ubj"))
    validation = xgboost.QuantileDMatrix(
        features[stopped_on], label[stopped_on], weight=weight[stopped_on], ref=rows, **options
    )
    booster = xgboost.train(
        params,
        rows,
        boosting.rounds,
        evals=[(validation, "held")],
        early_stopping_rounds=boosting.patience,
        verbose_eval=False,
    )
    return bytes(booster[: booster.best_iteration + 1].save_raw("ubj"))


def _by_workers(rows: DataFrame, boosting: Boosting, types: Sequence[str] | None, workers: int) -> bytes:
    """Fit a booster by xgboost.spark.

    Its workers start together or not at all, so there must not be more of them than slots. Spark waits while other
    cells use slots; with fewer workers instead, the trees would depend on what else is running.
    """
    from xgboost.spark import SparkXGBRegressor

    workers = max(1, min(workers, places(rows.sparkSession)))
    facts = rows.agg(
        F.bool_and(F.expr("label >= 0 AND label = floor(label)")).alias("counts"),
        F.bool_or("held").alias("held"),
        F.countDistinct("label").alias("labels"),
        F.countDistinct(F.expr("if(held, NULL, label)")).alias("labels_among"),
    ).collect()[0]
    split = facts["held"] and (boosting.kind is Regression or facts["labels"] == facts["labels_among"])
    stopping: dict[str, Any] = (
        {"early_stopping_rounds": boosting.patience, "validation_indicator_col": "held"} if split else {}
    )
    # The rows of a worker and their order are the same in every run. xgboost.spark would distribute them at random.
    placed = rows.repartition(workers, F.xxhash64("features")).sortWithinPartitions(F.xxhash64("features"), "label")
    # The regressor serves for all objectives, because the classifier ignores classes that do not occur.
    estimator = SparkXGBRegressor(
        features_col="features",
        label_col="label",
        weight_col="weight",
        num_workers=workers,
        n_estimators=boosting.rounds,
        feature_types=list(types) if types else None,
        random_state=boosting.seed,
        verbose=False,
        **stopping,
        **boosting.objective(facts["counts"]),
        **boosting.params,
    )
    booster = estimator.fit(placed).get_booster()
    kept = booster[: booster.best_iteration + 1] if split else booster
    return bytes(kept.save_raw("ubj"))
