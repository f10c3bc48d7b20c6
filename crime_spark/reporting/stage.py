"""The report stage: writes the report, the model cards and the datasheets from the ledger and the gold tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crime_spark.cities.city import City
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.reporting.best import with_best_curves
from crime_spark.reporting.card import card_sections
from crime_spark.reporting.contests import contests
from crime_spark.reporting.datasheet import datasheet_sections
from crime_spark.reporting.material import Material, read_material, with_explanations
from crime_spark.reporting.origin import marked_title, origin, warning
from crime_spark.reporting.page import build_page, render
from crime_spark.reporting.page_files import write_text
from crime_spark.tasks.task import Task

PAGE = "reports/index.html"
CARDS = "reports/cards"


def report(lake: Lake, cities: Sequence[City], progress: Progress) -> str:
    """Write the report and the cards that it links.

    Where a table does not exist yet, the report names the stage to run.

    Args:
        lake: the lake.
        cities: the cities of the report.
        progress: where progress is shown.

    Returns:
        The path of the report.

    Raises:
        LakeError: a page cannot be written.
    """
    with progress.working("report: reading the small tables"):
        material = with_best_curves(lake, read_material(lake, cities))
    # The cards are written first, so that the links of the report always work.
    _write_cards(lake, material, progress)
    links = {f"{CARDS.partition('/')[2]}/{name}.html": title for name, title in card_titles(material).items()}
    with progress.working(f"report: writing {PAGE}"):
        return write_text(lake, PAGE, build_page(material, datetime.now(UTC), links))


def write_cards(lake: Lake, cities: Sequence[City], progress: Progress) -> list[str]:
    """Write a datasheet for each city and a model card for each publishable task that has metrics.

    Args:
        lake: the lake.
        cities: the cities.
        progress: where progress is shown.

    Returns:
        The paths of the pages.

    Raises:
        LakeError: a page cannot be written.
    """
    return _write_cards(lake, read_material(lake, cities), progress)


def _write_cards(lake: Lake, material: Material, progress: Progress) -> list[str]:
    with progress.working(f"report: writing {CARDS}"):
        pages = card_pages(with_explanations(lake, material), datetime.now(UTC))
        return [write_text(lake, f"{CARDS}/{name}.html", text) for name, text in pages.items()]


def card_pages(material: Material, now: datetime) -> dict[str, str]:
    """HTML of the datasheets (`<city>-data`) and model cards (`<city>-<task>`) by name.

    Args:
        material: rows of the lake, with those of `with_explanations`.
        now: the time shown on the pages, in UTC.
    """
    pages: dict[str, str] = {}
    titles = card_titles(material)
    for city in material.cities:
        city_material = replace(material, cities=(city,))
        warnings = (origin(city_material), warning(city_material))
        sections = {f"{city.name}-data": datasheet_sections(material, city)}
        sections |= {f"{city.name}-{t.name}": card_sections(material, city, t) for t in _evaluated(material, city)}
        pages |= {name: render(titles[name], parts, now, warnings) for name, parts in sections.items()}
    return pages


def card_titles(material: Material) -> dict[str, str]:
    """Titles of the pages of `card_pages` by name, in the same order."""
    titles: dict[str, str] = {}
    for city in material.cities:
        city_material = replace(material, cities=(city,))
        titles[f"{city.name}-data"] = marked_title(f"Datasheet: {city.title}", city_material)
        for task in _evaluated(material, city):
            title = f"Model card: {task.name}, {city.title}"
            titles[f"{city.name}-{task.name}"] = marked_title(title, city_material)
    return titles


def _evaluated(material: Material, city: City) -> list[Task]:
    return [material.tasks[name] for name in dict.fromkeys(contest.task for contest in contests(material, city))]
