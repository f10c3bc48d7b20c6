"""What a model says of itself: gains of its trees, or coefficients, by column of the examples."""

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
# A place of a vector: the columns of the examples that it is made of; a pair of categories has two.
Place = tuple[str, ...]

_SCALERS = (StandardScalerModel, MinMaxScalerModel, MaxAbsScalerModel)


@dataclass(frozen=True)
class Native:
    """method TREES or LINEAR, and the importance of each column that the model was fitted on."""

    method: str
    metric: str
    values: Mapping[str, float]


def native_importance(model: PipelineModel, rows: DataFrame, features: Collection[str]) -> Native | None:
    """What the model says of the features, columns of rows, examples; None if it has neither trees nor coefficients.

    TREES: SHARE_OF_GAIN, what splits on the column gained, as a share of all (featureImportances of MLlib, after
    Breiman et al. 1984, and of BoostedModel; of several models their mean). LINEAR: DEVIATION, the standard deviation
    over the rows of what the column adds to the linear score: of a number scaled to deviation 1 the absolute
    coefficient, of categories how far their coefficients lie apart, weighed by how frequent they are. A pair of
    categories counts half for each; codes, of which a row has several, are taken for independent. Of several classes:
    the root of the mean square. A margin is taken to the log-odds that it was calibrated to, and naive Bayes is linear
    in its logarithms of probabilities. Networks, neighbours and baselines say nothing of themselves.
    """
    stages: list[Any] = list(_flat(model))
    held = _places(stages, features)
    trees = [one for one in stages if hasattr(type(one), "featureImportances") and _of_known(one, held)]
    if trees:
        found = [_by_column(one.featureImportances.toArray(), held[one.getFeaturesCol()]) for one in trees]
        return Native(TREES, SHARE_OF_GAIN, {name: float(np.mean([each[name] for each in found])) for name in found[0]})
    linear = [one for one in stages if _has_coefficients(one) and _of_known(one, held)]
    if not linear:
        return None
    vector = linear[0].getFeaturesCol()
    for stage in stages[: stages.index(linear[0])]:
        rows = stage.transform(rows)
    told = rows.select(Summarizer.metrics("mean", "variance").summary(rows[vector]).alias("of")).collect()[0]["of"]
    weights = np.vstack([_coefficients(one, stages) for one in linear if one.getFeaturesCol() == vector])
    return Native(
        LINEAR, DEVIATION, deviations(weights, told["mean"].toArray(), told["variance"].toArray(), held[vector])
    )


def deviations(weights: Array, mean: Array, variance: Array, places: Sequence[Place]) -> dict[str, float]:
    """DEVIATION by column. weights: a row for each class, a column for each place; mean, variance: of each place."""
    parts: dict[Place, list[int]] = {}
    for at, place in enumerate(places):
        parts.setdefault(place, []).append(at)
    squares: dict[str, float] = {name: 0.0 for place in parts for name in place}
    for place, held in parts.items():
        of, share = weights[:, held], mean[held]
        if len(held) == 1 or share.sum() > 1 + 1e-9:
            each = (of**2 * variance[held]).sum(axis=1)
        else:  # of its categories a row has one at most
            each = np.maximum((of**2 * share).sum(axis=1) - (of * share).sum(axis=1) ** 2, 0)
        for name in place:
            squares[name] += float(each.mean()) / len(place)
    return {name: float(np.sqrt(square)) for name, square in squares.items()}


def _flat(model: PipelineModel) -> Iterator[Transformer]:
    for stage in model.stages:
        if isinstance(stage, PipelineModel):
            yield from _flat(stage)
        else:
            yield stage


def _has_coefficients(stage: Transformer) -> bool:
    return any(hasattr(type(stage), name) for name in ("coefficientMatrix", "coefficients", "theta"))


def _of_known(stage: Any, held: Mapping[str, Sequence[Place]]) -> bool:
    return stage.getFeaturesCol() in held


def _coefficients(model: Any, stages: Sequence[Any]) -> Array:
    """A row for each class; one row where there are two classes, or a number is predicted."""
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
    """What a unit of the margin, its vector (-margin, margin), adds to the log-odds it is calibrated to."""
    against, towards = next(
        stage.coefficients.toArray()
        for stage in stages
        if isinstance(stage, LogisticRegressionModel) and stage.getFeaturesCol() == margin
    )
    return float(towards - against)


def _by_column(values: Array, places: Sequence[Place]) -> dict[str, float]:
    found: dict[str, float] = {name: 0.0 for place in places for name in place}
    for value, place in zip(values, places, strict=True):
        for name in place:
            found[name] += float(value) / len(place)
    return found


def _places(stages: Sequence[Any], features: Collection[str]) -> dict[str, list[Place]]:
    """Column -> what each of its places is made of; columns of stages that are not known here are left out."""
    held: dict[str, list[Place]] = {name: [(name,)] for name in features}

    def of(column: str) -> list[Place] | None:
        return held.get(column) or held.get(_plain(column, features))

    for stage in stages:
        if isinstance(stage, StringIndexerModel | ImputerModel):
            several = stage.isDefined(stage.inputCols)
            ins = stage.getInputCols() if several else [stage.getInputCol()]
            outs = stage.getOutputCols() if several else [stage.getOutputCol()]
            both = zip(ins, outs, strict=True)
            held |= {out: places for column, out in both if (places := of(column))}
        elif isinstance(stage, CountVectorizerModel):
            codes = of(stage.getInputCol())
            words = stage.vocabulary
            held[stage.getOutputCol()] = codes * len(words) if codes else [_of_word(word) for word in words]
        elif isinstance(stage, _SCALERS):
            if places := of(stage.getInputCol()):
                held[stage.getOutputCol()] = places
        elif isinstance(stage, BoostedColumnsModel):
            held[stage.getFeaturesCol()] = [(name,) for name in stage.places]
        elif isinstance(stage, VectorAssembler):
            parts = [of(column) for column in stage.getInputCols()]
            if all(parts):
                held[stage.getOutputCol()] = [place for part in parts if part for place in part]
    return held


def _plain(column: str, features: Collection[str]) -> str:
    """The feature that a column of vectors/preparation.py and vectors/codes.py is made of, by what they append."""
    name = re.sub(r"^_(.*)_held$", r"\1", column)
    while name not in features:
        shorter = re.sub(r"_(index|filled|held|log)$", "", name)
        if shorter == name:
            return column
        name = shorter
    return name


def _of_word(word: str) -> Place:
    """`premise|domestic=STREET|true` is made of premise and domestic, `latitude from 41.8` of latitude."""
    return tuple(re.sub(r" (is unknown|below all|from \S+)$", "", word.partition("=")[0]).split("|"))
