"""Looks into a lake in a local folder without Spark."""

from __future__ import annotations

import os
import re
from typing import Any

from crime_spark.fitting.fitted_cells import fitted_below
from crime_spark.ingest.landing import is_local
from crime_spark.schemas import INCIDENTS


def has_table(lake: str, name: str) -> bool:
    """Whether a local lake has a table; False for other lakes."""
    return os.path.isdir(os.path.join(_folder(lake), name))


def stored_years(lake: str, city: str) -> list[int]:
    """The years of a city's incidents in a local lake, sorted; empty for other lakes."""
    folder = os.path.join(_folder(lake), INCIDENTS.name, f"city={city}")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(int(name[5:]) for name in names if re.fullmatch(r"year=\d{4}", name))


def fitted_keys(lake: str) -> list[dict[str, Any]]:
    """The keys of the cells that have a model in a local lake; empty for other lakes."""
    return fitted_below(_folder(lake)) if is_local(lake) else []


def _folder(lake: str) -> str:
    return re.sub("^file:/*", "/", lake)
