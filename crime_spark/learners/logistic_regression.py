"""MLlib logistic regression."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import LogisticRegression

from crime_spark.kinds import Binary, MultiClass, Ranking
from crime_spark.learners.estimators.multiclass import OfClasses
from crime_spark.learners.estimators.penalty import penalty
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Choice, Real


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Binomial, or multinomial for several classes. The seed has no effect.

    Raises:
        UsageError: C is not positive.
    """
    others = {name: value for name, value in settings.items() if name != "C"}
    several = shape.kind is MultiClass
    estimator = LogisticRegression(
        featuresCol="features",
        labelCol="label",
        weightCol="weight",
        rawPredictionCol="",
        family="multinomial" if several else "binomial",
        regParam=penalty("logistic_regression", settings["C"], shape),
        **others,
    )
    return OfClasses(estimator, shape.classes) if several else estimator


# The loss converges long before MLlib's default of 100 iterations; the AUC is equal in four digits.
LOGISTIC_REGRESSION = Learner(
    name="logistic_regression",
    build=build,
    wants="onehot",
    kinds=(Binary, MultiClass, Ranking),
    settings={"maxIter": 10, "tol": 1e-4, "C": 0.1, "elasticNetParam": 0.0, "standardization": False},
    # A pure L1 penalty removes features.
    space={"C": Real(0.001, 10.0, log=True, simpler="low"), "elasticNetParam": Choice((1.0, 0.5, 0.0))},
)
