"""MLlib gradient-boosted trees."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import GBTClassifier

from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Boosted trees on indices; maxBins is raised to the largest number of categories, which MLlib insists on."""
    bins = max(settings["maxBins"], shape.categories)
    return GBTClassifier(
        featuresCol="features",
        labelCol="label",
        weightCol="weight",
        seed=seed,
        **{**settings, "maxBins": bins},
    ).setRawPredictionCol("")


GBT = Learner(
    name="gbt",
    build=build,
    wants="indices",
    settings={
        "maxIter": 10,
        "maxDepth": 6,
        "maxBins": 64,
        "stepSize": 0.3,
        "minInstancesPerNode": 20,  # of the rows handed in, each of which may stand for many
        "subsamplingRate": 1.0,
        "maxMemoryInMB": 512,
    },
)
