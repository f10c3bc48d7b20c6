"""The penalty of coefficients."""

from crime_spark.errors import UsageError
from crime_spark.learners.learner import Shape


def penalty(learner: str, c: float, shape: Shape) -> float:
    """MLlib's regParam for scikit-learn's C, which multiplies the total loss of all rows.

    regParam is relative to the mean loss, so an equal value would be too weak for few rows or too strong for many.

    Raises:
        UsageError: C is not positive.
    """
    if c <= 0:
        raise UsageError(f"learner_settings.{learner}.C is {c}; it must be greater than 0")
    return 1 / (c * max(shape.rows, 1))
