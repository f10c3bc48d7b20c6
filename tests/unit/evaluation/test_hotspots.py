"""PAI, PEI and hit rate: worked by hand, and equal to a loop over periods and cells."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from crime_spark.evaluation.hotspots import SHARES, CellPeriods, evaluate

NAN = float("nan")
OUTSIDE = 9999


def by_hand(score: dict[int, float], cells: int = 20, **overrides: Any) -> CellPeriods:
    """Two periods of cells 0, 1, ...: 4 incidents in cell 3, 2 in 7 and 1 in 12; then 1 in 3 and 3 in 5.

    Two incidents more lie outside the universe. score is each cell's, 0 where not named.
    """
    counts = [{3: 4, 7: 2, 12: 1}, {3: 1, 5: 3}]
    rows = [
        (day, cell, count.get(cell, 0), score.get(cell, 0)) for day, count in enumerate(counts) for cell in range(cells)
    ]
    period, unit, count, scores = (np.array(column) for column in zip(*rows, (0, OUTSIDE, 2, NAN), strict=True))
    columns = {
        "count": count.astype(float),
        "score": scores,
        "longer_history": np.zeros(len(unit)),
        "unit": unit,
        "period": period,
        "block": np.zeros(len(unit), np.int64),
        "in_universe": unit != OUTSIDE,
    }
    return CellPeriods(**{**columns, **overrides})


def values(rows: CellPeriods, k: float | None = None) -> dict[str, float]:
    return {name: estimate.value for name, estimate in evaluate(rows, resamples=1, seed=1, k=k).metrics.items()}


def test_by_hand():
    # 13 incidents in all. Of 20 cells, 1 and 5 percent are 1 cell: 7, with 2 and 0; 10 percent are 7 and 3.
    expected = {
        **{"hit_1": 2 / 13, "hit_5": 2 / 13, "hit_10": (2 + 4 + 0 + 1) / 13},
        **{"pai_1": 2 / 13 * 20, "pai_5": 2 / 13 * 20, "pai_10": 7 / 13 * 10},
        # With hindsight cell 3, then 5; and 3 and 7, then 5 and 3.
        **{"pei_1": 2 / (4 + 3), "pei_5": 2 / 7, "pei_10": 7 / (4 + 2 + 3 + 1)},
        # In the first period cells 3, 7 and 12 come 2nd, 1st and 13th of 20, in the second 3 and 5 2nd and 3rd.
        "gini": 2 / 13 * (4 * 37 + 2 * 39 + 1 * 15 + 1 * 37 + 3 * 35) / 40 - 1,
        **{"rows": 40.0, "n": 13.0},
    }
    assert values(by_hand({7: 0.9, 3: 0.5, 5: 0.1})) == pytest.approx(expected)


def test_auc_is_of_reaching_k():
    rows = by_hand({7: 0.9, 3: 0.5, 5: 0.1})
    result = values(rows, k=2.0)
    inside = rows.in_universe
    expected = sklearn_metrics.roc_auc_score(rows.count[inside] >= 2, rows.score[inside])
    assert result["auc"] == pytest.approx(expected)
    assert result["pr_auc"] == pytest.approx(
        sklearn_metrics.average_precision_score(rows.count[inside] >= 2, rows.score[inside])
    )
    assert result["auc"] != values(rows, k=1.0)["auc"]
    assert "auc" not in values(rows)


@pytest.mark.parametrize(("longer", "hit"), [({}, 0), ({3: 1.0}, 5), ({5: 2.0, 3: 1.0}, 3)])
def test_equal_scores_go_by_longer_history_and_then_by_cell(longer, hit):
    rows = by_hand({})
    history = np.array([longer.get(cell, 0.0) for cell in rows.unit])
    assert values(replace(rows, longer_history=history))["hit_1"] == pytest.approx(hit / 13)
    # As cell 0 comes before the others, so does cell 3 if it is called -1.
    renamed = replace(rows, longer_history=history, unit=np.where(rows.unit == 3, -1, rows.unit))
    assert values(renamed)["hit_1"] == pytest.approx((hit or 5) / 13)


@pytest.mark.parametrize(("cells", "taken"), [(100, 1), (101, 2), (700, 7), (837, 9)])
def test_shares_of_cells_are_rounded_up_but_not_by_inexact_products(cells, taken):
    result = values(by_hand({7: 0.9}, cells))
    assert result["hit_1"] / result["pai_1"] == pytest.approx(taken / cells)


def test_with_hindsight_nothing_is_better():
    rows = by_hand({})
    result = values(replace(rows, score=np.where(rows.in_universe, rows.count, NAN)))
    assert [result[f"pei_{q}"] for q in SHARES] == [1, 1, 1]


def test_without_incidents_nothing_is_defined():
    result = values(by_hand({}, count=np.zeros(41)))
    assert [result[f"{name}_1"] for name in ("hit", "pai", "pei")] == pytest.approx([NAN] * 3, nan_ok=True)
    assert result["n"] == 0


@pytest.mark.parametrize("column", ["score", "longer_history"])
def test_a_cell_of_the_universe_without_score_or_history_is_refused(column):
    rows = by_hand({})
    with pytest.raises(ValueError, match=f"1 rows of cells in the universe have no {column}"):
        replace(rows, **{column: np.where(np.arange(41) == 5, NAN, 0.0)})


def test_without_a_universe_there_is_nothing_to_rank():
    with pytest.raises(ValueError, match="no cell is in the universe"):
        by_hand({}, in_universe=np.zeros(41, bool))


def random_rows(seed: int, cells: int, periods: int, levels: int) -> CellPeriods:
    """Rows in no order, scores and histories of few levels, a tenth outside the universe, weeks of two periods."""
    random = np.random.default_rng(seed)
    size = cells * periods
    period, unit = (item.ravel() for item in np.meshgrid(np.arange(periods), np.arange(cells), indexing="ij"))
    inside = unit >= cells // 10
    shuffled = random.permutation(size)
    score = np.where(inside, random.integers(0, levels, size) / levels, NAN)
    columns = (random.poisson(0.7, size).astype(float), score, random.integers(0, 3, size).astype(float))
    whole = (unit, period * 8 + 5, period // 2 * 7)
    return CellPeriods(*(item[shuffled] for item in (*columns, *whole, inside)))


def naive_sums(rows: CellPeriods, percent: int) -> dict[int, np.ndarray]:
    """Block -> hits, hits with hindsight, incidents, cells taken and cells, one period after the other."""
    sums: dict[int, np.ndarray] = {}
    for period in sorted(set(rows.period)):
        index = [place for place in range(len(rows.period)) if rows.period[place] == period]
        cells = [place for place in index if rows.in_universe[place]]
        taken = ceil(round(percent * len(cells) / 100, 6))
        by_score = sorted(cells, key=lambda place: (-rows.score[place], -rows.longer_history[place], rows.unit[place]))
        by_count = sorted(cells, key=lambda place: -rows.count[place])
        hits, most = (sum(rows.count[place] for place in order[:taken]) for order in (by_score, by_count))
        result = np.array([hits, most, sum(rows.count[place] for place in index), taken, len(cells)])
        block = int(rows.block[index[0]])
        sums[block] = sums.get(block, 0) + result
    return sums


def naive_metrics(percent: int, hits: float, most: float, n: float, taken: float, cells: float) -> dict[str, float]:
    hit, best = (hits / n, most / n) if n else (NAN, NAN)
    pai, best_pai = hit * cells / taken, best * cells / taken
    return {f"hit_{percent}": hit, f"pai_{percent}": pai, f"pei_{percent}": pai / best_pai if best_pai else NAN}


@given(st.integers(0, 10_000), st.sampled_from([3, 20, 41]), st.integers(1, 5), st.sampled_from([1, 3, 1000]))
@settings(max_examples=50, deadline=None)
def test_values_are_those_of_a_loop_over_periods_and_cells(seed, cells, periods, levels):
    rows = random_rows(seed, cells, periods, levels)
    result = values(rows)
    for percent in SHARES:
        for name, value in naive_metrics(percent, *sum(naive_sums(rows, percent).values())).items():
            assert result[name] == pytest.approx(value, nan_ok=True), name


def test_weeks_are_drawn_and_not_periods():
    rows = random_rows(seed=4, cells=30, periods=16, levels=4)
    result = evaluate(rows, resamples=50, seed=9, k=2.0).metrics
    draws = np.random.default_rng(9).multinomial(8, [1 / 8] * 8, size=50)
    for percent in SHARES:
        blocks = [sums for _, sums in sorted(naive_sums(rows, percent).items())]
        drawn = [naive_metrics(percent, *(draw @ np.array(blocks))) for draw in draws]
        for name in drawn[0]:
            item = [metrics[name] for metrics in drawn]
            assert list(result[name].drawn) == pytest.approx(item), name
            assert (result[name].low, result[name].high) == pytest.approx(tuple(np.percentile(item, [2.5, 97.5]))), name
            assert result[name].low < result[name].value < result[name].high
    assert result["auc"].low < result["auc"].value < result["auc"].high


def test_what_lies_outside_the_universe_changes_no_resample():
    rows = random_rows(seed=4, cells=30, periods=16, levels=4)
    inside = rows.in_universe
    alone = CellPeriods(*(getattr(rows, name)[inside] for name in rows.__dataclass_fields__))
    for name in ("auc", "pei_10"):
        result, without = (evaluate(item, resamples=30, seed=2, k=1.0).metrics[name] for item in (rows, alone))
        assert list(result.drawn) == pytest.approx(list(without.drawn)), name
