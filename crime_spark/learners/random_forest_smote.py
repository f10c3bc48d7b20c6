"""Random forest on training rows with interpolated rows of rare classes."""

from crime_spark.learners.estimators.class_balance import treated
from crime_spark.learners.estimators.smote import SMOTE
from crime_spark.learners.random_forest import RANDOM_FOREST

RANDOM_FOREST_SMOTE = treated(RANDOM_FOREST, SMOTE)
