"""MLlib's generalized linear model of counts with a logarithmic link."""

from typing import Any

from pyspark.ml import Estimator, PipelineModel
from pyspark.ml.feature import SQLTransformer
from pyspark.ml.regression import GeneralizedLinearRegression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.kinds import Ranking, Regression
from crime_spark.learners.estimators.penalty import penalty
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Real

# Predictions are at most this multiple of the largest training label, because an exponential extrapolates.
HIGHEST = 2.0


class Poisson(Estimator[PipelineModel]):
    """The regression with predictions of at most HIGHEST times the largest training label; 0 if all labels are 0."""

    def __init__(self, regression: GeneralizedLinearRegression) -> None:
        super().__init__()
        self.regression = regression

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        # MLlib does not cache the rows, and reads them in every iteration.
        rows = dataset.select("features", "label", "weight").persist()
        try:
            largest = rows.agg(F.max("label").alias("largest")).collect()[0]["largest"]
            if largest == 0:
                # The fit would not converge to log(0).
                return PipelineModel([SQLTransformer(statement="SELECT *, 0D AS prediction FROM __THIS__")])
            model = self.regression.setPredictionCol("_expected").fit(rows)
        finally:
            rows.unpersist()
        bounded = f"least(_expected, {HIGHEST * largest!r}D)"
        return PipelineModel([model, SQLTransformer(statement=f"SELECT *, {bounded} AS prediction FROM __THIS__")])


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Poisson regression with a logarithmic link. The seed has no effect.

    MLlib scales the penalty by the mean label, so that the fit does not depend on the unit of the label. It equals
    scikit-learn's PoissonRegressor with alpha = mean label / (C * rows). MLlib refuses more than 4,096 features.

    Raises:
        UsageError: C is not positive.
    """
    return Poisson(
        GeneralizedLinearRegression(
            family="poisson",
            link="log",
            featuresCol="features",
            labelCol="label",
            weightCol="weight",
            maxIter=settings["maxIter"],
            tol=settings["tol"],
            regParam=penalty("poisson", settings["C"], shape),
        )
    )


# The penalty is in the unit of the mean label. A stronger one pulls quiet units towards busy ones.
POISSON = Learner(
    name="poisson",
    build=build,
    wants="log",
    kinds=(Regression, Ranking),
    settings={"maxIter": 25, "tol": 1e-6, "C": 100.0},
    space={"C": Real(1.0, 10000.0, log=True, simpler="low")},
)
