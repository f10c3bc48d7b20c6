"""MLlib random forests."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import RandomForestClassifier
from pyspark.ml.regression import RandomForestRegressor

from crime_spark.kinds import Binary, MultiClass, Ranking, Regression
from crime_spark.learners.estimators.multiclass import OfClasses
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Choice, Whole


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Trees on indices, each on its own sample of rows. maxBins is increased to the largest number of categories.

    Training rows that are represented by the same row are sampled together. featureSubsetStrategy "auto" uses the
    square root of the number of features at each split, or a third of the features for a regression.
    """
    chosen: dict[str, Any] = {**settings, "maxBins": max(settings["maxBins"], shape.categories)}
    columns: dict[str, Any] = {"featuresCol": "features", "labelCol": "label", "weightCol": "weight", "seed": seed}
    if shape.kind is Regression:
        return RandomForestRegressor(**columns, **chosen)
    forest = RandomForestClassifier(**columns, **chosen).setRawPredictionCol("")
    return OfClasses(forest, shape.classes if shape.kind is MultiClass else 2)


# A level of all trees takes one pass over the rows if its nodes fit in maxMemoryInMB, otherwise several.
RANDOM_FOREST = Learner(
    name="random_forest",
    build=build,
    wants="indices",
    kinds=(Binary, MultiClass, Regression, Ranking),
    settings={
        "numTrees": 50,
        "maxDepth": 12,
        "maxBins": 64,
        "minInstancesPerNode": 10,  # counts the given rows; each can represent several training rows
        "featureSubsetStrategy": "auto",
        "subsamplingRate": 1.0,
        "maxMemoryInMB": 512,
    },
    space={
        "numTrees": Whole(20, 100),
        "maxDepth": Whole(6, 15),
        "minInstancesPerNode": Whole(1, 100, log=True, simpler="high"),
        "featureSubsetStrategy": Choice(("auto", "log2", "onethird")),
    },
    default=False,
)
