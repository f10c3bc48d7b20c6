"""Least squares on powers and products of the calendar's numbers, without the trend."""

from typing import Any

from pyspark.ml import Estimator, Pipeline
from pyspark.ml.feature import PolynomialExpansion
from pyspark.ml.regression import LinearRegression

from crime_spark.errors import UsageError
from crime_spark.kinds import Regression
from crime_spark.learners.estimators.penalty import penalty
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Real, Whole


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """All products of up to `degree` numbers, then linear_regression. Products of sine and cosine give harmonics.

    The trend is excluded, because its powers in a later year exceed all training values.

    Raises:
        UsageError: degree is less than 1, or C is not positive.
    """
    if settings["degree"] < 1:
        raise UsageError(f"learner_settings.polynomial_regression.degree is {settings['degree']}; it must be 1 or more")
    expansion = PolynomialExpansion(degree=settings["degree"], inputCol="features", outputCol="_powers")
    regression = LinearRegression(
        featuresCol="_powers",
        labelCol="label",
        weightCol="weight",
        elasticNetParam=0.0,
        standardization=False,
        regParam=penalty("polynomial_regression", settings["C"], shape),
    )
    return Pipeline(stages=[expansion, regression])


POLYNOMIAL_REGRESSION = Learner(
    name="polynomial_regression",
    build=build,
    wants="numbers",
    kinds=(Regression,),
    settings={"degree": 3, "C": 0.1},
    space={"degree": Whole(1, 4), "C": Real(0.001, 10.0, log=True, simpler="low")},
)
