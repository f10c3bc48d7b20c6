"""A neural network on the last periods of units, fitted in one task."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.ml import Estimator
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.features.recent_periods import SERIES, SERIES_PERIODS
from crime_spark.learners.estimators.batch_model import Numbers, Scorer, cores_of_a_task, in_one_task, stacked
from crime_spark.learners.estimators.in_task import ColumnsModel, TaskRows
from crime_spark.vectors.in_task import lookup

# Predictions exceed the range of the training labels by at most this multiple of its width.
_BEYOND = 0.5


@dataclass(frozen=True)
class Network:
    """Settings of scikit-learn's MLPRegressor: ReLU, Adam, and early stopping on a tenth of the training rows."""

    layers: tuple[int, ...]
    alpha: float
    learning_rate: float
    max_iter: int
    seed: int


class WindowsModel(ColumnsModel):
    """The network. The payload (npz) has weight_0, bias_0, ... and the scaling, facts has the values of categories."""

    @property
    def columns(self) -> list[str]:
        """The series and the categories that the model reads."""
        return [*SERIES, *self.facts["categories"]]

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        """A scorer by the forward pass in numpy, so that scoring does not depend on scikit-learn."""
        from threadpoolctl import threadpool_limits

        arrays = np.load(io.BytesIO(payload), allow_pickle=False)
        layers = [(arrays[f"weight_{index}"], arrays[f"bias_{index}"]) for index in range(facts["layers"])]
        low, high, mean, deviation = (float(arrays[name]) for name in ("low", "high", "label_mean", "label_deviation"))

        def score(batch: pa.StructArray) -> Numbers:
            columns = {name: batch.field(name) for name in (*SERIES, *facts["categories"])}
            rows = np.column_stack([scaled(_logarithms(columns), arrays), _one_hot(columns, facts["categories"])])
            with threadpool_limits(threads):
                for index, (weight, bias) in enumerate(layers):
                    rows = rows @ weight + bias
                    rows = rows if index == len(layers) - 1 else np.maximum(rows, 0)
            return np.asarray(np.clip(rows[:, 0] * deviation + mean, low, high))

        return score


class Windows(Estimator[WindowsModel]):
    """One network for all units, on the columns of SERIES, all categories (STRING), label and weight."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def _fit(self, dataset: DataFrame) -> WindowsModel:
        names = [name for name, kind in dataset.dtypes if kind == "string"]
        sets = [F.sort_array(F.collect_set(name)) for name in names]
        values = dataset.agg(F.array(*sets).alias("values")).collect()[0]["values"]
        categories = {name: list(values_of_name) for name, values_of_name in zip(names, values, strict=True)}
        work = partial(
            _fitted, network=self.network, categories=categories, threads=cores_of_a_task(dataset.sparkSession)
        )
        payload = in_one_task(dataset.select(*SERIES, *names, "label", "weight"), work)
        return WindowsModel(payload, _facts(self.network, categories))


def windows(rows: TaskRows, threads: int, network: Network) -> WindowsModel:
    """Fit the network on the rows of a block."""
    names = [feature.name for feature in rows.features if feature.kind == "category"]
    texts = {name: rows.columns[name].cast(pa.string()) for name in names}
    categories = {
        name: sorted(text for text in pc.unique(texts[name]).to_pylist() if text is not None) for name in names
    }
    arrays = {**{name: rows.columns[name] for name in SERIES}, **texts, "label": rows.label, "weight": rows.weight}
    payload = _fitted([pa.RecordBatch.from_pydict(arrays)], network, categories, threads)
    return WindowsModel(payload, _facts(network, categories))


def _facts(network: Network, categories: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {"number": True, "categories": categories, "layers": len(network.layers) + 1}


def _fitted(
    batches: Sequence[pa.RecordBatch], network: Network, categories: Mapping[str, Sequence[str]], threads: int
) -> bytes:
    from sklearn.neural_network import MLPRegressor
    from threadpoolctl import threadpool_limits

    label, weight = stacked(batches, "label"), stacked(batches, "weight")
    columns = [{name: batch.column(name) for name in (*SERIES, *categories)} for batch in batches]
    numbers = np.concatenate([_logarithms(batch_columns) for batch_columns in columns])
    scales = scaling(numbers)
    rows = np.column_stack(
        [scaled(numbers, scales), np.concatenate([_one_hot(batch_columns, categories) for batch_columns in columns])]
    )
    mean, deviation = float(np.average(label, weights=weight)), float(label.std()) or 1.0
    regressor = MLPRegressor(
        hidden_layer_sizes=network.layers,
        alpha=network.alpha,
        learning_rate_init=network.learning_rate,
        max_iter=network.max_iter,
        early_stopping=True,
        random_state=network.seed,
    )
    with threadpool_limits(threads):
        regressor.fit(rows, (label - mean) / deviation, sample_weight=weight)
    margin = _BEYOND * (label.max() - label.min())
    layers = dict(zip((f"weight_{index}" for index in range(len(regressor.coefs_))), regressor.coefs_, strict=True))
    biases = dict(zip((f"bias_{index}" for index in range(len(regressor.coefs_))), regressor.intercepts_, strict=True))
    ends = {"low": label.min() - margin, "high": label.max() + margin, "label_mean": mean, "label_deviation": deviation}
    written = io.BytesIO()
    arrays: dict[str, Any] = {**layers, **biases, **scales, **ends}
    np.savez(written, **arrays)
    return written.getvalue()


def _logarithms(columns: Mapping[str, Any]) -> Numbers:
    """A matrix of rows x (series x SERIES_PERIODS) with ln(1 + x), 0 for negative x; NaN for unknown series."""
    series = []
    for name in SERIES:
        is_complete = pc.fill_null(pc.equal(pc.list_value_length(columns[name]), SERIES_PERIODS), False)
        values = np.full((len(columns[name]), SERIES_PERIODS), np.nan)
        flat = columns[name].filter(is_complete).flatten().to_numpy(zero_copy_only=False)
        values[is_complete.to_numpy(zero_copy_only=False)] = flat.reshape(-1, SERIES_PERIODS)
        series.append(np.log1p(np.maximum(values, 0)))
    return np.concatenate(series, axis=1)


def scaling(numbers: Numbers) -> dict[str, Numbers]:
    """The mean, deviation (1 instead of 0), least and largest value of each column."""
    deviation = np.nanstd(numbers, axis=0)
    return {
        "mean": np.nanmean(numbers, axis=0),
        "deviation": np.where(deviation > 0, deviation, 1.0),
        "least": np.nanmin(numbers, axis=0),
        "largest": np.nanmax(numbers, axis=0),
    }


def scaled(numbers: Numbers, scales: Mapping[str, Any]) -> Numbers:
    """The numbers clipped to the training range and scaled to mean 0 and deviation 1; unknown ones get the mean."""
    clipped = np.clip(numbers, scales["least"], scales["largest"])
    return np.asarray(np.nan_to_num((clipped - scales["mean"]) / scales["deviation"], nan=0.0))


def _one_hot(columns: Mapping[str, Any], categories: Mapping[str, Sequence[str]]) -> Numbers:
    """A 0 or 1 for each value of each category; all 0 for other values and NULL."""
    encoded = []
    for name, values in categories.items():
        place = lookup(columns[name], values, -1)
        encoded.append((place[:, None] == np.arange(len(values))).astype(np.float64))
    return np.concatenate(encoded, axis=1) if encoded else np.empty((len(columns[next(iter(SERIES))]), 0))
