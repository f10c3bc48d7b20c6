"""The pieces that a page is made of: no text here is HTML but a chart's, everything else is escaped when rendered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from crime_spark.reporting.formats import known

# Steps of the heat scale, 0 the lightest; page.css has a pair of colours for each.
STEPS = 9


@dataclass(frozen=True)
class Cell:
    """A table's cell: text, a smaller second line, a step of the heat scale, and a bar's length from 0 to 1."""

    text: str
    note: str = ""
    step: int | None = None
    strong: bool = False
    bar: float | None = None


@dataclass(frozen=True)
class Line:
    """A table's row: what heads it, a smaller second line below that, the cells, and the id of where more is said."""

    head: str
    cells: tuple[Cell, ...]
    note: str = ""
    link: str = ""


@dataclass(frozen=True)
class Group:
    """Rows of a table that belong together; the title stands above them if there is one."""

    lines: tuple[Line, ...]
    title: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption that says what the numbers are; the first column heads the rows.

    Below it stand a note, and a line for each footnote that its texts have a mark of.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    note: str = ""
    words: bool = False  # the cells are words, not numbers
    heat: bool = False
    footnotes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        widths = {len(line.cells) + 1 for group in self.groups for line in group.lines}
        if widths - {len(self.columns)}:
            raise ValueError(f"table {self.caption!r} has {len(self.columns)} columns, but rows of {sorted(widths)}")


@dataclass(frozen=True)
class Chart:
    """A drawing: SVG, what it shows in words, and its caption."""

    kind: ClassVar[str] = "chart"
    svg: str
    caption: str


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True)
class Points:
    """A bulleted list: what each point is about, and what is said of it."""

    kind: ClassVar[str] = "points"
    points: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Links:
    """A bulleted list of other pages: the path of each from the page that names it, and its title."""

    kind: ClassVar[str] = "links"
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Missing:
    """What would stand here, and how to get it."""

    kind: ClassVar[str] = "missing"
    text: str


@dataclass(frozen=True)
class Beside:
    """Pieces that stand side by side where there is room."""

    kind: ClassVar[str] = "beside"
    pieces: tuple[Table | Chart, ...]


Piece = Table | Chart | Text | Points | Links | Missing | Beside


@dataclass(frozen=True)
class Section:
    """A heading with an id, pieces, and sections below it."""

    id: str
    title: str
    pieces: tuple[Piece, ...] = ()
    sections: tuple[Section, ...] = ()


def shaded(values: Sequence[float | None]) -> list[int | None]:
    """The step of the heat scale for each value, from the lowest to the highest of them; None stays None."""
    held = [value for value in values if value is not None and known(value)]
    low, high = min(held, default=0.0), max(held, default=0.0)
    if high == low:
        return [None] * len(values)
    return [
        round((value - low) / (high - low) * (STEPS - 1)) if value is not None and known(value) else None
        for value in values
    ]


def plain_table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str = "", words: bool = False
) -> Table:
    """A table of one group whose cells are text alone; words: they are words, not numbers."""
    lines = tuple(Line(row[0], tuple(Cell(text) for text in row[1:])) for row in rows)
    return Table(caption, tuple(columns), (Group(lines),), note, words)
