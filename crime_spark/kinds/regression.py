"""Regression: a number."""

from __future__ import annotations

from dataclasses import dataclass

from crime_spark.kinds.kind import Kind
from crime_spark.kinds.metric import Metric


@dataclass(frozen=True)
class Regression(Kind):
    """The label is a number."""

    answer = "a number"
    predictions = ("prediction",)
    is_number = True
    metrics = (
        Metric(
            "mae",
            "MAE",
            "MAE is the mean absolute error in {unit}: lower is better, 0 is perfect.",
            higher_is_better=False,
            decimals=None,
            unit="label",
            compared=True,
            audited=True,
        ),
        Metric("rmse", "RMSE", "RMSE in {unit}.", higher_is_better=False, decimals=None, unit="label"),
        Metric(
            "r2",
            "R²",
            "R² is 1 for a perfect forecast and 0 for the mean of the year itself.",
            compared=True,
            audited=True,
        ),
        Metric(
            "mase", "MASE", "MASE: the MAE over that of the value of a week ago.", higher_is_better=False, relative=True
        ),
        Metric("poisson_deviance", "Poisson deviance", higher_is_better=False, decimals=None),
        Metric(
            "coverage_90",
            "Within the 90 % interval",
            "The 90 % interval is chosen on months before the year.",
            decimals=1,
            unit="%",
            aim="90 % is meant",
        ),
        Metric("width_90", higher_is_better=False, decimals=None, unit="label"),
        Metric("mean_label", decimals=None, unit="label", aim=""),
        *(Metric(name, aim="") for name in ("rows", "validation_rows")),
    )
    note = "A dash: not defined, such as the Poisson deviance of a forecast that is not above 0."
