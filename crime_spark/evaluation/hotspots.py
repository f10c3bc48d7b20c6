"""Metrics of ranked cells: the share of incidents in the few cells with the highest scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crime_spark.evaluation.findings import Findings, Points
from crime_spark.evaluation.formulas import Formulas
from crime_spark.evaluation.ranking import auc_estimate, average_precision_estimate, levels
from crime_spark.evaluation.resampling import Array, Estimate, Resamples, Whole, all_rows, estimates, resampled

# Selected shares of the cells in whole percent. With fractions, 0.07 * 100 is greater than 7 and is rounded up to 8.
SHARES = (1, 5, 10)
FORMULAS = Formulas()


@dataclass(frozen=True)
class CellPeriods:
    """Cells and periods, a row for each pair.

    Attributes:
        count: number of incidents. The other attributes do not matter for cells outside the universe.
        score: the highest score is ranked first.
        longer_history: breaks ties of the score; the higher value is first.
        unit: number of the cell; breaks the remaining ties; the lower number is first.
        period: number of the period.
        block: number of the block of periods (the week), the unit of resampling.
        in_universe: whether the cell has a score.

    Raises:
        ValueError: a cell of the universe has no score or no longer_history, or no cell is in the universe.
    """

    count: Array
    score: Array
    longer_history: Array
    unit: Whole
    period: Whole
    block: Whole
    in_universe: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not self.in_universe.any():
            raise ValueError("no cell is in the universe")
        for name in ("score", "longer_history"):
            missing = int(np.isnan(getattr(self, name)[self.in_universe]).sum())
            if missing:
                raise ValueError(f"{missing} rows of cells in the universe have no {name}")


@dataclass(frozen=True)
class _Ranked:
    """The rows of the universe in two orders.

    Attributes:
        order: rows by period and score.
        best: rows by period and number of incidents.
        place: place of a row of either order in its period, from 0.
        size: number of cells in that period.
    """

    order: Whole
    best: Whole
    place: Whole
    size: Whole


@dataclass(frozen=True)
class RankedCells:
    """Cells and periods, their resamples, and the least count k of a hotspot."""

    rows: CellPeriods
    drawn: Resamples
    k: float | None


def evaluate(
    rows: CellPeriods, resamples: int, seed: int, k: float | None = None, formulas: Formulas = FORMULAS
) -> Findings:
    """Compute the metrics of `formulas`; k is the least count of a hotspot."""
    return formulas.findings(RankedCells(rows, resampled(rows.block, resamples, seed), k))


@FORMULAS.computes(
    *(f"{name}_{percent}" for percent in SHARES for name in ("hit", "pai", "pei")), "gini", "rows", "n", "auc", "pr_auc"
)
def _rates(cells: RankedCells) -> Findings:
    """hit, pai and pei at 1, 5 and 10 percent of the cells (hit_1, ..., pei_10), gini, rows and n; auc, pr_auc with k.

    In each period the ceil(q * cells) cells of the universe with the highest scores are selected.
    hit_q: incidents in selected cells / all incidents n, including those outside the universe, over all periods.
    pai_q, the prediction accuracy index: hit_q / (selected cells / cells) (Chainey, Tompson and Uhlig 2008, "The
    utility of hotspot mapping for predicting spatial patterns of crime"). Cells have equal areas.
    pei_q, the prediction efficiency index: pai_q / the pai_q of cells ranked by the counts of the period itself, which
    is the maximum (Hunt 2016, dissertation; NIJ Real-Time Crime Forecasting Challenge 2017).
    gini = 2 A - 1, where A is the area below the curve of the share of all n incidents over the share of selected cells
    in each period: 0 for a random order, near 1 if few cells hold all incidents, negative for a wrong order. The j-th
    of the m cells of a period adds incidents / n · (1 - (j - ½) / m) to A (the Gini or concentration coefficient;
    Bernasco and Steenbeek 2017, "More places than crimes").
    auc and pr_auc rank all cells and periods together; positive if count >= k. rows counts those of the universe.
    Curves: hit_rate, x = selected cells / cells, y = incidents in them / n, at 0, 1, ..., 100 percent of the cells of
    each period, rounded up. area_share, x = 0, 5, ..., 100 percent of n up to the share that is reached, y = the
    smallest share of the cells of each period that holds it.
    """
    rows, drawn, ranking = cells.rows, cells.drawn, _ranked(cells.rows)
    exact, drawn_metrics = (_metrics(rows, ranking, sample) for sample in (all_rows(len(rows.count)), drawn))
    result = estimates(exact, drawn_metrics)
    if cells.k is not None:
        inside = rows.in_universe
        reached, ordered = (rows.count[inside] >= cells.k).astype(float), levels(rows.score[inside])
        result["auc"] = auc_estimate(reached, ordered, drawn.subset(inside))
        result["pr_auc"] = average_precision_estimate(reached, ordered, drawn.subset(inside))
    counts = {"rows": float(rows.in_universe.sum()), "n": float(rows.count.sum())}
    curves = {"hit_rate": _hit_rate(rows, ranking), "area_share": _area_share(rows, ranking)} if counts["n"] else {}
    return Findings(
        {**result, **{name: Estimate(value) for name, value in counts.items()}},
        curves={(name, None): points for name, points in curves.items()},
    )


def _ranked(rows: CellPeriods) -> _Ranked:
    inside = np.flatnonzero(rows.in_universe)
    _, period, sizes = np.unique(rows.period[inside], return_inverse=True, return_counts=True)
    by_score = (rows.unit[inside], -rows.longer_history[inside], -rows.score[inside], period)
    order = inside[np.lexsort(by_score)]
    best = inside[np.lexsort((-rows.count[inside], period))]
    # Both orders are sorted by period, so an index has the same period and place in both.
    place = np.arange(len(inside)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return _Ranked(order, best, place, np.repeat(sizes, sizes))


def _metrics(rows: CellPeriods, ranking: _Ranked, resamples: Resamples) -> dict[str, Array]:
    """hit, pai, pei and gini of each resample."""
    left = rows.count[ranking.order] * (1 - (ranking.place + 0.5) / ranking.size)
    with np.errstate(invalid="ignore"):
        result = {"gini": 2 * resamples.subset(ranking.order).sums(left) / resamples.sums(rows.count) - 1}
    for percent in SHARES:
        taken = ranking.place < -(-ranking.size * percent // 100)
        result |= _of_share(percent, rows, resamples, ranking.order[taken], ranking.best[taken])
    return result


def _of_share(percent: int, rows: CellPeriods, resamples: Resamples, taken: Whole, best: Whole) -> Mapping[str, Array]:
    """hit, pai and pei, from the places of the selected rows, and of the best rows in hindsight."""
    hits, most = (_sums(rows.count, resamples, chosen) for chosen in (taken, best))
    cells = resamples.sums(rows.in_universe.astype(float))
    cells_taken = _sums(np.ones_like(rows.count), resamples, taken)
    with np.errstate(invalid="ignore", divide="ignore"):
        hit = hits / resamples.sums(rows.count)
        return {f"hit_{percent}": hit, f"pai_{percent}": hit / (cells_taken / cells), f"pei_{percent}": hits / most}


def _hit_rate(rows: CellPeriods, ranking: _Ranked) -> Points:
    # The smallest whole percentage that, rounded up to cells, includes the place of the row.
    percent = 100 * ranking.place // ranking.size + 1
    cells, hits = (np.cumsum(np.bincount(percent, weights, 101)) for weights in (None, rows.count[ranking.order]))
    return Points(cells / len(ranking.order), hits / rows.count.sum())


def _area_share(rows: CellPeriods, ranking: _Ranked) -> Points:
    share = (ranking.place + 1) / ranking.size
    by_share = np.argsort(share, kind="stable")
    reached = np.cumsum(rows.count[ranking.order][by_share])
    percent = np.arange(5, 101, 5)
    # Both sides are whole numbers, so a share that is reached exactly counts.
    place = np.searchsorted(100 * reached, percent * rows.count.sum())
    exists = place < len(reached)
    return Points(np.append(0.0, percent[exists] / 100), np.append(0.0, share[by_share][place[exists]]))


def _sums(term: Array, resamples: Resamples, chosen: Whole) -> Array:
    return resamples.subset(chosen).sums(term[chosen])
