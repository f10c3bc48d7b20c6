"""The report stage: ledger, quarantine and the small gold tables to one page for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crime_spark.cities.city import City
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.reporting.best import with_best
from crime_spark.reporting.card import card_sections
from crime_spark.reporting.contests import contests
from crime_spark.reporting.datasheet import datasheet_sections
from crime_spark.reporting.material import Material, read_material, with_explained
from crime_spark.reporting.origin import marked, origin, warning
from crime_spark.reporting.page import build_page, render
from crime_spark.reporting.page_files import write_text
from crime_spark.tasks.task import Task

PAGE = "reports/index.html"
CARDS = "reports/cards"


def report(lake: Lake, cities: Sequence[City], progress: Progress) -> str:
    """Write the page about cities from what the lake holds, and the cards that it links; return the page's path.

    A table that is not there yet gives a sentence in the page that says which stage makes it.

    Raises:
        LakeError: the page cannot be written.
    """
    with progress.working("report: reading the small tables"):
        material = with_best(lake, read_material(lake, cities))
    # First the cards: a link of the page leads somewhere whenever it is read.
    _write_cards(lake, material, progress)
    linked = {f"{CARDS.partition('/')[2]}/{name}.html": title for name, title in titles(material).items()}
    with progress.working(f"report: writing {PAGE}"):
        return write_text(lake, PAGE, build_page(material, datetime.now(UTC), linked))


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


def cards(material: Material, made: datetime) -> dict[str, str]:
    """Name -> page as HTML: <city>-data, and <city>-<task>. made is in UTC."""
    pages: dict[str, str] = {}
    named = titles(material)
    said = f"{made:%Y-%m-%d %H:%M} UTC"
    for city in material.cities:
        alone = replace(material, cities=(city,))
        warned = (origin(alone), warning(alone))
        name = f"{city.name}-data"
        pages[name] = render(named[name], datasheet_sections(material, city), said, warned)
        for task in _judged(material, city):
            name = f"{city.name}-{task.name}"
            pages[name] = render(named[name], card_sections(material, city, task), said, warned)
    return pages


def titles(material: Material) -> dict[str, str]:
    """Name of each card -> its title, in the order of the cities."""
    found: dict[str, str] = {}
    for city in material.cities:
        alone = replace(material, cities=(city,))
        found[f"{city.name}-data"] = marked(f"Datasheet: {city.title}", alone)
        for task in _judged(material, city):
            found[f"{city.name}-{task.name}"] = marked(f"Model card: {task.name}, {city.title}", alone)
    return found


def _judged(material: Material, city: City) -> list[Task]:
    return [material.tasks[name] for name in dict.fromkeys(contest.task for contest in contests(material, city))]
