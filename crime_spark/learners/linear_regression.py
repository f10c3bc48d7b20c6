"""MLlib linear regression with a ridge penalty."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.regression import LinearRegression

from crime_spark.kinds import Regression
from crime_spark.learners.estimators.penalty import penalty
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Real


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Least squares. The seed has no effect.

    MLlib penalizes the coefficients of a label scaled to deviation 1. The fit equals scikit-learn's Ridge with
    alpha = 1 / (C * deviation of the label).

    Raises:
        UsageError: C is not positive.
    """
    return LinearRegression(
        featuresCol="features",
        labelCol="label",
        weightCol="weight",
        elasticNetParam=0.0,
        standardization=False,
        regParam=penalty("linear_regression", settings["C"], shape),
    )


LINEAR_REGRESSION = Learner(
    name="linear_regression",
    build=build,
    wants="onehot",
    kinds=(Regression,),
    settings={"C": 0.1},
    space={"C": Real(0.001, 10.0, log=True, simpler="low")},
)
