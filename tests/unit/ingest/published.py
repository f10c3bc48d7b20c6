"""Builders of published files, so that a test names only the cells it is about."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from crime_spark.cities.city import City
from crime_spark.ingest.csv_records import header_cells, records
from crime_spark.ingest.landing import LandedFile
from crime_spark.ingest.reader import published_schema

CHICAGO: Mapping[str, str] = {
    "ID": "10000001",
    "Case Number": "HZ100001",
    "Date": "01/04/2016 10:30:00 PM",
    "Block": "014XX S AVERS AVE",
    "IUCR": "0820",
    "Primary Type": "THEFT",
    "Description": "$500 AND UNDER",
    "Location Description": "STREET",
    "Arrest": "false",
    "Domestic": "false",
    "Beat": "1011",
    "District": "010",
    "Ward": "24",
    "Community Area": "29",
    "FBI Code": "06",
    "X Coordinate": "1150000",
    "Y Coordinate": "1890000",
    "Year": "2016",
    "Updated On": "02/10/2018 03:50:01 PM",
    "Latitude": "41.86",
    "Longitude": "-87.72",
    "Location": "(41.86, -87.72)",
}

LOS_ANGELES: Mapping[str, str] = {
    "DR_NO": "200100001",
    "Date Rptd": "01/09/2020 12:00:00 AM",
    "DATE OCC": "01/08/2020 12:00:00 AM",
    "TIME OCC": "2230",
    "AREA": "01",
    "AREA NAME": "Central",
    "Rpt Dist No": "0162",
    "Part 1-2": "1",
    "Crm Cd": "330",
    "Crm Cd Desc": "BURGLARY FROM VEHICLE",
    "Mocodes": "0344 1402",
    "Vict Age": "36",
    "Vict Sex": "F",
    "Vict Descent": "H",
    "Premis Cd": "101",
    "Premis Desc": "STREET",
    "Weapon Used Cd": "",
    "Weapon Desc": "",
    "Status": "IC",
    "Status Desc": "Invest Cont",
    "Crm Cd 1": "330",
    "Crm Cd 2": "",
    "Crm Cd 3": "",
    "Crm Cd 4": "",
    "LOCATION": "100 S  MAIN                      ST",
    "Cross Street": "",
    "LAT": "34.0448",
    "LON": "-118.2474",
}


def csv_text(usual: Mapping[str, str], rows: Iterable[Mapping[str, str]], line_end: str = "\n") -> str:
    """A file of the city whose usual row is given; each of rows holds the cells in which it differs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=line_end)
    writer.writerow(usual)
    for row in rows:
        assert not set(row) - set(usual), f"not a header: {set(row) - set(usual)}"
        writer.writerow({**usual, **row}.values())
    return out.getvalue()


def write(path: Path, content: str | bytes) -> Path:
    """The content, packed if the name says so, in a file of that path."""
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def chicago_file(path: Path, *rows: Mapping[str, str]) -> Path:
    return write(path, csv_text(CHICAGO, rows))


def landed(path: Path, city: str = "chicago", /, **changed: Any) -> LandedFile:
    """The file as `inspect_files` would give it, its hash left out."""
    packed = path.suffix == ".gz"
    content = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    header, lines = header_of(content)
    file = LandedFile(
        city=city,
        path=str(path),
        uri=f"file:{path}",
        size=path.stat().st_size,
        modified=0,
        sha256="",
        header=header,
        header_lines=lines,
        as_of=None,
        splits=not packed,
    )
    return replace(file, **changed)


def header_of(content: bytes) -> tuple[tuple[str, ...], int]:
    """The header's cells and its lines."""
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in io.StringIO(content.decode("latin-1").removeprefix("\u00ef\u00bb\u00bf"), newline=""):
            taken += 1
            yield line

    return tuple(header_cells(records(lines()))), taken


def published(spark: SparkSession, city: City, *rows: Mapping[str, object]) -> DataFrame:
    """Rows as `read_published` gives them: columns that are not named are NULL, records are counted from 1."""
    schema = published_schema(city)
    records: list[Sequence[object]] = []
    for number, row in enumerate(rows, start=1):
        expected = {"file": "/landing/a.csv", "part": 0, "record": number, "text": f"line {number}", **row}
        assert not set(expected) - set(schema.names), f"not published: {set(expected) - set(schema.names)}"
        records.append(tuple(expected.get(name) for name in schema.names))
    return spark.createDataFrame(records, schema)
