"""How each kind of task is judged: an Arrow table of the predictions of one cell to what is found of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crime_spark.evaluation import binary, hotspots, multiclass, regression
from crime_spark.evaluation.findings import Chosen, Findings
from crime_spark.evaluation.hotspots import SHARES, CellPeriods
from crime_spark.evaluation.resampling import Array, Whole

# What learners are compared by: only these keep the value of each resample.
HEADLINE = ("auc", "macro_auc", "mae", "r2", *(f"{name}_{q}" for name in ("pai", "pei", "hit") for q in SHARES))


class Kind(StrEnum):
    """What is predicted, named as the kinds of tasks/task.py are: Kind(type(task.kind).__name__)."""

    BINARY = "Binary"
    MULTI_CLASS = "MultiClass"
    REGRESSION = "Regression"
    RANKING = "Ranking"


# Rows judged, rows of earlier months or None, resamples, seed.
Judge = Callable[[pa.Table, pa.Table | None, int, int], Findings]
# Label, what is predicted.
Read = Callable[[pa.Table], tuple[Array, Array]]


@dataclass(frozen=True)
class Way:
    """How a kind is judged: the columns of predictions that it reads, all its metrics, and the quickest of them.

    validated: something is chosen on rows of earlier months.
    """

    columns: tuple[str, ...]
    judge: Judge
    ranking: Judge
    validated: bool = True


def _numbers(table: pa.Table, name: str) -> Array:
    """A column as numbers, NaN for NULL."""
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def _block(table: pa.Table) -> Whole:
    return np.asarray(table.column("block").to_numpy(), dtype=np.int64)


def _read(predicted: str) -> Read:
    return lambda table: (_numbers(table, "label"), _numbers(table, predicted))


def _of_classes(table: pa.Table) -> tuple[Whole, Array]:
    lists = table.column("probabilities").combine_chunks()
    lengths = pc.unique(pc.list_value_length(lists)).to_pylist()
    if len(lengths) != 1 or not lengths[0]:
        raise ValueError(f"rows of one cell have {sorted(map(str, lengths))} probabilities")
    probabilities = lists.flatten().to_numpy(zero_copy_only=False).reshape(len(table), lengths[0])
    return _numbers(table, "label").astype(np.int64), probabilities


def _judged(how: Callable[..., Findings], read: Callable[[pa.Table], tuple[Array | Whole, Array]]) -> Judge:
    def one(table: pa.Table, earlier: pa.Table | None, resamples: int, seed: int) -> Findings:
        chosen_on: Chosen | None = read(earlier) if earlier is not None else None  # type: ignore[assignment]
        return how(*read(table), _block(table), resamples, seed, chosen_on)

    return one


def _quickly(how: Callable[..., Findings], read: Callable[[pa.Table], tuple[Array | Whole, Array]]) -> Judge:
    return lambda table, earlier, resamples, seed: how(*read(table), _block(table), resamples, seed)


def _of_cells(table: pa.Table, earlier: pa.Table | None, resamples: int, seed: int) -> Findings:
    score = pc.coalesce(table.column("probability"), table.column("prediction"))
    units = table.column("unit").combine_chunks().dictionary_encode()
    in_order = pc.rank(units.dictionary).to_numpy()
    rows = CellPeriods(
        count=_numbers(table, "label"),
        score=np.asarray(score.to_numpy(), dtype=np.float64),
        longer_history=_numbers(table, "longer_history"),
        unit=in_order[units.indices.to_numpy(zero_copy_only=False)].astype(np.int64),
        period=table.column("occurred_at").combine_chunks().cast(pa.int64()).to_numpy(),
        block=_block(table),
        in_universe=score.is_valid().to_numpy().astype(bool),
    )
    return hotspots.evaluate(rows, resamples, seed, table.column("k")[0].as_py())


def _headline(how: Judge) -> Judge:
    def one(table: pa.Table, earlier: pa.Table | None, resamples: int, seed: int) -> Findings:
        found = how(table, earlier, resamples, seed).metrics
        return Findings({name: estimate for name, estimate in found.items() if name in HEADLINE})

    return one


_of_numbers = _judged(regression.evaluate, _read("prediction"))
WAYS: Mapping[Kind, Way] = {
    Kind.BINARY: Way(
        ("label", "probability"),
        _judged(binary.evaluate, _read("probability")),
        _quickly(binary.evaluate_ranking, _read("probability")),
    ),
    Kind.MULTI_CLASS: Way(
        ("label", "probabilities"),
        _judged(multiclass.evaluate, _of_classes),
        _quickly(multiclass.evaluate_ranking, _of_classes),
    ),
    Kind.REGRESSION: Way(("label", "prediction"), _of_numbers, _headline(_of_numbers)),
    Kind.RANKING: Way(
        ("label", "unit", "occurred_at", "probability", "prediction", "longer_history"),
        _of_cells,
        _headline(_of_cells),
        validated=False,
    ),
}
