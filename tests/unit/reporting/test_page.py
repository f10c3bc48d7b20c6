"""The whole report: every kind of input is rendered, nothing is fetched, and texts from the data are escaped."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

import crime_spark
from crime_spark.cities import CITIES
from crime_spark.reporting.layout import STEPS
from crime_spark.reporting.material import Material
from crime_spark.reporting.page import breakable, build_page
from tests.unit.reporting.kinds import every_kind
from tests.unit.reporting.records import CHICAGO, full_material, metric, year_of_reports

NOW = datetime(2024, 5, 1, 3, 5)
# Elements of HTML without an end tag, and elements of SVG that Vega writes without one.
VOID = {"meta", "wbr", "br", "hr", "img", "link", "path", "line", "rect"}


class Outline(HTMLParser):
    """Collects ids, links and elements; fails if elements are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.resources: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.add(tag)
        self.ids += [attributes["id"] or ""] if "id" in attributes else []
        if tag == "a":
            self.links.append(attributes["href"] or "")
        self.resources += [
            name for name in attributes if name in ("src", "srcset", "data", "poster", "action") or name[:2] == "on"
        ]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)

    def close(self) -> None:
        super().close()
        assert self._open == []


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    return parser


MATERIALS = {
    "full": full_material(),
    "every kind of task": every_kind(),
    "nothing yet": Material(CITIES),
    "no city": Material(()),
    "counts, no metrics": Material((CHICAGO,), statistics=year_of_reports(2016)),
    "one month": Material((CHICAGO,), statistics=year_of_reports(2016, months=1)),
    "metrics, no counts": Material((CHICAGO,), metrics=[metric("gbt", 0.7)]),
    "baselines alone": Material(
        (CHICAGO,), metrics=[metric("class_prior", 0.5), metric("class_prior", 0.5, (2016, 2017))]
    ),
}


@cache
def page_of(name: str) -> str:
    """The page of a material, built once for all tests."""
    return build_page(MATERIALS[name], NOW)


@pytest.mark.parametrize("name", MATERIALS)
def test_page_is_well_formed_and_self_contained(name: str) -> None:
    page = page_of(name)
    parsed = outline(page)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert {link.removeprefix("#") for link in parsed.links} <= set(parsed.ids)
    assert not parsed.elements & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert parsed.resources == []
    assert not re.search(r"url\(|@import|href=\"(?!#)|src=", page)


def test_cards_are_linked_if_there_are_any() -> None:
    page = build_page(Material((CHICAGO,)), NOW, {"cards/a-data.html": "Datasheet: A & B", 'cards/"b".html': "<b>"})
    others = [link for link in outline(page).links if not link.startswith("#")]
    assert others == ["cards/a-data.html", 'cards/"b".html']
    assert '<a href="cards/a-data.html">Datasheet: A &amp; B</a>' in page
    assert "cards" in outline(page).ids
    assert "cards" not in outline(build_page(Material((CHICAGO,)), NOW)).ids


def test_texts_from_the_data_are_escaped() -> None:
    page = page_of("full")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_learner_name_in_a_chart_is_escaped() -> None:
    metrics = [metric("<script>", 0.7), metric("<script>", 0.7, (2016, 2017))]
    page = build_page(Material((CHICAGO,), metrics=metrics), NOW)
    assert "<svg" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    "words",
    [
        "Written 2024-05-01 03:05 UTC",
        "Jan 2015 to Mar 2017",
        "2017 (3 of 12 months)",
        "Every row is a report to the police",
        "never an offender",
        "No output says anything about an individual",
        "rows read = accepted + superseded + quarantined",
        "2016 → 2017",
        "10 cases, 40.0 % with the outcome",
        "The data of Chicago contains nothing about victims.",
        "Hispanic, Latin or Mexican",
        "12.5 %",
    ],
)
def test_full_page_contains(words: str) -> None:
    assert words in page_of("full")


@pytest.mark.parametrize(
    "words",
    [
        "MAE in incidents per hour (lower is better)",
        "MAE in points of severity per police area and day (lower is better)",
        "A cell is a hotspot in a period (day) with 2 or more incidents. This holds for 3.4 % of",
        "¹ Training begins with the first year of the data",
        "² Pandemic, from 2020-03-19 to 2021-06-15",
        "The course of the day in 2017",
        "Not shown, because it is descriptive research only and not for publication: victim_descent.",
    ],
)
def test_page_of_every_kind_contains(words: str) -> None:
    assert words in page_of("every kind of task")


def test_unpublished_task_has_no_section() -> None:
    assert not [anchor for anchor in outline(page_of("every kind of task")).ids if "descent" in anchor]


@pytest.mark.parametrize(
    ("missing", "stage"),
    [
        ("No file of Chicago has been read.", "ingest stage"),
        ("There are no counts for Chicago yet.", "describe stage"),
        ("There are no counts by hour for Chicago yet.", "describe stage"),
        ("No model has been evaluated for Chicago yet.", "evaluate stages"),
    ],
)
def test_empty_page_names_what_is_missing_and_the_stage_to_run(missing: str, stage: str) -> None:
    page = build_page(Material((CHICAGO,)), NOW)
    assert missing in page
    assert stage in page[page.index(missing) : page.index(missing) + len(missing) + 80]


def test_page_of_one_city_does_not_mention_another() -> None:
    assert "Los Angeles" not in build_page(Material((CHICAGO,), statistics=year_of_reports(2016)), NOW)


def test_long_names_can_break_and_are_escaped() -> None:
    assert str(breakable("area_premise/<b>.x 0.5")) == "area_<wbr>premise/&lt;b&gt;.<wbr>x 0.5"


def test_every_step_of_the_heat_scale_has_enough_contrast() -> None:
    """WCAG AA requires a contrast of 4.5 to 1 between text and background."""
    style = (Path(crime_spark.__file__).parent / "reporting" / "templates" / "page.css").read_text()
    for step in range(STEPS):
        ground = re.search(rf"\.s{step} {{ background: (#\w+)", style)
        ink = re.search(rf"\.s{step}\b[^{{}}]*{{ color: (#\w+)", style)
        assert ground, step
        assert ink, step
        light, dark = sorted((luminance(ground[1]), luminance(ink[1])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, step
    # The grey of other notes cannot be read on dark steps.
    assert re.search(r"table\.heat td small { color: inherit; }", style)


def luminance(color: str) -> float:
    """Relative luminance as defined by WCAG 2."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_templates_are_found_in_a_zipped_package(tmp_path: Path) -> None:
    root = Path(crime_spark.__file__).parent.parent
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in (root / "crime_spark").rglob("*"):
            if path.suffix in (".py", ".j2", ".css", ".csv"):
                zipped.write(path, path.relative_to(root))
    code = (
        f"import datetime, sys; sys.path[:0] = [{str(archive)!r}]; from crime_spark.reporting import page; "
        "assert '.zip' in page.__file__; print(page.render('Title', (), datetime.datetime(2024, 5, 1)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "<h1>Title</h1>" in done.stdout, done.stderr
