"""How much of what happened lies in the few cells that are ranked highest, period by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crime_spark.evaluation.findings import Findings, Points
from crime_spark.evaluation.formulas import Formulas
from crime_spark.evaluation.ranking import auc_estimate, average_precision_estimate, levels
from crime_spark.evaluation.resampling import Array, Estimate, Resamples, Whole, all_rows, estimates, resampled

# Shares of the cells that are taken, in percent: whole numbers, as 0.07 * 100 is more than 7 and rounds up to 8.
SHARES = (1, 5, 10)
FORMULAS = Formulas()


@dataclass(frozen=True)
class CellPeriods:
    """One row for each cell and period, as arrays of one length; of cells outside the universe only the counts matter.

    count is the number of incidents; score what the cell is ranked by, highest first; longer_history breaks ties, more
    first, and then unit, the cell's number in its order, lowest first. period numbers the period, block the block of
    periods (week) that is resampled. in_universe: the cell has a score.

    Raises:
        ValueError: a cell of the universe has no score or no longer history, or there is no cell in the universe.
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
    """Rows of the universe in two orders, period by period: by score, and by what happened.

    place is where in its period a row of either order stands, 0 = first, size the number of cells of that period.
    """

    order: Whole
    best: Whole
    place: Whole
    size: Whole


@dataclass(frozen=True)
class RankedCells:
    """What formulas take: cells and periods, their resamples, and the count k that a hotspot reaches."""

    rows: CellPeriods
    drawn: Resamples
    k: float | None


def evaluate(
    rows: CellPeriods, resamples: int, seed: int, k: float | None = None, formulas: Formulas = FORMULAS
) -> Findings:
    """The metrics of cells and periods that formulas name; k is the count that a hotspot reaches."""
    return formulas.findings(RankedCells(rows, resampled(rows.block, resamples, seed), k))


@FORMULAS.computes(
    *(f"{name}_{percent}" for percent in SHARES for name in ("hit", "pai", "pei")), "gini", "rows", "n", "auc", "pr_auc"
)
def _rates(cells: RankedCells) -> Findings:
    """hit, pai and pei at 1, 5 and 10 percent of the cells (hit_1, ..., pei_10), gini, rows, n; auc and pr_auc with k.

    Each period the ceil(q * cells) cells with the highest score are taken, of all cells in the universe.
    hit_q: incidents in cells taken / all incidents n, those outside the universe too, over all periods.
    pai_q, the prediction accuracy index: hit_q / (cells taken / cells) (Chainey, Tompson and Uhlig 2008, "The utility
    of hotspot mapping for predicting spatial patterns of crime"); cells are equal in area.
    pei_q, the prediction efficiency index: pai_q / the pai_q of cells ranked by the period's own counts, which is the
    most that can be reached (Hunt 2016, dissertation; NIJ Real-Time Crime Forecasting Challenge 2017).
    gini = 2 A - 1, A being the area below the curve of the share of all n incidents over the share of each period's
    cells taken: 0 for a random order, towards 1 where a few cells hold all, below 0 for a wrong order. A cell that is
    the j-th of its period's m adds its incidents / n · (1 - (j - ½) / m) to A (the Gini or concentration coefficient;
    Bernasco and Steenbeek 2017, "More places than crimes").
    auc and pr_auc rank cells and periods together, positive where count >= k; rows counts those of the universe.
    Curves: hit_rate, x = cells taken / cells, y = incidents in them / n, at 0, 1, ..., 100 percent of the cells of each
    period, rounded up; area_share, x = 0, 5, ..., 100 percent of n as far as it is reached, y = the least share of the
    cells of each period that holds it.
    """
    rows, drawn, ranking = cells.rows, cells.drawn, _ranked(cells.rows)
    exact, found = (_metrics(rows, ranking, each) for each in (all_rows(len(rows.count)), drawn))
    result = estimates(exact, found)
    if cells.k is not None:
        inside = rows.in_universe
        reached, ordered = (rows.count[inside] >= cells.k).astype(float), levels(rows.score[inside])
        result["auc"] = auc_estimate(reached, ordered, drawn.of(inside))
        result["pr_auc"] = average_precision_estimate(reached, ordered, drawn.of(inside))
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
    # Both orders hold the periods one after the other, each with as many rows: a place has one rank and one period.
    place = np.arange(len(inside)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return _Ranked(order, best, place, np.repeat(sizes, sizes))


def _metrics(rows: CellPeriods, ranking: _Ranked, resamples: Resamples) -> dict[str, Array]:
    """hit, pai, pei and gini of each resample."""
    left = rows.count[ranking.order] * (1 - (ranking.place + 0.5) / ranking.size)
    with np.errstate(invalid="ignore"):
        result = {"gini": 2 * resamples.of(ranking.order).sums(left) / resamples.sums(rows.count) - 1}
    for percent in SHARES:
        taken = ranking.place < -(-ranking.size * percent // 100)
        result |= _of_share(percent, rows, resamples, ranking.order[taken], ranking.best[taken])
    return result


def _of_share(percent: int, rows: CellPeriods, resamples: Resamples, taken: Whole, best: Whole) -> Mapping[str, Array]:
    """hit, pai and pei, from the places of the rows taken, and of those to be taken in hindsight."""
    hits, most = (_sums(rows.count, resamples, chosen) for chosen in (taken, best))
    cells = resamples.sums(rows.in_universe.astype(float))
    cells_taken = _sums(np.ones_like(rows.count), resamples, taken)
    with np.errstate(invalid="ignore", divide="ignore"):
        hit = hits / resamples.sums(rows.count)
        return {f"hit_{percent}": hit, f"pai_{percent}": hit / (cells_taken / cells), f"pei_{percent}": hits / most}


def _hit_rate(rows: CellPeriods, ranking: _Ranked) -> Points:
    # The least whole percentage of which, rounded up, the row's place is part.
    percent = 100 * ranking.place // ranking.size + 1
    cells, hits = (np.cumsum(np.bincount(percent, each, 101)) for each in (None, rows.count[ranking.order]))
    return Points(cells / len(ranking.order), hits / rows.count.sum())


def _area_share(rows: CellPeriods, ranking: _Ranked) -> Points:
    share = (ranking.place + 1) / ranking.size
    by_share = np.argsort(share, kind="stable")
    reached = np.cumsum(rows.count[ranking.order][by_share])
    percent = np.arange(5, 101, 5)
    # Whole numbers on both sides: a share reached exactly is reached.
    at = np.searchsorted(100 * reached, percent * rows.count.sum())
    held = at < len(reached)
    return Points(np.append(0.0, percent[held] / 100), np.append(0.0, share[by_share][at[held]]))


def _sums(term: Array, resamples: Resamples, chosen: Whole) -> Array:
    return resamples.of(chosen).sums(term[chosen])
