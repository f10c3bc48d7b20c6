"""The report stage: ledger, quarantine and the small gold tables to one page for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from crime_spark.cities.city import City
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.reporting.best import with_best
from crime_spark.reporting.material import read_material
from crime_spark.reporting.page import build_page
from crime_spark.reporting.writing import write_text

PAGE = "reports/index.html"


def report(lake: Lake, cities: Sequence[City], progress: Progress) -> str:
    """Write the page about cities from what the lake holds, and return its path.

    A table that is not there yet gives a sentence in the page that says which stage makes it.

    Raises:
        LakeError: the page cannot be written.
    """
    with progress.working("report: reading the small tables"):
        material = with_best(lake, read_material(lake, cities))
    with progress.working(f"report: writing {PAGE}"):
        return write_text(lake, PAGE, build_page(material, datetime.now(UTC)))
