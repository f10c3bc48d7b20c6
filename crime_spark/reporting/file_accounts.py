"""What was read and what became of it: rows by city and file, reasons for refusal, unreadable values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.formats import anchor, count, percent
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Section, Table, Text, plain_table
from crime_spark.reporting.material import MISSING_VALUES, SHARE_NULL, Material, Record

FATES = ("rows_read", "rows_accepted", "rows_superseded", "rows_quarantined")
HEADS = ("Rows read", "Accepted", "Superseded", "Quarantined")


def accounting(material: Material) -> Section:
    """The section about the ledger, a part for each city."""
    lead = Text(
        "Every row of every file is accounted for: it was accepted, gave way to another version of the same incident "
        "(superseded), or was refused and kept word for word with its reasons (quarantined)."
    )
    return Section("accounting", "What was read", (lead,), tuple(_of_city(material, city) for city in material.cities))


def totals(ledger: Sequence[Record], city: City) -> dict[str, int]:
    """Each of FATES, added up over the files of a city."""
    own = [row for row in ledger if row["city"] == city.name]
    return {fate: sum(row[fate] for row in own) for fate in FATES}


def unbalanced(ledger: Sequence[Record]) -> list[str]:
    """Files whose rows read are not the rows accepted, superseded and quarantined."""
    return [row["file"] for row in ledger if row["rows_read"] != sum(row[fate] for fate in FATES[1:])]


def _of_city(material: Material, city: City) -> Section:
    files = [row for row in material.ledger if row["city"] == city.name]
    if not files:
        pieces: tuple[Piece, ...] = (Missing(f"No file of {city.title} has been read. The ingest stage reads them."),)
    else:
        pieces = (
            _files(material.ledger, files, city),
            *_refusals(material, city),
            *_unreadable(files, city),
            *_unknown(material, city),
        )
    return Section(anchor("accounting", city.name), city.title, pieces)


def _files(ledger: Sequence[Record], files: Sequence[Record], city: City) -> Table:
    folder = _common_folder([row["file"] for row in files])
    lines = [
        Line(
            row["file"].removeprefix(folder),
            tuple(Cell(count(row[fate])) for fate in FATES),
            note=f"SHA-256 {row['sha256'][:12]}…, read {row['finished_at']:%Y-%m-%d %H:%M} UTC",
        )
        for row in files
    ]
    sums = totals(ledger, city)
    total = Line("All files", tuple(Cell(count(sums[fate]), strong=True) for fate in FATES))
    wrong = unbalanced(files)
    said = (
        f"Does not add up: {', '.join(wrong)}."
        if wrong
        else "In every file, rows read = accepted + superseded + quarantined."
    )
    return Table(
        f"{city.title}: rows by file",
        ("File", *HEADS),
        (Group(tuple(lines)), Group((total,))),
        note=f"{said} Files lie in {folder}" if folder else said,
    )


def _common_folder(paths: Sequence[str]) -> str:
    folder = paths[0][: paths[0].rfind("/") + 1]
    while not all(path.startswith(folder) for path in paths):
        folder = folder[: folder.rstrip("/").rfind("/") + 1]
    return folder


def _refusals(material: Material, city: City) -> list[Piece]:
    rows = [row for row in material.refusals if row["city"] == city.name]
    if not rows:
        return []
    read = totals(material.ledger, city)["rows_read"]
    return [
        plain_table(
            f"{city.title}: why rows were quarantined",
            ("Reason", "Rows", "Share of rows read"),
            [(row["reason"], count(row["rows"]), percent(row["rows"] / read) if read else "") for row in rows],
            note="A row with several reasons counts for each of them.",
        )
    ]


def _unreadable(files: Sequence[Record], city: City) -> list[Piece]:
    values: Counter[str] = Counter()
    for row in files:
        values.update(row["bad_values"] or {})
    usable = sum(row["rows_read"] - row["rows_quarantined"] for row in files)
    if not +values or not usable:
        return [Text(f"{city.title}: no value in a row that was not refused was unreadable.")]
    return [
        plain_table(
            f"{city.title}: unreadable values by column",
            ("Column", "Values", "Share of rows not refused"),
            [(column, count(number), percent(number / usable)) for column, number in values.most_common()],
            note="The value was there but unreadable, or outside the city; it became unknown, and the row stayed.",
        )
    ]


def _unknown(material: Material, city: City) -> list[Piece]:
    shares = {row["value_1"]: row["value"] for row in material.overall(MISSING_VALUES, city, SHARE_NULL)}
    gaps = sorted((name for name, share in shares.items() if share > 0), key=lambda name: (-shares[name], name))
    if not gaps:
        return []
    return [
        plain_table(
            f"{city.title}: columns that are not always known, all years together",
            ("Column of silver/incidents", "Share of reports without it"),
            [(name, percent(shares[name])) for name in gaps],
            note="100 %: the city does not publish it. Columns that are not listed are always known.",
        )
    ]
