"""Spark ML estimators and models that learners build and Spark does not ship."""
