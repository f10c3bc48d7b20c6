"""MLlib gradient-boosted trees."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import GBTClassifier
from pyspark.ml.regression import GBTRegressor

from crime_spark.kinds import Binary, MultiClass, Ranking, Regression
from crime_spark.learners.estimators.multiclass import OneVsRest
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Real, Whole


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Boosted trees on indices. maxBins is increased to the largest number of categories, as MLlib requires.

    With several classes, each class has its own model of maxIterOfClass trees.
    """
    several = shape.kind is MultiClass
    chosen: dict[str, Any] = {
        **{name: value for name, value in settings.items() if name != "maxIterOfClass"},
        "maxIter": settings["maxIterOfClass" if several else "maxIter"],
        "maxBins": max(settings["maxBins"], shape.categories),
    }
    columns: dict[str, Any] = {"featuresCol": "features", "labelCol": "label", "weightCol": "weight", "seed": seed}
    if shape.kind is Regression:
        return GBTRegressor(**columns, **chosen)
    classifier = GBTClassifier(**columns, **chosen).setRawPredictionCol("")
    return OneVsRest(classifier, shape.classes) if several else classifier


GBT = Learner(
    name="gbt",
    build=build,
    wants="indices",
    kinds=(Binary, MultiClass, Regression, Ranking),
    settings={
        "maxIter": 30,
        "maxIterOfClass": 15,
        "maxDepth": 6,
        "maxBins": 64,
        "stepSize": 0.2,
        "minInstancesPerNode": 20,  # counts the given rows; each can represent several training rows
        "subsamplingRate": 1.0,
        "maxMemoryInMB": 512,
    },
    space={
        "maxDepth": Whole(3, 8),
        "maxIter": Whole(15, 60, log=True),
        "maxIterOfClass": Whole(8, 30, log=True),
        "stepSize": Real(0.05, 0.4, log=True, simpler=None),
        "minInstancesPerNode": Whole(5, 200, log=True, simpler="high"),
    },
    of_kinds={"maxIter": (Binary, Regression), "maxIterOfClass": (MultiClass,)},
)
