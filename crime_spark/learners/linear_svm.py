"""MLlib linear support vector machine with calibrated probabilities."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import LinearSVC

from crime_spark.kinds import Binary, MultiClass, Ranking
from crime_spark.learners.estimators.multiclass import OneVsRest
from crime_spark.learners.estimators.penalty import penalty
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Real


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Hinge loss with a ridge penalty, as scikit-learn's LinearSVC(C, loss="hinge"). The seed has no effect.

    MLlib's LinearSVC has two classes and no probability; OneVsRest adds both.

    Raises:
        UsageError: C is not positive.
    """
    classifier = LinearSVC(
        featuresCol="features",
        labelCol="label",
        weightCol="weight",
        standardization=False,
        regParam=penalty("linear_svm", settings["C"], shape),
        maxIter=settings["maxIter"],
        tol=settings["tol"],
    )
    return OneVsRest(classifier, shape.classes if shape.kind is MultiClass else 2)


LINEAR_SVM = Learner(
    name="linear_svm",
    build=build,
    wants="onehot",
    kinds=(Binary, MultiClass, Ranking),
    settings={"maxIter": 20, "tol": 1e-4, "C": 0.01},
    space={"C": Real(1e-4, 1.0, log=True, simpler="low")},
    default=False,
)
