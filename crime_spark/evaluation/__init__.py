"""Metrics of models with intervals, comparisons, calibration and thresholds."""
