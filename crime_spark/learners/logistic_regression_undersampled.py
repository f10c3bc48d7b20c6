"""Logistic regression on about equal numbers of rows of each class."""

from crime_spark.learners.estimators.class_balance import UNDERSAMPLED, treated
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION

LOGISTIC_REGRESSION_UNDERSAMPLED = treated(LOGISTIC_REGRESSION, UNDERSAMPLED)
