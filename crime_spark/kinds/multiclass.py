"""Multiclass predictions: one class among several."""

from __future__ import annotations

from dataclasses import dataclass

from crime_spark.kinds.kind import Kind
from crime_spark.kinds.metric import Metric

OTHER = "other"


@dataclass(frozen=True)
class MultiClass(Kind):
    """The label is the index of a class.

    Attributes:
        classes: names of the classes.
        least_share: classes with a smaller share of the training rows become OTHER.

    Raises:
        ValueError: there are fewer than two classes, or a class is listed twice.
    """

    answer = "the probability of each of several classes"
    predictions = ("probabilities",)
    metrics = (
        Metric(
            "macro_auc",
            "macro AUC",
            "Macro AUC is the mean, over the classes, of the chance that a random case of the class is ranked above a "
            "random one of another class: 0.5 is a coin, 1 is perfect.",
            compared=True,
            audited=True,
            chance=0.5,
        ),
        Metric("accuracy", "Accuracy"),
        Metric("macro_f1", "Macro F1"),
        Metric("weighted_f1", "Weighted F1"),
        Metric("log_loss", "Log loss", "Log loss in nats.", higher_is_better=False),
        *(Metric(f"{mean}_{name}") for mean in ("macro", "weighted") for name in ("precision", "recall")),
        *(Metric(name, higher_is_better=False) for name in ("ece", "log_loss_calibrated", "ece_calibrated")),
        *(Metric(name, aim="") for name in ("rows", "validation_rows")),
    )
    note = "The predicted class is the most probable one. A dash: the metric is not defined."

    classes: tuple[str, ...]
    least_share: float = 0.01

    def __post_init__(self) -> None:
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise ValueError(f"classes must be at least two different names; got {self.classes}")
