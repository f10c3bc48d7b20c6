"""Binary predictions: yes or no."""

from __future__ import annotations

from dataclasses import dataclass

from crime_spark.kinds.kind import Kind
from crime_spark.kinds.metric import Metric


@dataclass(frozen=True)
class Binary(Kind):
    """The label is 1 or 0."""

    answer = "the probability of yes"
    predictions = ("probability",)
    metrics = (
        Metric(
            "auc",
            "AUC",
            "AUC is the chance that a random case with the outcome is ranked above a random one without it: 0.5 is a "
            "coin, 1 is perfect.",
            compared=True,
            audited=True,
            chance=0.5,
        ),
        Metric("pr_auc", "PR AUC"),
        Metric("log_loss", "Log loss", "Log loss in nats.", higher_is_better=False),
        Metric("brier", "Brier score", higher_is_better=False),
        Metric("ece", "ECE", "ECE: the expected calibration error.", higher_is_better=False),
        Metric(
            "accuracy",
            "Accuracy",
            "Accuracy and F1 classify cases as positive from the threshold on. It is chosen on months before the year, "
            "or 0.5 where no model had predicted those months.",
        ),
        Metric("f1", "F1"),
        Metric("threshold", "Threshold", aim=""),
        *(Metric(f"{name}_calibrated", higher_is_better=False) for name in ("log_loss", "brier", "ece")),
        *(Metric(name) for name in ("precision", "recall")),
        *(Metric(f"{name}_at_half") for name in ("accuracy", "precision", "recall", "f1")),
        *(Metric(f"{mean}_{name}") for mean in ("macro", "weighted") for name in ("precision", "recall", "f1")),
        *(Metric(name, aim="") for name in ("tp", "fp", "tn", "fn", "validation_rows")),
    )
