"""Random forest on training rows to which interpolated ones of the rarer classes have been added."""

from crime_spark.learners.balancing import treated
from crime_spark.learners.random_forest import RANDOM_FOREST
from crime_spark.learners.smote import SMOTE

RANDOM_FOREST_SMOTE = treated(RANDOM_FOREST, SMOTE)
