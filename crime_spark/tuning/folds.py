"""Forward-chaining folds by month in the training years, and checks that no later rows are used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.errors import UsageError

# The number of a month: 12 times the year plus the month, where January is 0.
MONTH = "12 * year + month - 1"


@dataclass(frozen=True)
class Fold:
    """A fold: trained on the months before `begins`, validated on the months from `begins` to `ends`.

    Raises:
        ValueError: there is no month of validation.
    """

    number: int
    begins: int
    ends: int

    def __post_init__(self) -> None:
        if self.ends < self.begins:
            raise ValueError(f"a fold must have a month of validation; got {self}")

    def training(self, examples: DataFrame) -> DataFrame:
        """The training rows of examples with year and month."""
        return examples.where(F.expr(MONTH) < self.begins)

    def validation(self, examples: DataFrame) -> DataFrame:
        """The validation rows of examples with year and month."""
        return examples.where(F.expr(MONTH).between(self.begins, self.ends))


def folds_of(months: Iterable[int], count: int, length: int) -> list[Fold]:
    """Divide months into folds; the last fold is validated on the last months.

    A fold is trained on all months before its validation. The first fold is trained on at least half of the months.

    Args:
        months: numbers of months.
        count: number of folds.
        length: months of validation in each fold.

    Raises:
        UsageError: there are too few months.
    """
    ordered = sorted(set(months))
    first = len(ordered) - count * length
    if first < 1 or 2 * first < len(ordered):
        raise UsageError(
            f"{count} folds of {length} months leave only {max(first, 0)} of {len(ordered)} months for training in "
            "the first fold, less than half; reduce tuning.folds or tuning.fold_months"
        )
    starts = [first + number * length for number in range(count)]
    return [Fold(number, ordered[start], ordered[start + length - 1]) for number, start in enumerate(starts)]


def check_folds(folds: Sequence[Fold], train_to: int) -> None:
    """Check that folds are in order and end in the last training year.

    Raises:
        ValueError: a fold has months after train_to, or folds overlap or are not in order.
    """
    too_late = [fold for fold in folds if fold.ends >= 12 * (train_to + 1)]
    if too_late:
        raise ValueError(f"folds must end in {train_to}, the last training year; got {too_late}")
    if [fold.number for fold in folds] != list(range(len(folds))):
        raise ValueError(f"folds must be numbered in order; got {folds}")
    if any(before.ends >= after.begins for before, after in pairwise(folds)):
        raise ValueError(f"folds must not overlap; got {folds}")


def check_rows(last_fitted: int | None, last_validated: int | None, fold: Fold, train_to: int) -> None:
    """Check the rows of a fold.

    Args:
        last_fitted: last month of the training rows; None without rows.
        last_validated: last month of the validation rows; None without rows.
        fold: the fold.
        train_to: the last training year.

    Raises:
        ValueError: training rows are not before the months of validation, or validation rows are after them.
    """
    if last_fitted is not None and last_fitted >= fold.begins:
        raise ValueError(f"training rows must be before the months of validation of {fold}")
    if last_validated is not None and last_validated > min(fold.ends, 12 * (train_to + 1) - 1):
        raise ValueError(f"validation rows must be in the months of {fold} and not after {train_to}")


def year_and_month(month: int) -> int:
    """The number of a month as text: 201503 for March 2015."""
    return 100 * (month // 12) + month % 12 + 1
