"""Logistic regression on as many rows of each class, about, as there are of the rarest."""

from crime_spark.learners.estimators.class_balance import UNDERSAMPLED, treated
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION

LOGISTIC_REGRESSION_UNDERSAMPLED = treated(LOGISTIC_REGRESSION, UNDERSAMPLED)
