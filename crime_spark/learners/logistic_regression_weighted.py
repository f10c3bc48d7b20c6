"""Logistic regression with equal total weights of the classes."""

from crime_spark.learners.estimators.class_balance import WEIGHTED, treated
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION

LOGISTIC_REGRESSION_WEIGHTED = treated(LOGISTIC_REGRESSION, WEIGHTED)
