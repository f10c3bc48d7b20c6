"""Features are chosen by the rows handed in, and a selector that sees others is caught."""

from __future__ import annotations

from contextlib import closing

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.errors import CrimeSparkError, UsageError
from crime_spark.fitting.blocks import TrainingCounts
from crime_spark.fitting.cells import Cell
from crime_spark.fitting.feature_selection import Selection, in_order, places
from crime_spark.fitting.univariate import univariate
from crime_spark.kinds import Binary, Regression
from crime_spark.tuning import trial_fit
from crime_spark.tuning.folds import Fold
from crime_spark.tuning.trial_fit import FoldRows
from tests.unit.training.tiny import LATITUDE, PREMISE, counting
from tests.unit.tuning.trying import NOISY, PER_MONTH, QUICK, settings, write_noisy

CELL = Cell("chicago", NOISY, QUICK, "per_year", "fair", 0, 2015, 2015)
FOLD = Fold(0, 12 * 2015 + 8, 12 * 2015 + 9)  # September and October
VALIDATED = (201509, 201510)
SELECTED = {"C": 0.1, "features": "univariate:0.2"}


def counted(rows: DataFrame) -> TrainingCounts:
    names = [name for name in rows.columns if name in {feature.name for feature in NOISY.features}]
    result = rows.agg(F.avg("label").alias("mean"), *(F.count(name).alias(name) for name in names)).collect()[0]
    return TrainingCounts(result["mean"], {name: result[name] for name in names})


@pytest.fixture
def examples(lake):
    write_noisy(lake)
    return lake.read(NOISY.examples).where("year = 2015")


@pytest.mark.parametrize("way", ["univariate", "importance"])
def test_what_tells_comes_first(examples, way):
    order = in_order(examples, counted(examples), NOISY, NOISY.features, way, settings())
    assert order[0] == "premise"
    assert sorted(order) == sorted(feature.name for feature in NOISY.features)


def test_the_forest_that_tells_what_is_important_makes_its_rows_once(examples):
    rows, built = counting(examples)
    in_order(rows, counted(examples), NOISY, NOISY.features, "importance", settings())
    assert built.value == 12 * PER_MONTH


@pytest.mark.parametrize("way", ["univariate", "importance"])
def test_a_feature_without_values_is_not_among_them(examples, way):
    rows = examples.withColumn("noise_0", F.lit(None).cast("string"))
    order = in_order(rows, counted(rows), NOISY, NOISY.features, way, settings())
    assert "noise_0" not in order
    assert len(order) == len(NOISY.features) - 1


def test_where_no_feature_has_a_value_there_is_nothing_to_select(examples):
    nothing = TrainingCounts(0.0, dict.fromkeys((feature.name for feature in NOISY.features), 0))
    with pytest.raises(CrimeSparkError, match="noisy: cannot select features; none has a value"):
        in_order(examples.where("false"), nothing, NOISY, NOISY.features, "univariate", settings())


def test_a_share_is_rounded_up_and_what_a_learner_needs_is_kept():
    order = ["a", "b", "c", "d", "e"]
    assert Selection("univariate", 0.5).kept(order) == ["a", "b", "c"]
    assert Selection("univariate", 0.01).kept(order) == ["a"]
    assert Selection("univariate", 0.2).kept(order, needed=("d", "absent", "a")) == ["a", "d"]
    assert Selection("univariate", 1.0).kept(order) == order


@pytest.mark.parametrize("text", ["univariate:0.5", "importance:0.1", "univariate:1"])
def test_a_selection_is_read_as_it_is_written(text):
    assert str(Selection.read(text)) == text


@pytest.mark.parametrize("text", ["univariate", "univariate:some", "guess:0.5", "univariate:0", "importance:1.5", ""])
def test_what_is_no_selection_is_refused(text):
    with pytest.raises(UsageError, match="feature selection"):
        Selection.read(text)


def test_places_of_a_vector_are_of_categories_then_numbers():
    assert places([], (LATITUDE, PREMISE)) == ["premise", "latitude"]


def fold_rows(examples) -> FoldRows:
    return FoldRows(CELL, FOLD, examples, settings())


def check_blind(lake) -> tuple[str, ...]:
    """What is kept is the same whatever the months that are validated on tell; then it is given back."""
    kept = []
    for planted in ((), VALIDATED):
        write_noisy(lake, planted=planted)
        with closing(fold_rows(lake.read(NOISY.examples).where("year = 2015"))) as stored:
            kept.append(stored.judge(CELL, SELECTED, "auc").kept)
    assert kept[0] == kept[1]
    return kept[0]


def test_features_are_selected_blind_to_what_is_validated_on(lake):
    kept = check_blind(lake)
    assert kept[0] == "premise"
    assert len(kept) == 2


def test_a_leaky_selector_is_caught(lake, monkeypatch):
    """It is fitted on all rows: a feature that tells in the months validated on alone is kept for their sake."""

    def leaky(training, *others):
        return in_order(lake.read(NOISY.examples).where("year = 2015"), *others)

    monkeypatch.setattr(trial_fit, "in_order", leaky)
    with pytest.raises(AssertionError, match="noise_0"):
        check_blind(lake)


@pytest.mark.parametrize("part", ["training", "validation"])
def test_rows_of_the_wrong_months_are_caught(examples, monkeypatch, part):
    monkeypatch.setattr(Fold, part, lambda self, rows: rows)
    with pytest.raises(ValueError, match=r"rows must be (before|in) the months of"):
        fold_rows(examples)


@pytest.mark.parametrize(("kind", "test"), [(Binary, "chi2"), (Regression, "anova")])
def test_the_test_goes_by_what_is_fitted(examples, kind, test):
    assert univariate(examples, [PREMISE], kind)[0].test == test
