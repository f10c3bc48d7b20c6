"""The report stage: ledger, quarantine and the small gold tables to one page for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from crime_spark.cities.city import City
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.reporting.best import with_best
from crime_spark.reporting.card import card_sections
from crime_spark.reporting.contests import contests
from crime_spark.reporting.datasheet import datasheet_sections
from crime_spark.reporting.material import Material, read_material, with_explained
from crime_spark.reporting.page import build_page, render
from crime_spark.reporting.writing import write_text

PAGE = "reports/index.html"
CARDS = "reports/cards"


def report(lake: Lake, cities: Sequence[City], progress: Progress) -> str:
    """Write the page about cities from what the lake holds, and the cards; return the page's path.

    A table that is not there yet gives a sentence in the page that says which stage makes it.

    Raises:
        LakeError: the page cannot be written.
    """
    with progress.working("report: reading the small tables"):
        material = with_best(lake, read_material(lake, cities))
    with progress.working(f"report: writing {PAGE}"):
        page = write_text(lake, PAGE, build_page(material, datetime.now(UTC)))
    _write_cards(lake, material, progress)
    return page


def write_cards(lake: Lake, cities: Sequence[City], progress: Progress) -> list[str]:
    """Write a datasheet for each city and a model card for each of its tasks that was judged; return their paths.

    Tasks that are not for publication have no card.

    Raises:
        LakeError: one cannot be written.
    """
    return _write_cards(lake, read_material(lake, cities), progress)


def _write_cards(lake: Lake, material: Material, progress: Progress) -> list[str]:
    with progress.working(f"report: writing {CARDS}"):
        pages = cards(with_explained(lake, material), datetime.now(UTC))
        return [write_text(lake, f"{CARDS}/{name}.html", text) for name, text in pages.items()]


def cards(material: Material, generated: datetime) -> dict[str, str]:
    """Name -> page as HTML: <city>-data, and <city>-<task>. generated is in UTC."""
    pages: dict[str, str] = {}
    said = f"{generated:%Y-%m-%d %H:%M} UTC"
    for city in material.cities:
        pages[f"{city.name}-data"] = render(f"Datasheet: {city.title}", datasheet_sections(material, city), said)
        for name in dict.fromkeys(contest.task for contest in contests(material, city)):
            sections = card_sections(material, city, material.tasks[name])
            pages[f"{city.name}-{name}"] = render(f"Model card: {name}, {city.title}", sections, said)
    return pages
