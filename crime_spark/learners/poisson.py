"""MLlib's generalized linear model of counts: the logarithm of the expected one is linear."""

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

# An exponential runs off where a row is unlike all others: no prediction is above so many times the largest label.
HIGHEST = 2.0


class Poisson(Estimator[PipelineModel]):
    """The regression, its predictions held to HIGHEST times the largest training label; 0 if no label is above 0."""

    def __init__(self, regression: GeneralizedLinearRegression) -> None:
        super().__init__()
        self.regression = regression

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        # MLlib keeps nothing in memory here, and passes over the rows in every iteration.
        rows = dataset.select("features", "label", "weight").persist()
        try:
            largest = rows.agg(F.max("label").alias("largest")).collect()[0]["largest"]
            if largest == 0:
                # Its logarithm would be sought for ever.
                return PipelineModel([SQLTransformer(statement="SELECT *, 0D AS prediction FROM __THIS__")])
            model = self.regression.setPredictionCol("_expected").fit(rows)
        finally:
            rows.unpersist()
        held = f"least(_expected, {HIGHEST * largest!r}D)"
        return PipelineModel([model, SQLTransformer(statement=f"SELECT *, {held} AS prediction FROM __THIS__")])


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Poisson regression with a logarithmic link; no random numbers are drawn, so the seed has no use.

    MLlib weighs the penalty by the mean label, so that the fit is the same whatever a label's unit: the same as
    scikit-learn's PoissonRegressor with alpha = mean label / (C * rows). MLlib refuses more than 4,096 features.

    Raises:
        UsageError: C is not greater than 0.
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


# A tighter penalty, as it is in the unit of the mean label, draws units where little happens to the busy ones.
POISSON = Learner(
    name="poisson",
    build=build,
    wants="log",
    kinds=(Regression, Ranking),
    settings={"maxIter": 25, "tol": 1e-6, "C": 100.0},
    space={"C": Real(1.0, 10000.0, log=True, simpler="low")},
)
