"""Importance by column of the examples from the model: gains of trees, or coefficients."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.ml import PipelineModel, Transformer
from pyspark.ml.classification import LinearSVCModel, LogisticRegressionModel, NaiveBayesModel
from pyspark.ml.feature import (
    CountVectorizerModel,
    ImputerModel,
    MaxAbsScalerModel,
    MinMaxScalerModel,
    StandardScalerModel,
    StringIndexerModel,
    VectorAssembler,
)
from pyspark.ml.linalg import Matrix
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame

from crime_spark.evaluation.resampling import Array
from crime_spark.learners.estimators.boosting_in_task import BoostedColumnsModel

TREES, LINEAR = "trees", "linear"
SHARE_OF_GAIN, DEVIATION = "share_of_gain", "deviation"
# The columns of the examples that a vector position is computed from; a pair of categories has two.
Place = tuple[str, ...]

_SCALERS = (StandardScalerModel, MinMaxScalerModel, MaxAbsScalerModel)


@dataclass(frozen=True)
class Native:
    """Importance by a method, TREES or LINEAR.

    Attributes:
        method: the method.
        metric: the unit of the values.
        values: importance by column.
    """

    method: str
    metric: str
    values: Mapping[str, float]


def native_importance(model: PipelineModel, rows: DataFrame, features: Collection[str]) -> Native | None:
    """Compute the importance of features from the model; None without trees and coefficients.

    TREES gives SHARE_OF_GAIN, the share of the total gain of splits on the column (featureImportances of MLlib, after
    Breiman et al. 1984, and of BoostedModel; the mean of several models). LINEAR gives DEVIATION, the standard
    deviation of the column's contribution to the linear score: the absolute coefficient of a number with deviation 1,
    or the spread of the coefficients of a category weighted by frequency. A pair of categories counts half for each.
    Several codes in a row are treated as independent. With several classes it is the root of the mean square. A margin
    is converted to the log-odds of its calibration. Naive Bayes is linear in logarithms of probabilities. Networks,
    nearest neighbors and baselines have no importance.

    Args:
        model: the model.
        rows: examples.
        features: names of the features.
    """
    stages: list[Any] = list(_flat(model))
    places = _places(stages, features)
    trees = [s for s in stages if hasattr(type(s), "featureImportances") and _has_known_input(s, places)]
    if trees:
        gains_by_column = [_by_column(s.featureImportances.toArray(), places[s.getFeaturesCol()]) for s in trees]
        return Native(
            TREES,
            SHARE_OF_GAIN,
            {name: float(np.mean([g[name] for g in gains_by_column])) for name in gains_by_column[0]},
        )
    linear = [s for s in stages if _has_coefficients(s) and _has_known_input(s, places)]
    if not linear:
        return None
    vector = linear[0].getFeaturesCol()
    for s in stages[: stages.index(linear[0])]:
        rows = s.transform(rows)
    moments = rows.select(Summarizer.metrics("mean", "variance").summary(rows[vector]).alias("moments")).collect()[0][
        "moments"
    ]
    weights = np.vstack([_coefficients(s, stages) for s in linear if s.getFeaturesCol() == vector])
    return Native(
        LINEAR, DEVIATION, deviations(weights, moments["mean"].toArray(), moments["variance"].toArray(), places[vector])
    )


def deviations(weights: Array, mean: Array, variance: Array, places: Sequence[Place]) -> dict[str, float]:
    """DEVIATION by column.

    Args:
        weights: coefficients, classes x positions.
        mean, variance: moments of each position.
        places: the columns of each position.
    """
    parts: dict[Place, list[int]] = {}
    for index, place in enumerate(places):
        parts.setdefault(place, []).append(index)
    squares: dict[str, float] = {name: 0.0 for place in parts for name in place}
    for place, indices in parts.items():
        w, share = weights[:, indices], mean[indices]
        if len(indices) == 1 or share.sum() > 1 + 1e-9:
            by_class = (w**2 * variance[indices]).sum(axis=1)
        else:  # a row has at most one of the categories
            by_class = np.maximum((w**2 * share).sum(axis=1) - (w * share).sum(axis=1) ** 2, 0)
        for name in place:
            squares[name] += float(by_class.mean()) / len(place)
    return {name: float(np.sqrt(square)) for name, square in squares.items()}


def _flat(model: PipelineModel) -> Iterator[Transformer]:
    for stage in model.stages:
        if isinstance(stage, PipelineModel):
            yield from _flat(stage)
        else:
            yield stage


def _has_coefficients(stage: Transformer) -> bool:
    return any(hasattr(type(stage), name) for name in ("coefficientMatrix", "coefficients", "theta"))


def _has_known_input(stage: Any, places: Mapping[str, Sequence[Place]]) -> bool:
    return stage.getFeaturesCol() in places


def _coefficients(model: Any, stages: Sequence[Any]) -> Array:
    """Coefficients by class, or a single row for two classes and for numbers."""
    if isinstance(model, NaiveBayesModel):
        logarithms = np.asarray(model.theta.toArray())
        two = len(logarithms) == 2
        return np.asarray(logarithms[1:] - logarithms[:1] if two else logarithms - logarithms.mean(axis=0))
    if isinstance(model, LinearSVCModel):
        return np.asarray([model.coefficients.toArray()]) * _slope(model.getRawPredictionCol(), stages)
    if not hasattr(type(model), "coefficientMatrix"):
        return np.asarray([model.coefficients.toArray()])
    matrix: Matrix = model.coefficientMatrix
    return np.asarray(matrix.toArray())


def _slope(margin: str, stages: Sequence[Any]) -> float:
    """The increase of calibrated log-odds for a unit of the margin, given as a vector (-margin, margin)."""
    against, towards = next(
        stage.coefficients.toArray()
        for stage in stages
        if isinstance(stage, LogisticRegressionModel) and stage.getFeaturesCol() == margin
    )
    return float(towards - against)


def _by_column(values: Array, places: Sequence[Place]) -> dict[str, float]:
    sums: dict[str, float] = {name: 0.0 for place in places for name in place}
    for value, place in zip(values, places, strict=True):
        for name in place:
            sums[name] += float(value) / len(place)
    return sums


def _places(stages: Sequence[Any], features: Collection[str]) -> dict[str, list[Place]]:
    """The columns of the examples behind each position of an output column. Unknown stages are ignored."""
    by_column: dict[str, list[Place]] = {name: [(name,)] for name in features}

    def places_of(column: str) -> list[Place] | None:
        return by_column.get(column) or by_column.get(_plain(column, features))

    for stage in stages:
        if isinstance(stage, StringIndexerModel | ImputerModel):
            several = stage.isDefined(stage.inputCols)
            ins = stage.getInputCols() if several else [stage.getInputCol()]
            outs = stage.getOutputCols() if several else [stage.getOutputCol()]
            pairs = zip(ins, outs, strict=True)
            by_column |= {out: places for column, out in pairs if (places := places_of(column))}
        elif isinstance(stage, CountVectorizerModel):
            codes = places_of(stage.getInputCol())
            words = stage.vocabulary
            by_column[stage.getOutputCol()] = codes * len(words) if codes else [_of_word(word) for word in words]
        elif isinstance(stage, _SCALERS):
            if places := places_of(stage.getInputCol()):
                by_column[stage.getOutputCol()] = places
        elif isinstance(stage, BoostedColumnsModel):
            by_column[stage.getFeaturesCol()] = [(name,) for name in stage.places]
        elif isinstance(stage, VectorAssembler):
            parts = [places_of(column) for column in stage.getInputCols()]
            if all(parts):
                by_column[stage.getOutputCol()] = [place for part in parts if part for place in part]
    return by_column


def _plain(column: str, features: Collection[str]) -> str:
    """The feature of a column of vectors/preparation.py or vectors/codes.py, found by the suffix of its name."""
    name = re.sub(r"^_(.*)_held$", r"\1", column)
    while name not in features:
        shorter = re.sub(r"_(index|filled|held|log)$", "", name)
        if shorter == name:
            return column
        name = shorter
    return name


def _of_word(word: str) -> Place:
    """The columns of a word: premise and domestic for `premise|domestic=STREET|true`."""
    return tuple(re.sub(r" (is unknown|below all|from \S+)$", "", word.partition("=")[0]).split("|"))
