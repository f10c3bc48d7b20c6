"""The fingerprint of a cell: it changes when anything changes that its models depend on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crime_spark.fitting.cells import Cell
from crime_spark.hashes import text_hash
from crime_spark.settings import Settings
from crime_spark.vectors.preparation import RULES, seen_by


def fingerprint_of(cell: Cell, settings: Settings, inputs: Mapping[str, Any]) -> str:
    """A hash of the cell's task, features and settings for fitting, and of further inputs.

    gold/cells and gold/trials store it: a cell whose fingerprint differs is fitted or tuned again.
    """
    features = cell.task.inputs(cell.policy)
    everything = {
        "kind": repr(cell.task.kind),
        "features": [(feature.name, feature.sql) for feature in features],
        "seen": [feature.name for feature in seen_by(cell.learner.wants, features)],
        "crossed": cell.task.crossed,
        "rules": RULES,
        "rows_per_partition": settings.training.rows_per_partition,
        "seed": settings.seed,
        **inputs,
    }
    return text_hash(json.dumps(everything, sort_keys=True, default=str))
