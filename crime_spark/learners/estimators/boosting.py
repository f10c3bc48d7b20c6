"""XGBoost: a cell whose rows fit one task is fitted in one, a larger one by workers that Spark starts together."""

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

# Rows are held out by a hash, to a thousandth.
SHARES = 1000


@dataclass(frozen=True)
class Boosting:
    """How trees are grown: the same in one task and in several.

    params are XGBoost's own. Of at most `rounds` trees only those are kept up to the one after which the loss of the
    held-out rows (a share of the training rows) has not fallen for `patience` trees. native tells XGBoost which
    places hold categories, so that it splits them into sets; else they are numbers in the order of their frequency.
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
        """XGBoost's loss: of labels that are counts, whole and not negative, Poisson's deviance."""
        if self.kind is Binary:
            return {"objective": "binary:logistic", "eval_metric": "logloss"}
        if self.kind is MultiClass:
            return {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": self.classes}
        if counts:
            return {"objective": "count:poisson", "eval_metric": "poisson-nloglik"}
        return {"objective": "reg:squarederror", "eval_metric": "rmse"}

    def held(self) -> Column:
        """Whether a row is held out, by the hash of its features: equal rows are on the same side."""
        return in_parts(F.xxhash64("features"), parts_of(self.held_out, SHARES), SHARES)


class BoostedModel(BatchModel):
    """Trees: payload is the booster (UBJSON), facts whether it is of a number."""

    @property
    def featureImportances(self) -> DenseVector:  # noqa: N802
        """What splits on each place gained, as a share of all; the name is that of MLlib's trees."""
        import xgboost

        booster = xgboost.Booster()
        booster.load_model(bytearray(self.payload))
        gains = np.zeros(booster.num_features())
        for place, gain in booster.get_score(importance_type="total_gain").items():
            gains[int(place.removeprefix("f"))] = gain
        return DenseVector(gains / (gains.sum() or 1.0))

    def getFeaturesCol(self) -> str:  # noqa: N802
        """The vector that the places are of."""
        return "features"

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """Probabilities of all classes, or a number."""
        predict = predictor(payload, facts, threads)
        return lambda batch: predict(dense(batch, np.float32))


def predictor(payload: bytes, facts: Mapping[str, Any], threads: int) -> Callable[[NDArray[np.float32]], Numbers]:
    """Scores a matrix: probabilities of all classes, or a number, for each row."""
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
    """Fitted on features, label and weight.

    Up to rows_in_one_task training rows it takes one task, whose trees are the same on any cluster; more of them are
    fitted by as many workers as hold so many rows each, or by fewer where the cluster has not the places: the trees
    then depend on their number, as each worker looks for split points in its own rows.
    """

    def __init__(self, boosting: Boosting, rows: int, rows_in_one_task: int) -> None:
        super().__init__()
        self.boosting = boosting
        self.rows = rows
        self.rows_in_one_task = rows_in_one_task

    def _fit(self, dataset: DataFrame) -> BoostedModel:
        types = kinds_of_places(dataset) if self.boosting.native else None
        rows = dataset.select("features", "label", "weight", self.boosting.held().alias("held"))
        # The prepared rows are no more than those that they stand for: mostly there is nothing to be counted.
        count = self.rows if self.rows <= self.rows_in_one_task else dataset.count()
        if count <= self.rows_in_one_task:
            threads = cores_of_a_task(dataset.sparkSession)
            work = partial(_grown_of, boosting=self.boosting, types=types, threads=threads)
            payload = in_one_task(rows.select(unwrapped(), "label", "weight", "held"), work, _taken)
        else:
            payload = _by_workers(rows, self.boosting, types, ceil(count / self.rows_in_one_task))
        return BoostedModel(payload, {"number": self.boosting.kind is Regression})


def kinds_of_places(dataset: DataFrame) -> list[str] | None:
    """Of each place of `features`, c for a category's index, q for a number; None if there is no category."""
    attributes = dataset.schema["features"].metadata.get("ml_attr", {})
    nominal = {each["idx"] for each in attributes.get("attrs", {}).get("nominal", ())}
    return ["c" if at in nominal else "q" for at in range(attributes["num_attrs"])] if nominal else None


# features (rows x places), label, weight, held: one of a batch, or a part of it
_Rows = tuple[NDArray[np.float32], Numbers, Numbers, NDArray[np.bool_]]


def _taken(batch: pa.RecordBatch) -> _Rows:
    label, weight, held = (np.array(batch.column(name)) for name in ("label", "weight", "held"))
    return dense(batch.column("features"), np.float32), label, weight, held


def _grown_of(parts: list[_Rows], boosting: Boosting, types: Sequence[str] | None, threads: int) -> bytes:
    return grown(*joined(parts), boosting, types, threads)


def joined(parts: list[_Rows]) -> tuple[NDArray[np.float32], Numbers, Numbers, int]:
    """features, label and weight of all parts, which are gone then: held rows come last, from the place given on.

    Millions of rows are not in memory twice: neither here nor where the held ones are taken apart from the others.
    """
    first = sum(int((~held).sum()) for *_, held in parts)
    rows = sum(len(held) for *_, held in parts)
    features = np.empty((rows, parts[0][0].shape[1]), np.float32)
    label, weight = np.empty(rows), np.empty(rows)
    ends = [first, rows]
    while parts:  # from the last one on: memory goes back in the order in which it was taken
        part = parts.pop()
        for side, chosen in enumerate((~part[3], part[3])):
            place = slice(ends[side] - int(chosen.sum()), ends[side])
            features[place], label[place], weight[place] = (each[chosen] for each in part[:3])
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
    """The booster (UBJSON) of these rows; from `first` on they are held out, unless they alone have a class."""
    import xgboost

    split = 0 < first < len(label)
    if split and boosting.kind is not Regression:
        split = set(np.unique(label[:first])) == set(np.unique(label))
    among, held = slice(first if split else None), slice(first, None)
    counts = bool(((label >= 0) & (label == np.floor(label))).all())
    params = {**boosting.params, **boosting.objective(counts), "seed": boosting.seed, "nthread": threads}
    known = {
        "feature_types": list(types) if types else None,
        "enable_categorical": types is not None,
        "nthread": threads,
        "max_bin": params["max_bin"],
    }
    rows = xgboost.QuantileDMatrix(features[among], label[among], weight=weight[among], **known)
    if not split:
        return bytes(xgboost.train(params, rows, boosting.rounds).save_raw("ubj"))
    apart = xgboost.QuantileDMatrix(features[held], label[held], weight=weight[held], ref=rows, **known)
    booster = xgboost.train(
        params,
        rows,
        boosting.rounds,
        evals=[(apart, "held")],
        early_stopping_rounds=boosting.patience,
        verbose_eval=False,
    )
    return bytes(booster[: booster.best_iteration + 1].save_raw("ubj"))


def _by_workers(rows: DataFrame, boosting: Boosting, types: Sequence[str] | None, workers: int) -> bytes:
    """The same by xgboost.spark.

    Its workers start all together or not at all: of more than there are places, for ever not. While other cells have
    some of them, Spark waits; to take fewer workers instead would make the trees depend on what else was running.
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
    # A worker's rows, and their order, are the same in every run; xgboost.spark would deal them out anew.
    placed = rows.repartition(workers, F.xxhash64("features")).sortWithinPartitions(F.xxhash64("features"), "label")
    # The regressor for every objective: the classifier counts the classes, and takes one that never occurs for none.
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
