"""How strongly coefficients are held to zero."""

from crime_spark.errors import UsageError
from crime_spark.learners.learner import Shape


def penalty(learner: str, c: float, shape: Shape) -> float:
    """MLlib's regParam for scikit-learn's C: the loss of the rows together weighs C times as much as the penalty.

    regParam stands beside the mean loss, so that the same number would hold few rows too loosely or many too tightly.

    Raises:
        UsageError: C is not greater than 0.
    """
    if c <= 0:
        raise UsageError(f"learner_settings.{learner}.C is {c}; it must be greater than 0")
    return 1 / (c * max(shape.rows, 1))
