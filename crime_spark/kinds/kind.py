"""The declaration of a kind of prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from crime_spark.kinds.metric import Metric


@dataclass(frozen=True)
class Kind:
    """Base class of the kinds. Class attributes declare a kind; fields are parameters that a task chooses.

    Attributes:
        answer: what a model predicts, as a phrase of the model card.
        predictions: columns of gold/predictions; exactly one of them contains the prediction of a row.
        context: other columns of gold/predictions that evaluation reads.
        drawn_by: column of the examples by which a share of the rows is drawn; rows with equal values stay together.
        is_number: whether the label is a number, not a class.
        is_ranked: whether the units of a panel are ranked within each period.
        metrics: all metrics, the headline first; pages show them in this order.
        headline: the metric that models are chosen, tuned and explained by.
        note: a further remark for readers of the metrics.

    Raises:
        ValueError: a subclass declares a metric twice, or a headline that is not shown or not compared.
    """

    answer: ClassVar[str]
    predictions: ClassVar[tuple[str, ...]]
    context: ClassVar[tuple[str, ...]] = ()
    drawn_by: ClassVar[str] = "example_id"
    is_number: ClassVar[bool] = False
    is_ranked: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]]
    headline: ClassVar[Metric]
    note: ClassVar[str] = "A dash: the metric is not defined."

    def __init_subclass__(cls) -> None:
        cls.headline, names = cls.metrics[0], [metric.name for metric in cls.metrics]
        if len(set(names)) < len(names):
            raise ValueError(f"kind {cls.__name__} is refused: metrics must have different names; got {names}")
        if not (cls.headline.title and cls.headline.compared):
            raise ValueError(f"kind {cls.__name__} is refused: {cls.headline.name} must have a title and be compared")

    @classmethod
    def metric(cls, name: str) -> Metric:
        """The metric of that name.

        Raises:
            KeyError: the kind has no such metric.
        """
        return {metric.name: metric for metric in cls.metrics}[name]

    @classmethod
    def others(cls) -> list[Metric]:
        """The metrics that pages show after the headline."""
        return [metric for metric in cls.metrics[1:] if metric.title]

    @classmethod
    def computed(cls) -> list[str]:
        """Names of the metrics that are computed from the rows of a cell."""
        return [metric.name for metric in cls.metrics if not metric.relative]

    @classmethod
    def compared(cls) -> list[str]:
        """Names of the metrics that learners are compared by."""
        return [metric.name for metric in cls.metrics if metric.compared]

    @classmethod
    def audited(cls) -> list[Metric]:
        """The metrics that the leakage audit measures."""
        return [metric for metric in cls.metrics if metric.audited]
