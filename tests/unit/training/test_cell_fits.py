"""Fits that end early: what was finished is stored, and nothing else is begun."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pyspark.ml import Estimator

from crime_spark.errors import UsageError
from crime_spark.fitting.cells import Block, Cell
from crime_spark.fitting.example_counts import years_of_examples
from crime_spark.fitting.model_store import FittedModels
from crime_spark.learners.learner import Shape
from crime_spark.progress import Progress
from crime_spark.schemas import CELLS
from crime_spark.training.cell_fits import CellFits
from crime_spark.training.publication import Publication
from tests.unit.training.tiny import LR, PRIOR, TASK, run_train, tiny_settings, write_plain_examples

BLOCK = Block((Cell("chicago", TASK, LR, "per_year", "fair", 0, 2015, 2015),))


def late(shape: Shape, settings: Mapping[str, Any], seed: int) -> Estimator[Any]:
    """Refuses its settings only when it is given training rows."""
    if shape.rows > 2:
        raise UsageError("too late")
    return LR.build(shape, LR.settings, seed)


def test_after_a_stop_no_cell_is_begun(lake):
    write_plain_examples(lake, {2015: [1, 0], 2016: [1]})
    publication, progress = Publication(lake, FittedModels(lake), set()), Progress(io.StringIO())
    counted = {TASK.name: years_of_examples(lake, TASK, ["chicago"], [])}
    fits = CellFits(lake, counted, publication, tiny_settings(), progress, lambda by=1: None)
    (job,) = fits.jobs([(BLOCK, {LR.name: "print"})])
    fits.stop()
    assert job() == []
    assert publication.store(progress, everything=True) == []
    assert not lake.exists(CELLS)


def test_an_error_that_ends_the_run_leaves_what_was_finished(lake):
    write_plain_examples(lake, {2015: [1, 0, 1], 2016: [1]})
    with pytest.raises(UsageError, match="too late"):
        run_train(lake, tiny_settings(), ["chicago"], [PRIOR, replace(LR, name="late", build=late)])
    assert [row["learner"] for row in lake.read(CELLS).collect()] == ["class_prior"]
