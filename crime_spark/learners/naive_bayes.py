"""MLlib naive Bayes on categories and ranges of numbers."""

from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.classification import NaiveBayes

from crime_spark.kinds import Binary, MultiClass, Ranking
from crime_spark.learners.estimators.multiclass import ClassesInPlace
from crime_spark.learners.learner import Learner, Settings, Shape
from crime_spark.learners.space import Real


def build(shape: Shape, settings: Settings, seed: int) -> Estimator[Any]:
    """Multinomial naive Bayes on words. With a word for each feature it equals categorical naive Bayes.

    Correlated features make its probabilities overconfident, but its ranking is useful. The seed has no effect.
    """
    bayes = NaiveBayes(
        featuresCol="features",
        labelCol="label",
        weightCol="weight",
        rawPredictionCol="",
        predictionCol="",
        modelType="multinomial",
        smoothing=settings["smoothing"],
    )
    return ClassesInPlace(bayes, shape.classes if shape.kind is MultiClass else 2)


NAIVE_BAYES = Learner(
    name="naive_bayes",
    build=build,
    wants="words",
    kinds=(Binary, MultiClass, Ranking),
    settings={"smoothing": 1.0},
    space={"smoothing": Real(0.1, 100.0, log=True)},
    default=False,
)
