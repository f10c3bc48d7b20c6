"""What is fitted: one declaration a learner, and the tuple of all of them."""

from crime_spark.learners.area_premise_rate import AREA_PREMISE_RATE
from crime_spark.learners.class_prior import CLASS_PRIOR
from crime_spark.learners.gbt import GBT
from crime_spark.learners.learner import Learner
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION

LEARNERS: tuple[Learner, ...] = (LOGISTIC_REGRESSION, GBT, CLASS_PRIOR, AREA_PREMISE_RATE)
