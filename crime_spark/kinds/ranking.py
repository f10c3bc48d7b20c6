"""Rankings: an order of the units of a period."""

from __future__ import annotations

from dataclasses import dataclass

from crime_spark.kinds.kind import Kind
from crime_spark.kinds.metric import Metric


@dataclass(frozen=True)
class Ranking(Kind):
    """The label is a count by which the units of a period are ranked. A hotspot is a unit with at least k incidents.

    Attributes:
        top_share: k is the smallest whole number that at most this share of the training rows reach.

    Raises:
        ValueError: top_share is not between 0 and 1.
    """

    answer = "a place in the order of all units of the period"
    predictions = ("probability", "prediction")
    context = ("unit", "occurred_at", "longer_history")
    drawn_by = "occurred_at"
    is_number = True
    is_ranked = True
    metrics = (
        Metric(
            "pai_5",
            "PAI at 5 %",
            "PAI at 5 % of cells is how many times more incidents the cells ranked highest hold than their share of "
            "the area: 1 is a random choice, higher is better.",
            decimals=2,
            compared=True,
            audited=True,
        ),
        *(Metric(f"pai_{share}", f"PAI at {share} %", decimals=2, compared=True) for share in (1, 10)),
        Metric(
            "hit_5",
            "Hit rate at 5 %",
            "Hit rate: the share of all incidents that lie in the cells taken.",
            decimals=1,
            unit="%",
            compared=True,
        ),
        Metric("pei_5", "PEI at 5 %", "PEI: the PAI over that of cells taken in hindsight.", compared=True),
        Metric("gini", "Gini", "Gini: 0 for a random order of the cells."),
        Metric("auc", "AUC of hotspots", "AUC of hotspots: whether a cell and {period} is one.", compared=True),
        *(Metric(f"{name}_{share}", compared=True) for name in ("hit", "pei") for share in (1, 10)),
        Metric("pr_auc"),
        *(Metric(name, aim="") for name in ("rows", "n")),
    )
    note = "A dash: not defined."

    top_share: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.top_share < 1:
            raise ValueError(f"top_share must be between 0 and 1; got {self.top_share}")
