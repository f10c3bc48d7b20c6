"""The report page, and the rendering of sections to one HTML file that needs no other file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from crime_spark.cities.city import City
from crime_spark.reporting.breakdowns import victims
from crime_spark.reporting.counts import counts
from crime_spark.reporting.file_accounts import accounting, totals
from crime_spark.reporting.formats import UNKNOWN, count
from crime_spark.reporting.layout import Cell, Group, Line, Links, Missing, Piece, Section, Table, Text
from crime_spark.reporting.material import Material
from crime_spark.reporting.matrix import matrix
from crime_spark.reporting.origin import marked_title, origin, warning
from crime_spark.reporting.periods import by_year, incomplete_years, period, years_without_reports
from crime_spark.reporting.predictions import predictions
from crime_spark.reporting.week import week
from crime_spark.reporting.words import CARDS, CAVEATS, GLOSSARY, LEAD


def build_page(material: Material, now: datetime, cards: Mapping[str, str] | None = None) -> str:
    """The report as HTML.

    Args:
        material: rows of the lake.
        now: the time shown on the page, in UTC.
        cards: titles of the model cards and datasheets by path, relative to the report.
    """
    title = "Crime reports: " + (" and ".join(city.title for city in material.cities) or "no city")
    links = (Section("cards", "Model cards and datasheets", (Text(CARDS), Links(tuple((cards or {}).items())))),)
    sections = (
        _overview(material),
        Section("caveats", "Before you use a number", (CAVEATS,)),
        counts(material),
        week(material),
        victims(material),
        predictions(material),
        matrix(material),
        accounting(material),
        *(links if cards else ()),
        Section("glossary", "Terms", (GLOSSARY,)),
    )
    return render(marked_title(title, material), sections, now, (origin(material), warning(material)))


def render(title: str, sections: tuple[Section, ...], now: datetime, warnings: tuple[str, str] = ("", "")) -> str:
    """The sections as HTML; every text is escaped.

    Args:
        title: title of the page.
        sections: its sections.
        now: the time shown on the page, in UTC.
        warnings: a short text that stays visible at the top, and a paragraph below the title; empty for none.
    """
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Only the style sheet and the SVG of charts are inserted unescaped; charts.py escapes the texts of the SVG.
    environment.filters["as_is"] = Markup
    environment.filters["breakable"] = breakable
    return environment.get_template("page.html.j2").render(
        title=title,
        sections=sections,
        written=f"{now:%Y-%m-%d %H:%M} UTC",
        short_warning=warnings[0],
        long_warning=warnings[1],
        style=_template("page.css"),
    )


def breakable(text: str) -> Markup:
    """The escaped text with a line break opportunity after each `_`, `/` or `.` that is followed by a letter."""
    return Markup(re.sub(r"([_/.])(?=[A-Za-z])", r"\1<wbr>", str(escape(text))))


def _template(name: str) -> str:
    """The text of a template. importlib.resources also finds it in a zipped wheel."""
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _overview(material: Material) -> Section:
    pieces: list[Piece] = [Text(LEAD)]
    if not material.cities:
        pieces.append(Missing("No city was requested. Name at least one city in the setting cities."))
    else:
        lines = tuple(_city_line(material, city) for city in material.cities)
        pieces.append(
            Table(
                "At a glance",
                ("City", "Period", "Reports", "Years marked incomplete", "Rows read", "Quarantined"),
                (Group(lines),),
                words=True,
            )
        )
    return Section("overview", "About this page", tuple(pieces))


def _city_line(material: Material, city: City) -> Line:
    years = by_year(material, city)
    sums = totals(material.ledger, city)
    gap = years_without_reports(years)
    return Line(
        city.title,
        (
            Cell(period(material, city) or UNKNOWN, note=f"no reports in {gap}" if gap else ""),
            Cell(count(sum(year.rows for year in years)) if years else UNKNOWN),
            Cell((incomplete_years(years) or "none") if years else UNKNOWN),
            Cell(count(sums["rows_read"])),
            Cell(count(sums["rows_quarantined"])),
        ),
    )
