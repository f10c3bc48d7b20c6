"""From a frame with published headers to conformed rows, as ingest does with files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.city import City
from crime_spark.ingest.conformance import conform
from crime_spark.ingest.file_inspection import check_header
from crime_spark.ingest.reader import batch_of, published_schema, published_types

# The dialect of the portals' files: quotes are doubled, and empty values and NULL are written as nothing.
_CSV = {
    "escape": '"',
    "emptyValue": "",
    "nullValue": "",
    "ignoreLeadingWhiteSpace": "false",
    "ignoreTrailingWhiteSpace": "false",
}


def conform_frame(frame: DataFrame, city: City, now: datetime) -> DataFrame:
    """Conform the rows of a frame; see `published_rows` and `conform`.

    Ingest caches the result of `conform`, which is not possible in a lazy transformation. Without a cache, Spark copies
    the expressions of `conform` into all later filters and plans for minutes. Unpivoting a single column does not
    change rows, but prevents Spark from inferring filters through it. New aliases prevent it from pushing filters down.
    """
    rows = conform(published_rows(frame, city), city, now)
    *others, last = rows.columns
    aliased = tuple(F.col(name).alias(name) for name in others)
    return rows.unpivot(aliased, last, "_name", last).select(*rows.columns)


def published_rows(frame: DataFrame, city: City) -> DataFrame:
    """The rows of a frame in `published_schema`: as strings, trimmed, with single blanks, NULL if blank.

    text is the row as a CSV record. file is NULL, and part and record have no meaning.

    Raises:
        InputError: a required column is missing, or the columns are those of another publication.
    """
    check_header(city, frame.columns)
    # Columns are addressed by position, because headers can be equal or contain dots.
    positional = frame.toDF(*(f"_{position}" for position in range(len(frame.columns))))
    strings = [F.col(name).cast("string").alias(name) for name in positional.columns]
    cells = [
        F.lit(None).cast("string").alias(name) if position is None else strings[position].alias(name)
        for name, position in zip(city.published, city.positions(frame.columns)[0], strict=True)
    ]
    rows = positional.select(F.to_csv(F.struct(*strings), _CSV).alias("text"), *cells)
    return rows.mapInArrow(_parser(city), published_schema(city))


def _parser(city: City) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Batches of text and the published columns to batches of `published_schema`."""

    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = published_types(city)
        for batch in batches:
            texts, *fields = batch.columns
            problems = pa.nulls(len(texts), pa.string())
            yield batch_of(None, 0, 1, (texts, problems, fields), range(len(fields)), schema)

    return parse
