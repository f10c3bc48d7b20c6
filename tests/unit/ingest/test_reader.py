"""Files through Spark give the records that csv.reader gives."""

from __future__ import annotations

import io
import random
import re
from itertools import accumulate

import pyarrow as pa
import pytest
from chispa import assert_df_equality
from hypothesis import given, settings
from hypothesis import strategies as st

from crime_spark.cities import CHICAGO
from crime_spark.ingest.csv_records import decoded, records
from crime_spark.ingest.fast_parser import TORN
from crime_spark.ingest.landing import LandedFile
from crime_spark.ingest.reader import _parser, published_schema, read_published
from crime_spark.session import configured
from tests.unit.ingest.published import CHICAGO as USUAL
from tests.unit.ingest.published import chicago_file, csv_text, header_of, landed, published, write
from tests.unit.ingest.test_csv_records import PIECES, split_at_line_feeds

HEADER = "ID,Case Number,Date\n"
WANTED = ["file", "record", "text", "problem", "id", "case_number", "date"]
NAMES = ["plain.csv", "two words.csv", "x[1].csv", "q{a,b}.csv", "Zürich – ö.csv", "100%.csv", "p%41.csv", "what?*.csv"]

# Three fields in most lines, so that not every record is refused.
line = st.one_of(st.just("1,a b,c"), st.just('"1",",","""x\n y"" "'), st.lists(st.sampled_from(PIECES)).map("".join))
contents = st.tuples(st.lists(line, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans()).map(
    # An apostrophe stands for a byte that is no UTF-8.
    lambda parts: (parts[1].join(parts[0]) + parts[1] * parts[2]).encode().replace(b"'", b"\xe9")
)


def expected(name, content):
    """Rows of the columns WANTED, by records() from the file's content behind the header."""
    text = "".join(map(decoded, content.splitlines(keepends=True)))
    rows = []
    for number, record in enumerate(records(list(io.StringIO(text, newline=""))), start=1):
        problem = None
        if record.fields is None:
            problem = "unclosed quote"
        elif len(record.fields) != 3:
            problem = f"wrong number of fields: {len(record.fields)} instead of 3"
        fields = [None] * 3 if problem else [re.sub(r"[ \t\n\v\f\r]+", " ", f.strip()) or None for f in record.fields]
        rows.append((str(name), number, record.text, problem, *fields))
    return rows


def batches(parts, size):
    """What Spark hands to the parser, in batches of so many lines; parts are (path, start, is the last, content)."""
    lines = [
        (f"file://{name}", start, last, line)
        for name, start, last, content in parts
        for line in split_at_line_feeds(content)
    ]
    schema = pa.schema([("file", pa.string()), ("part", pa.int64()), ("last", pa.bool_()), ("line", pa.binary())])
    for index in range(0, len(lines), size):
        columns = zip(*lines[index : index + size], strict=True)
        yield pa.RecordBatch.from_arrays(
            [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
        )


def parsed(parts, size):
    """Rows of the columns WANTED from the parser alone."""
    files = {name: file_of(name) for name, *_ in parts}
    result = _parser(CHICAGO, files)(batches(parts, size))
    return [tuple(row[name] for name in ("part", *WANTED)) for batch in result for row in batch.to_pylist()]


def file_of(name):
    header, lines = header_of(HEADER.encode())
    return LandedFile("chicago", name, f"file://{name}", 1, 0, "", header, lines, None, True)


def read(spark, *paths, **changed):
    """The files' rows."""
    return read_published(spark, CHICAGO, [landed(path, **changed) for path in paths])


@given(st.lists(contents, min_size=1, max_size=4), st.integers(1, 7))
@settings(max_examples=300, deadline=None)
def test_batches_may_end_anywhere(contents, size):
    files = [(f"/{index}.csv", 0, True, HEADER.encode() + content) for index, content in enumerate(contents)]
    wanted = [row for name, *_, content in files for row in expected(name, content.removeprefix(HEADER.encode()))]
    assert [row[1:] for row in parsed(files, size)] == wanted


@given(st.lists(contents, min_size=2, max_size=5), st.integers(1, 7))
@settings(max_examples=600, deadline=None)
def test_parts_of_a_file_give_what_the_whole_gives_or_say_that_a_record_is_torn(contents, size):
    pieces = [HEADER.encode(), *(part if part.endswith(b"\n") else part + b"\n" for part in contents)]
    starts = [0, *accumulate(map(len, pieces))]
    pieces = [pieces[0] + pieces[1], *pieces[2:]]
    starts = [0, *starts[2:]]
    parts = [("/a.csv", start, part is pieces[-1], part) for start, part in zip(starts, pieces, strict=False)]
    rows = parsed(parts, size)
    if any(row[4] == TORN for row in rows):
        return
    wanted = expected("/a.csv", b"".join(pieces).removeprefix(HEADER.encode()))
    assert [(row[1], *row[3:]) for row in rows] == [(row[0], *row[2:]) for row in wanted]
    for part in starts:
        assert [row[2] for row in rows if row[0] == part] == list(range(1, sum(row[0] == part for row in rows) + 1))


@pytest.mark.parametrize(("last", "problem"), [(False, TORN), (True, "unclosed quote")])
def test_a_quote_open_at_the_end_of_a_part_is_damage_only_if_it_is_the_last(last, problem):
    parts = [("/a.csv", 0, last, HEADER.encode() + b'1,a,b\n2,"a,b\n')]
    assert parsed(parts, 10)[-1][4] == problem


def test_files_on_disk_give_what_csv_reader_gives(spark, tmp_path):
    """Many small files, every one with its own trouble, in one go."""
    chance = random.Random(7)
    files = {}
    for index in range(40):
        text = "".join(chance.choices([*PIECES, "1,b,c\n", '2,"b\n\n",c\r\n'], k=40))
        files[tmp_path / f"{index}.csv{'.gz' * (index % 2)}"] = text.encode().replace(b"'", b"\xe9")
    paths = [write(path, HEADER.encode() + content) for path, content in files.items()]
    result = read(spark, *paths)
    wanted = [row for path, content in files.items() for row in expected(path, content)]
    assert sorted(result.select(*WANTED).collect()) == sorted(wanted)


@pytest.mark.parametrize(("ending", "splits"), [(".csv", False), (".csv.gz", False), (".csv", True)])
def test_a_file_of_many_batches_is_read_whole_or_in_parts(spark, tmp_path, ending, splits):
    """Its records span lines in one case, so that cutting it anywhere would tear some."""
    content = "".join((f'{n},"a {n}",c\n' if splits else f'{n},"a\n{n}\n",c\n') for n in range(25_000)).encode()
    path = write(tmp_path / f"big{ending}", HEADER.encode() + content)
    with configured(spark, {"spark.sql.files.maxPartitionBytes": "50000", "spark.sql.files.openCostInBytes": "1"}):
        rows = read(spark, path, splits=splits)
        collected = rows.select(*WANTED, "part").collect()
    assert (len({row["part"] for row in collected}) > 1) is splits
    wanted = expected(path, content)
    if splits:  # records are counted from 1 in each part
        collected, wanted = ([(row[0], *row[2:7]) for row in rows] for rows in (collected, wanted))
    # By itself: to show how two lists of this length differ takes pytest hours.
    equal = sorted(row[:7] for row in collected) == sorted(row[:7] for row in wanted)
    assert equal


def test_names_are_kept_as_they_are(spark, tmp_path):
    paths = [chicago_file(tmp_path / "a folder [1]" / name, {}) for name in NAMES]
    assert sorted(row.file for row in read(spark, *paths).collect()) == sorted(map(str, paths))


def test_a_name_of_its_own_is_given_to_the_rows(spark, tmp_path):
    file = landed(chicago_file(tmp_path / "a.csv", {}), path="/landing/a.csv@0123")
    assert [row.file for row in read_published(spark, CHICAGO, [file]).collect()] == ["/landing/a.csv@0123"]


def test_columns_are_found_by_header_in_any_order(spark, tmp_path):
    """Others are passed over, missing ones are NULL, the first of two headed alike counts; values are trimmed."""
    header = "\ufefffbi code,Nonsense,CASE_NUMBER,Primary  Type, date ,IUCR,Date,IUCR"
    path = write(tmp_path / "a.csv", header + "\r\n06,x, HZ1\t,\u00a0,d1,0820,d2,0830\r\n")
    wanted = {"file": str(path), "record": 1, "text": "06,x, HZ1\t,\u00a0,d1,0820,d2,0830", "case_number": "HZ1"}
    wanted |= {"date": "d1", "iucr": "0820", "fbi_code": "06"}
    assert_df_equality(read(spark, path), published(spark, CHICAGO, wanted), ignore_nullable=True)


def test_columns_without_a_name_are_passed_over(spark, tmp_path):
    """Such as the index that a data frame was saved with."""
    path = write(tmp_path / "a.csv", ",Case Number, ,Date,IUCR,Primary Type,FBI Code\n0,HZ1,x,d,0820,THEFT,06\n")
    wanted = {"file": str(path), "record": 1, "text": "0,HZ1,x,d,0820,THEFT,06", "case_number": "HZ1", "date": "d"}
    wanted |= {"iucr": "0820", "primary_type": "THEFT", "fbi_code": "06"}
    assert_df_equality(read(spark, path), published(spark, CHICAGO, wanted), ignore_nullable=True)


def test_bytes_that_are_no_text_stay_in_their_row(spark, tmp_path):
    """NUL and Latin-1 among lines of UTF-8."""
    path = tmp_path / "a.csv"
    path.write_bytes(HEADER.encode() + "1,é,x\n".encode() + "2,é\0,x\n".encode("latin-1") + b"3,c,x\n")
    rows = read(spark, path).select("record", "id", "case_number", "problem").orderBy("record").collect()
    assert [tuple(row) for row in rows] == [(1, "1", "é", None), (2, "2", "é\0", None), (3, "3", "c", None)]


@pytest.mark.parametrize("block", ["001XX  N\tSTATE   ST", " 001XX N\r\nSTATE ST "])
def test_runs_of_blanks_are_one_blank_but_the_text_is_verbatim(spark, tmp_path, block):
    usual = chicago_file(tmp_path / "a.csv", {"Location Description": block}, {})
    first, other = read(spark, usual).orderBy("record").collect()
    assert first["location_description"] == "001XX N STATE ST"
    assert block in first["text"]
    assert other["location_description"] == "STREET"


def test_a_header_alone_gives_no_rows(spark, tmp_path):
    path = write(tmp_path / "a.csv", csv_text(USUAL, []))
    assert_df_equality(read(spark, path), spark.createDataFrame([], published_schema(CHICAGO)), ignore_nullable=True)
