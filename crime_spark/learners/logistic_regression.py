"""MLlib logistic regression."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import LogisticRegression

from crime_spark.errors import UsageError
from crime_spark.learners.learner import Learner, Settings, Shape


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Binomial logistic regression; its optimiser draws no random numbers, so the seed has no use.

    C is scikit-learn's: the loss of the rows together weighs C times as much as the penalty. MLlib's regParam stands
    beside the mean loss, so that the same number would hold few rows too loosely or many too tightly.

    Raises:
        UsageError: C is not greater than 0.
    """
    if settings["C"] <= 0:
        raise UsageError(f"learner_settings.logistic_regression.C is {settings['C']}; it must be greater than 0")
    others = {name: value for name, value in settings.items() if name != "C"}
    return LogisticRegression(
        featuresCol="features",
        labelCol="label",
        weightCol="weight",
        rawPredictionCol="",
        family="binomial",
        regParam=1 / (settings["C"] * max(shape.rows, 1)),
        **others,
    )


# Loss stops falling long before MLlib's default of 100 iterations: the AUC is the same to four digits.
LOGISTIC_REGRESSION = Learner(
    name="logistic_regression",
    build=build,
    wants="onehot",
    settings={"maxIter": 10, "tol": 1e-4, "C": 0.1, "elasticNetParam": 0.0, "standardization": False},
)
