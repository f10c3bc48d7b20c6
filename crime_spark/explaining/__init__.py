"""Explanations of models: importance of features, errors by group, and drift."""
