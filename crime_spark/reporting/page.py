"""The page as a whole: its head, its caveats, its sections, and their rendering to one file that needs nothing else."""

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
from crime_spark.reporting.origin import marked, origin, warning
from crime_spark.reporting.periods import absent, by_year, incomplete, period
from crime_spark.reporting.predictions import predictions
from crime_spark.reporting.week import week
from crime_spark.reporting.words import CARDS, CAVEATS, GLOSSARY, LEAD


def build_page(material: Material, made: datetime, cards: Mapping[str, str] | None = None) -> str:
    """The page as HTML. made is in UTC; cards are the pages to be linked: path from this one -> title."""
    title = "Crime reports: " + (" and ".join(city.title for city in material.cities) or "no city")
    linked = (
        (Section("cards", "Model cards and datasheets", (Text(CARDS), Links(tuple(cards.items())))),) if cards else ()
    )
    sections = (
        _overview(material),
        Section("caveats", "Before you use a number", (CAVEATS,)),
        counts(material),
        week(material),
        victims(material),
        predictions(material),
        matrix(material),
        accounting(material),
        *linked,
        Section("glossary", "Terms", (GLOSSARY,)),
    )
    return render(
        marked(title, material), sections, f"{made:%Y-%m-%d %H:%M} UTC", (origin(material), warning(material))
    )


def render(title: str, sections: tuple[Section, ...], made: str, warned: tuple[str, str] = ("", "")) -> str:
    """HTML of the sections; every text is escaped. warned: what stands above all, in short and at length."""
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Only our own style sheet and drawings go in as they are; the drawings' texts are escaped by charts.py.
    environment.filters["as_is"] = Markup
    environment.filters["breakable"] = breakable
    return environment.get_template("page.html.j2").render(
        title=title, sections=sections, made=made, warned=warned, style=_template("page.css")
    )


def breakable(text: str) -> Markup:
    """The text, escaped, with a place to break the line after every mark that joins the parts of a name."""
    return Markup(re.sub(r"([_/.])(?=[A-Za-z])", r"\1<wbr>", str(escape(text))))


def _template(name: str) -> str:
    """Read through the importer, which also finds it in a zipped wheel."""
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _overview(material: Material) -> Section:
    pieces: list[Piece] = [Text(LEAD)]
    if not material.cities:
        pieces.append(Missing("No city was asked for. Name at least one in the setting cities."))
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
    return Section("overview", "What this is", tuple(pieces))


def _city_line(material: Material, city: City) -> Line:
    years = by_year(material, city)
    sums = totals(material.ledger, city)
    gap = absent(years)
    return Line(
        city.title,
        (
            Cell(period(material, city) or UNKNOWN, note=f"no reports in {gap}" if gap else ""),
            Cell(count(sum(year.rows for year in years)) if years else UNKNOWN),
            Cell((incomplete(years) or "none") if years else UNKNOWN),
            Cell(count(sums["rows_read"])),
            Cell(count(sums["rows_quarantined"])),
        ),
    )
