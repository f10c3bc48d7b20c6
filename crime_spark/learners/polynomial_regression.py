"""Least squares on powers and products of the calendar's numbers, and on the trend as a straight line."""

from typing import Any

from pyspark.ml import Estimator, Pipeline
from pyspark.ml.feature import PolynomialExpansion, VectorAssembler
from pyspark.ml.regression import LinearRegression

from crime_spark.errors import UsageError
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.penalty import penalty
from crime_spark.learners.space import Real, Whole
from crime_spark.tasks.grain import Regression


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """All products of up to `degree` numbers and the trend, then linear_regression.

    Of a sine and cosine, products are as many harmonics. A trend has no powers and is in no product: it is held to its
    last value, and powers of that beside every season are what no training row has.

    Raises:
        UsageError: degree is less than 1, or C not greater than 0.
    """
    if settings["degree"] < 1:
        raise UsageError(f"learner_settings.polynomial_regression.degree is {settings['degree']}; it must be 1 or more")
    expansion = PolynomialExpansion(degree=settings["degree"], inputCol="features", outputCol="_powers")
    terms = ["_powers", *(["line"] if shape.has_line else [])]
    together = VectorAssembler(inputCols=terms, outputCol="_terms")
    regression = LinearRegression(
        featuresCol="_terms",
        labelCol="label",
        weightCol="weight",
        elasticNetParam=0.0,
        standardization=False,
        regParam=penalty("polynomial_regression", settings["C"], shape),
    )
    return Pipeline(stages=[expansion, together, regression])


POLYNOMIAL_REGRESSION = Learner(
    name="polynomial_regression",
    build=build,
    wants="numbers",
    kinds=(Regression,),
    # A selection of features that kept the trend alone would leave no number to take powers of.
    needs=("year_sin", "year_cos"),
    settings={"degree": 3, "C": 0.1},
    space={"degree": Whole(1, 4), "C": Real(0.001, 10.0, log=True, simpler="low")},
)
