"""MLlib gradient-boosted trees."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import GBTClassifier

from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Boosted trees on indices; maxBins is raised to the largest number of categories, which MLlib insists on."""
    bins = max(settings["maxBins"], shape.categories)
    return GBTClassifier(featuresCol="features", labelCol="label", seed=seed, **{**settings, "maxBins": bins})


GBT = Learner(
    name="gbt",
    build=build,
    wants="indices",
    settings={
        "maxIter": 15,
        "maxDepth": 5,
        "maxBins": 64,
        "stepSize": 0.3,
        "minInstancesPerNode": 20,
        "subsamplingRate": 1.0,
        "maxMemoryInMB": 512,
    },
)
