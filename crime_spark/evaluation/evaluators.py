"""Evaluation of the predictions of a cell, by kind: from an Arrow table to findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from crime_spark.evaluation import binary, hotspots, multiclass, regression
from crime_spark.evaluation.findings import Findings
from crime_spark.evaluation.formulas import Formulas
from crime_spark.evaluation.hotspots import CellPeriods
from crime_spark.evaluation.resampling import Array, Whole
from crime_spark.kinds import Binary, Kind, MultiClass, Ranking, Regression

FORMULAS: Mapping[type[Kind], Formulas] = {
    Binary: binary.FORMULAS,
    MultiClass: multiclass.FORMULAS,
    Regression: regression.FORMULAS,
    Ranking: hotspots.FORMULAS,
}


def evaluator(kind: type[Kind], formulas: Formulas, resamples: int, seed: int) -> Callable[..., Findings]:
    """A function that evaluates the rows of a cell, given with rows of earlier months or None.

    Both tables have the columns that `judge` selects.
    """

    def evaluate_rows(table: pa.Table, earlier: pa.Table | None) -> Findings:
        chosen_on = label_and_predicted(earlier, kind.predictions[0]) if earlier is not None else None
        judged = label_and_predicted(table, kind.predictions[0])
        return formulas.evaluate(*judged, _block(table), resamples, seed, chosen_on)

    def evaluate_cells(table: pa.Table, earlier: pa.Table | None) -> Findings:
        k = table.column("k")[0].as_py()
        return hotspots.evaluate(_cell_periods(table), resamples, seed, k, formulas)

    return evaluate_cells if kind.is_ranked else evaluate_rows


def label_and_predicted(table: pa.Table, name: str) -> tuple[NDArray[Any], Array]:
    """Labels, and the predictions of a column: numbers, or lists of probabilities as a matrix.

    Raises:
        ValueError: the lists have different lengths.
    """
    label, lists = numbers(table, "label"), table.column(name).combine_chunks()
    if not pa.types.is_list(lists.type):
        return label, numbers(table, name)
    lengths = pc.unique(pc.list_value_length(lists)).to_pylist()
    if len(lengths) != 1 or not lengths[0]:
        raise ValueError(
            f"all rows of a cell must have the same number of probabilities; got {sorted(map(str, lengths))}"
        )
    return label.astype(np.int64), lists.flatten().to_numpy(zero_copy_only=False).reshape(len(table), lengths[0])


def _cell_periods(table: pa.Table) -> CellPeriods:
    score = pc.coalesce(table.column("probability"), table.column("prediction"))
    units = table.column("unit").combine_chunks().dictionary_encode()
    in_order = pc.rank(units.dictionary).to_numpy()
    return CellPeriods(
        count=numbers(table, "label"),
        score=np.asarray(score.to_numpy(), dtype=np.float64),
        longer_history=numbers(table, "longer_history"),
        unit=in_order[units.indices.to_numpy(zero_copy_only=False)].astype(np.int64),
        period=table.column("occurred_at").combine_chunks().cast(pa.int64()).to_numpy(),
        block=_block(table),
        in_universe=score.is_valid().to_numpy().astype(bool),
    )


def numbers(table: pa.Table, name: str) -> Array:
    """A column as numbers, with NaN for NULL."""
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def _block(table: pa.Table) -> Whole:
    return np.asarray(table.column("block").to_numpy(), dtype=np.int64)
