"""The account of the files that were read: rows by file, reasons for quarantine, and unreadable values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crime_spark.cities.city import City
from crime_spark.reporting.formats import anchor, count, percent
from crime_spark.reporting.layout import Cell, Group, Line, Missing, Piece, Section, Table, Text, text_table
from crime_spark.reporting.material import MISSING_VALUES, SHARE_NULL, Material, Record

COUNT_COLUMNS = ("rows_read", "rows_accepted", "rows_superseded", "rows_quarantined")
COUNT_HEADINGS = ("Rows read", "Accepted", "Superseded", "Quarantined")
NO_FILE = "No file of {title} has been read. Run the ingest stage."


def accounting(material: Material) -> Section:
    """The section on the ledger, with a part for each city."""
    lead = Text(
        "Every row of every file is accounted for. It was accepted, replaced by another version of the same incident "
        "(superseded), or refused and kept word for word with its reasons (quarantined)."
    )
    return Section("accounting", "What was read", (lead,), tuple(_of_city(material, city) for city in material.cities))


def totals(ledger: Sequence[Record], city: City) -> dict[str, int]:
    """The sums of COUNT_COLUMNS over the files of a city."""
    files = [row for row in ledger if row["city"] == city.name]
    return {column: sum(row[column] for row in files) for column in COUNT_COLUMNS}


def unbalanced(ledger: Sequence[Record]) -> list[str]:
    """Files whose rows read are not the sum of rows accepted, superseded and quarantined."""
    return [row["file"] for row in ledger if row["rows_read"] != sum(row[column] for column in COUNT_COLUMNS[1:])]


def _of_city(material: Material, city: City) -> Section:
    files = [row for row in material.ledger if row["city"] == city.name]
    if not files:
        pieces: tuple[Piece, ...] = (Missing(NO_FILE.format(title=city.title)),)
    else:
        pieces = (
            _files(material.ledger, files, city),
            *_refusals(material, city),
            *_unreadable(files, city),
            *_missing_values(material, city),
        )
    return Section(anchor("accounting", city.name), city.title, pieces)


def _files(ledger: Sequence[Record], files: Sequence[Record], city: City) -> Table:
    folder = _common_folder([row["file"] for row in files])
    lines = [
        Line(
            row["file"].removeprefix(folder),
            tuple(Cell(count(row[column])) for column in COUNT_COLUMNS),
            note=f"SHA-256 {row['sha256'][:12]}…, read {row['finished_at']:%Y-%m-%d %H:%M} UTC",
        )
        for row in files
    ]
    sums = totals(ledger, city)
    total = Line("All files", tuple(Cell(count(sums[column]), strong=True) for column in COUNT_COLUMNS))
    wrong = unbalanced(files)
    balance = (
        f"The rows of these files do not add up: {', '.join(wrong)}."
        if wrong
        else "In every file, rows read = accepted + superseded + quarantined."
    )
    return Table(
        f"{city.title}: rows by file",
        ("File", *COUNT_HEADINGS),
        (Group(tuple(lines)), Group((total,))),
        note=f"{balance} The files are in {folder}" if folder else balance,
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
        text_table(
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
        return [Text(f"{city.title}: rows that were not quarantined have no unreadable values.")]
    return [
        text_table(
            f"{city.title}: unreadable values by column",
            ("Column", "Values", "Share of rows not quarantined"),
            [(column, count(number), percent(number / usable)) for column, number in values.most_common()],
            note="The value could not be read, or it lies outside the city. It was set to unknown, and the row was "
            "kept.",
        )
    ]


def _missing_values(material: Material, city: City) -> list[Piece]:
    shares = {row["value_1"]: row["value"] for row in material.overall(MISSING_VALUES, city, SHARE_NULL)}
    gaps = sorted((name for name, share in shares.items() if share > 0), key=lambda name: (-shares[name], name))
    if not gaps:
        return []
    return [
        text_table(
            f"{city.title}: columns that are not always known, all years together",
            ("Column of silver/incidents", "Share of reports without a value"),
            [(name, percent(shares[name])) for name in gaps],
            note="100 %: the city does not publish the column. Columns that are not listed are always known.",
        )
    ]
