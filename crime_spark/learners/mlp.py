"""MLlib's multilayer perceptron."""

from __future__ import annotations

from typing import Any

from pyspark.ml import Estimator, Model
from pyspark.ml.classification import MultilayerPerceptronClassifier
from pyspark.sql import DataFrame

from crime_spark.errors import UsageError
from crime_spark.kinds import Binary, MultiClass, Ranking
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Whole
from crime_spark.vectors.preparation import repeated


class Perceptron(Estimator[Any]):
    """The perceptron with layers for the width of the vectors and the number of classes.

    It has no weights, so rows are repeated by their weight.
    """

    def __init__(self, perceptron: MultilayerPerceptronClassifier, hidden: list[int], classes: int) -> None:
        super().__init__()
        self.perceptron = perceptron
        self.hidden = hidden
        self.classes = classes

    def _fit(self, dataset: DataFrame) -> Model:
        width = dataset.select("features").take(1)[0]["features"].size
        fitted: Model = self.perceptron.setLayers([width, *self.hidden, self.classes]).fit(repeated(dataset))
        return fitted


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """hiddenLayers layers of hiddenUnits sigmoids each, and a softmax, fitted by L-BFGS without a penalty.

    The seed determines the initial weights.

    Raises:
        UsageError: hiddenLayers or hiddenUnits is less than 1.
    """
    for name in ("hiddenLayers", "hiddenUnits"):
        if settings[name] < 1:
            raise UsageError(f"learner_settings.mlp.{name} is {settings[name]}; it must be 1 or more")
    perceptron = MultilayerPerceptronClassifier(
        featuresCol="features",
        labelCol="label",
        rawPredictionCol="",
        seed=seed,
        maxIter=settings["maxIter"],
        tol=settings["tol"],
        blockSize=settings["blockSize"],
    )
    hidden = [settings["hiddenUnits"]] * settings["hiddenLayers"]
    return Perceptron(perceptron, hidden, shape.classes if shape.kind is MultiClass else 2)


# Each iteration multiplies all rows by all weights of the first layer in plain Java, so time is proportional to units.
MLP = Learner(
    name="mlp",
    build=build,
    wants="dense",
    kinds=(Binary, MultiClass, Ranking),
    settings={"hiddenUnits": 12, "hiddenLayers": 1, "maxIter": 60, "tol": 1e-5, "blockSize": 128},
    space={"hiddenUnits": Whole(4, 32, log=True), "hiddenLayers": Whole(1, 2), "maxIter": Whole(30, 120, log=True)},
    default=False,
)
