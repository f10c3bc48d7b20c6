"""Folds go forward and end with the training years."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from crime_spark.errors import UsageError
from crime_spark.tuning.folds import Fold, check_folds, check_rows, folds_of, year_and_month

YEAR = range(12 * 2015, 12 * 2016)
JANUARY = 12 * 2015


def test_a_year_in_three_folds_of_two_months():
    assert folds_of(YEAR, 3, 2) == [
        Fold(0, JANUARY + 6, JANUARY + 7),
        Fold(1, JANUARY + 8, JANUARY + 9),
        Fold(2, JANUARY + 10, JANUARY + 11),
    ]


def test_months_without_examples_are_passed_over():
    stored = [JANUARY, JANUARY + 1, JANUARY + 5, JANUARY + 9]
    assert folds_of(reversed(stored), 2, 1) == [Fold(0, JANUARY + 5, JANUARY + 5), Fold(1, JANUARY + 9, JANUARY + 9)]


@pytest.mark.parametrize(("months", "count", "length"), [(12, 3, 3), (12, 7, 1), (3, 2, 1), (1, 1, 1), (0, 1, 1)])
def test_too_few_months_are_refused(months, count, length):
    words = f"{count} folds of {length} months leave only {max(months - count * length, 0)} of {months} months"
    with pytest.raises(UsageError, match=words):
        folds_of(YEAR[:months], count, length)


@pytest.mark.parametrize(("months", "count", "length"), [(12, 6, 1), (12, 3, 2), (4, 2, 1), (2, 1, 1), (13, 6, 1)])
def test_half_of_the_months_is_enough(months, count, length):
    months = [JANUARY + index for index in range(months)]
    folds = folds_of(months, count, length)
    assert len(folds) == count
    assert 2 * sum(month < folds[0].begins for month in months) >= len(months)
    assert folds[-1].ends == months[-1]
    check_folds(folds, months[-1] // 12)


def test_a_peeking_tuner_is_caught():
    """One that validates on the first months of the year that the cell is tested on."""
    peeking = folds_of(range(JANUARY, JANUARY + 14), 3, 2)
    with pytest.raises(ValueError, match="folds must end in 2015, the last training year"):
        check_folds(peeking, 2015)
    check_folds(peeking, 2016)


@pytest.mark.parametrize(
    ("folds", "words"),
    [
        ([Fold(0, JANUARY + 8, JANUARY + 9), Fold(1, JANUARY + 6, JANUARY + 7)], "must not overlap"),
        ([Fold(0, JANUARY + 6, JANUARY + 8), Fold(1, JANUARY + 8, JANUARY + 9)], "overlap"),
        ([Fold(1, JANUARY + 6, JANUARY + 8)], "must be numbered in order"),
    ],
)
def test_folds_that_do_not_go_forward_are_refused(folds, words):
    with pytest.raises(ValueError, match=words):
        check_folds(folds, 2015)


def test_a_fold_without_months_is_refused():
    with pytest.raises(ValueError, match="must have a month of validation"):
        Fold(0, JANUARY + 2, JANUARY + 1)


def test_rows_of_other_months_are_refused():
    fold = Fold(0, JANUARY + 6, JANUARY + 7)
    check_rows(JANUARY + 5, JANUARY + 7, fold, 2015)
    check_rows(None, None, fold, 2015)
    with pytest.raises(ValueError, match="training rows must be before the months of validation"):
        check_rows(JANUARY + 6, JANUARY + 7, fold, 2015)
    with pytest.raises(ValueError, match="validation rows must be in the months"):
        check_rows(JANUARY + 5, JANUARY + 8, fold, 2015)
    with pytest.raises(ValueError, match="and not after 2014"):
        check_rows(JANUARY + 5, JANUARY + 7, fold, 2014)


def test_rows_are_parted_by_month(spark):
    rows = spark.createDataFrame([(y, m) for y in (2014, 2015, 2016) for m in range(1, 13)], "year INT, month INT")
    fold = Fold(0, JANUARY + 6, JANUARY + 7)
    numbered = F.col("year") * 100 + F.col("month")
    stored = {
        part: [row[0] for row in frame.select(numbered).orderBy(numbered).collect()]
        for part, frame in (("fitted", fold.training(rows)), ("validated", fold.validation(rows)))
    }
    assert stored["validated"] == [201507, 201508]
    assert stored["fitted"] == [*range(201401, 201413), *range(201501, 201507)]


def test_months_as_people_write_them():
    assert [year_and_month(JANUARY + index) for index in (0, 11, 12)] == [201501, 201512, 201601]
