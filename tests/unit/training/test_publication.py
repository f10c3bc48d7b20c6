"""Finished cells wait to be stored together, but not for long."""

from __future__ import annotations

import io

import pytest

from crime_spark.fitting.blocks import Fitted, prepared_block, training_counts
from crime_spark.fitting.cells import Block, Cell
from crime_spark.fitting.model_store import FittedModels
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import CELLS, PREDICTIONS
from crime_spark.training.publication import MOST_SECONDS, FittedCell, Publication
from tests.unit.training.tiny import PRIOR, RATE, TASK, tiny_settings, write_plain_examples

CELLS_OF_ONE_BLOCK = [Cell("chicago", TASK, learner, "per_year", "fair", 0, 2015, 2015) for learner in (PRIOR, RATE)]


class Clock:
    """Tells the time that a test sets, in seconds."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def fitted_cell(lake: Lake, cell: Cell) -> FittedCell:
    examples = lake.read(TASK.examples)
    training = examples.where("year = 2015")
    expected = training_counts(training, TASK.inputs("fair"))
    ready = prepared_block(Block((cell,)), training, expected, tiny_settings())
    fitted: Fitted = ready.fit(cell, tiny_settings())
    ready.close()
    nothing = dict.fromkeys(CELLS.names)
    entry = {**nothing, **cell.keys, "test_year": 2016, "model": cell.model, "fingerprint": "new"}
    return FittedCell(fitted, ready.target, entry, test=examples.where("year = 2016"))


def stored(lake: Lake) -> list[str]:
    return sorted(row["learner"] for row in lake.read(CELLS).collect()) if lake.exists(CELLS) else []


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_cells_are_stored_together_once_the_first_has_waited_long_enough(lake, clock):
    write_plain_examples(lake, {2015: [1, 0], 2016: [1, 1, 0]})
    publication = Publication(lake, FittedModels(lake), set(), clock)
    progress = Progress(io.StringIO())
    for seconds, cell in ((0.0, CELLS_OF_ONE_BLOCK[0]), (MOST_SECONDS - 1, CELLS_OF_ONE_BLOCK[1])):
        clock.seconds = seconds
        publication.add(fitted_cell(lake, cell))
        assert publication.store(progress, everything=False) == []
        assert stored(lake) == []
    clock.seconds = MOST_SECONDS
    assert publication.store(progress, everything=False) == []
    assert stored(lake) == ["area_premise_rate", "class_prior"]
    assert lake.read(PREDICTIONS).groupBy("learner").count().orderBy("learner").collect() == [
        ("area_premise_rate", 3),
        ("class_prior", 3),
    ]


def test_at_the_end_everything_is_stored_at_once(lake, clock):
    write_plain_examples(lake, {2015: [1, 0], 2016: [1, 1, 0]})
    publication = Publication(lake, FittedModels(lake), set(), clock)
    publication.add(fitted_cell(lake, CELLS_OF_ONE_BLOCK[0]))
    publication.store(Progress(io.StringIO()), everything=True)
    assert stored(lake) == ["class_prior"]


def test_a_stored_cell_is_withdrawn_before_its_model_is_replaced(lake, clock, monkeypatch):
    """A run that is killed while it writes predictions leaves no new model under an old fingerprint."""
    write_plain_examples(lake, {2015: [1, 0], 2016: [1, 1, 0]})
    cells = [fitted_cell(lake, cell) for cell in CELLS_OF_ONE_BLOCK]
    first = Publication(lake, FittedModels(lake), set(), clock)
    for cell in cells:
        first.add(cell)
    first.store(Progress(io.StringIO()), everything=True)
    second = Publication(lake, FittedModels(lake), {tuple(cell.keys.values()) for cell in CELLS_OF_ONE_BLOCK}, clock)
    second.add(cells[0])
    replace = Lake.replace

    def killed(self: Lake, table: object, *arguments: object, **options: object) -> None:
        if table is PREDICTIONS:
            raise KeyboardInterrupt
        replace(self, table, *arguments, **options)

    monkeypatch.setattr(Lake, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        second.store(Progress(io.StringIO()), everything=True)
    assert stored(lake) == ["area_premise_rate"]


def test_nothing_is_stored_where_nothing_waits(lake, clock):
    assert Publication(lake, FittedModels(lake), set(), clock).store(Progress(io.StringIO()), everything=True) == []
    assert stored(lake) == []
