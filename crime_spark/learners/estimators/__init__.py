"""Spark ML estimators and models of learners that Spark does not have."""
