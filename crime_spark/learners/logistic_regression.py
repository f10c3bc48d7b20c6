"""MLlib logistic regression."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import LogisticRegression

from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Binomial logistic regression; its optimiser draws no random numbers, so the seed has no use."""
    return LogisticRegression(
        featuresCol="features", labelCol="label", weightCol="weight", rawPredictionCol="", family="binomial", **settings
    )


# Loss stops falling long before MLlib's default of 100 iterations: the AUC is the same to four digits.
LOGISTIC_REGRESSION = Learner(
    name="logistic_regression",
    build=build,
    wants="onehot",
    settings={"maxIter": 10, "tol": 1e-4, "regParam": 1e-5, "elasticNetParam": 0.0, "standardization": False},
)
