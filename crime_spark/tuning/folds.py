"""Forward-chaining folds by month inside the training years, and the guard that nothing later is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.errors import UsageError

# Months are numbered through the years: 12 times the year, and January is 0.
MONTH = "12 * year + month - 1"


@dataclass(frozen=True)
class Fold:
    """Fitted on the months before `begins`, validated on those from `begins` to `ends`, both included.

    Raises:
        ValueError: it validates on no month.
    """

    number: int
    begins: int
    ends: int

    def __post_init__(self) -> None:
        if self.ends < self.begins:
            raise ValueError(f"a fold without a month to validate on: {self}")

    def training(self, examples: DataFrame) -> DataFrame:
        """The rows to fit on, of examples (columns year and month)."""
        return examples.where(F.expr(MONTH) < self.begins)

    def validation(self, examples: DataFrame) -> DataFrame:
        """The rows to validate on."""
        return examples.where(F.expr(MONTH).between(self.begins, self.ends))


def folds_of(months: Iterable[int], count: int, length: int) -> list[Fold]:
    """`count` folds, each validated on `length` of these months, the last of them on the last ones.

    A fold is fitted on every month before those. The first one keeps half of the months or more to be fitted on.

    Raises:
        UsageError: there are not so many months.
    """
    held = sorted(set(months))
    first = len(held) - count * length
    if first < 1 or 2 * first < len(held):
        raise UsageError(
            f"{count} folds of {length} months would leave the first one {max(first, 0)} of {len(held)} months to be "
            "fitted on, less than half: set fewer tuning.folds or tuning.fold_months"
        )
    starts = [first + at * length for at in range(count)]
    return [Fold(at, held[start], held[start + length - 1]) for at, start in enumerate(starts)]


def check_folds(folds: Sequence[Fold], train_to: int) -> None:
    """Nothing after the last training year may choose a model that is judged on the next.

    Raises:
        ValueError: a fold is validated on months after train_to, or it is not after the one before it.
    """
    peeking = [fold for fold in folds if fold.ends >= 12 * (train_to + 1)]
    if peeking:
        raise ValueError(f"folds reach beyond {train_to}, the last training year: {peeking}")
    if [fold.number for fold in folds] != list(range(len(folds))):
        raise ValueError(f"folds are not numbered in their order: {folds}")
    if any(before.ends >= after.begins for before, after in pairwise(folds)):
        raise ValueError(f"folds overlap or do not go forward: {folds}")


def check_rows(last_fitted: int | None, last_validated: int | None, fold: Fold, train_to: int) -> None:
    """The same of the rows themselves, by the last month that either part holds; None of a part without rows.

    Raises:
        ValueError: rows to fit on are of the months to validate on or later, or rows to validate on are not of the
            fold.
    """
    if last_fitted is not None and last_fitted >= fold.begins:
        raise ValueError(f"rows to fit on reach into the months that {fold} is validated on")
    if last_validated is not None and last_validated > min(fold.ends, 12 * (train_to + 1) - 1):
        raise ValueError(f"rows to validate on reach beyond the months of {fold}, or beyond {train_to}")


def year_and_month(month: int) -> int:
    """201503 of the number of March 2015, for people."""
    return 100 * (month // 12) + month % 12 + 1
