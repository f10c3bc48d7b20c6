"""The elements of a page; every text is escaped when it is rendered, only the SVG of a chart is inserted as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from crime_spark.reporting.formats import is_number

# Steps of the heat scale; 0 is the lightest. page.css has a pair of colors for each step.
STEPS = 9


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: the text of the cell.
        note: smaller text below it.
        step: step of the heat scale, from 0 to STEPS - 1.
        strong: whether the text is bold.
        bar: length of a bar behind the text, from 0 to 1.
    """

    text: str
    note: str = ""
    step: int | None = None
    strong: bool = False
    bar: float | None = None


@dataclass(frozen=True)
class Line:
    """A row of a table.

    Attributes:
        head: heading of the row, in the first column.
        cells: the other columns.
        note: smaller text below the heading.
        link: id of the section with the details.
    """

    head: str
    cells: tuple[Cell, ...]
    note: str = ""
    link: str = ""


@dataclass(frozen=True)
class Group:
    """Rows of a table that belong together, with an optional title above them."""

    lines: tuple[Line, ...]
    title: str = ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        caption: what the numbers are.
        columns: headings; the first is that of the row headings.
        groups: the rows.
        note: text below the table.
        words: whether the cells contain words, not numbers.
        heat: whether the cells are shaded by the heat scale.
        footnotes: one line for each footnote mark in the table.

    Raises:
        ValueError: a row does not have one cell for each column.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    note: str = ""
    words: bool = False
    heat: bool = False
    footnotes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        widths = {len(line.cells) + 1 for group in self.groups for line in group.lines}
        if widths - {len(self.columns)}:
            raise ValueError(
                f"table {self.caption!r}: every row must have {len(self.columns)} columns; got rows of {sorted(widths)}"
            )


@dataclass(frozen=True)
class Chart:
    """A drawing as SVG, with a caption."""

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
    """A bulleted list; a point is a pair of a bold subject and a text."""

    kind: ClassVar[str] = "points"
    points: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Links:
    """A bulleted list of links to other pages; a link is a pair of a relative path and a title."""

    kind: ClassVar[str] = "links"
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Missing:
    """A notice that results are not available yet, and which job to run."""

    kind: ClassVar[str] = "missing"
    text: str


@dataclass(frozen=True)
class SideBySide:
    """Tables and charts that are side by side if the page is wide enough."""

    kind: ClassVar[str] = "side_by_side"
    pieces: tuple[Table | Chart, ...]


Piece = Table | Chart | Text | Points | Links | Missing | SideBySide


@dataclass(frozen=True)
class Section:
    """A heading with an id, the pieces below it, and subsections."""

    id: str
    title: str
    pieces: tuple[Piece, ...] = ()
    sections: tuple[Section, ...] = ()


def heat_steps(values: Sequence[float | None]) -> list[int | None]:
    """The step of the heat scale for each value, from the lowest to the highest value.

    Args:
        values: numbers; None and NaN get no step.

    Returns:
        One step or None for each value; None for all if the values do not differ.
    """
    numbers = [value for value in values if value is not None and is_number(value)]
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    if high == low:
        return [None] * len(values)
    return [
        round((value - low) / (high - low) * (STEPS - 1)) if value is not None and is_number(value) else None
        for value in values
    ]


def text_table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str = "", words: bool = False
) -> Table:
    """A table with one group and cells of plain text.

    Args:
        caption: see Table.
        columns: see Table.
        rows: the heading of each row, followed by its cells.
        note: see Table.
        words: see Table.
    """
    lines = tuple(Line(row[0], tuple(Cell(text) for text in row[1:])) for row in rows)
    return Table(caption, tuple(columns), (Group(lines),), note, words)
