"""The kinds of prediction, each a declaration."""

from crime_spark.kinds.binary import Binary
from crime_spark.kinds.kind import Kind
from crime_spark.kinds.metric import Metric
from crime_spark.kinds.multiclass import OTHER, MultiClass
from crime_spark.kinds.ranking import Ranking
from crime_spark.kinds.regression import Regression

KINDS: tuple[type[Kind], ...] = (Binary, MultiClass, Regression, Ranking)

__all__ = ["KINDS", "OTHER", "Binary", "Kind", "Metric", "MultiClass", "Ranking", "Regression"]
