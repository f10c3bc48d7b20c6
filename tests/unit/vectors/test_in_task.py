"""The matrices of rows in one task equal the vectors of `prepare` for the same rows."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.features.feature import Feature
from crime_spark.features.place import AREA, BEAT, LATITUDE, PREMISE
from crime_spark.vectors import in_task
from crime_spark.vectors.in_task import Indices, Logs, combined, dictionary, lookup, multi_hot, row_groups
from crime_spark.vectors.preparation import VECTOR, Prepared, prepare, weighted

CODES = Feature("codes", "codes", "split(mo_codes, ' ')", ("mo_codes",), "several codes a row")
RARE = Feature("rare", "codes", "split(mo_codes, ' ')", ("mo_codes",), "codes that are all rare")
EARLIER = Feature.of_the_past("earlier", "a count of earlier incidents")
FEATURES = (AREA, PREMISE, BEAT, LATITUDE, EARLIER, CODES, RARE)
CROSSED = ("area", "premise")
SCHEMA = (
    "area STRING, premise STRING, beat STRING, latitude DOUBLE, earlier DOUBLE, codes ARRAY<STRING>, rare ARRAY<STRING>"
)
NAMES = [feature.name for feature in FEATURES]
# Nothing known; nothing seen; numbers beyond those of training; a code twice and a NULL among codes.
STRANGE = [
    (None, None, None, None, None, None, None),
    ("new", "new", "new", 1e9, -1e9, ["new", None], ["new"]),
    ("a1", None, "b3", 41.0, 0.0, ["c1", "c1", "c2"], []),
]


def training_rows(count: int = 1500) -> list[tuple[Any, ...]]:
    """60 beats, of which the rarer ones share an index; ties in frequency; unknown values everywhere."""
    rng = random.Random(5)

    def some(value: Any) -> Any:
        return None if rng.random() < 0.1 else value

    return [
        (
            some(f"a{rng.randrange(5)}"),
            some(rng.choice(["STREET", "é home", "😀", "ｆull", ""])),
            some(f"b{min(rng.randrange(80), rng.randrange(80))}"),
            some(41 + rng.random()),
            some(float(rng.randrange(-3, 30) ** 3)),
            some([some(f"c{min(rng.randrange(9), rng.randrange(9))}") for _ in range(rng.randrange(4))]),
            some([f"r{index}"]),
        )
        for index in range(count)
    ]


ROWS = training_rows()


def columns(rows: list[tuple[Any, ...]]) -> dict[str, pa.Array]:
    kinds = {"number": pa.float64(), "category": pa.string(), "codes": pa.list_(pa.string())}
    values = zip(*rows, strict=True)
    return {
        feature.name: pa.array(list(cells), kinds[feature.kind])
        for feature, cells in zip(FEATURES, values, strict=True)
    }


@pytest.fixture(scope="module")
def training(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(*row, 1.0) for row in ROWS], f"{SCHEMA}, label DOUBLE").coalesce(1).persist()


def by_spark(prepared: Prepared, spark: SparkSession, rows: list[tuple[Any, ...]]) -> np.ndarray:
    stages = PipelineModel(list(prepared.stages))
    vectors = stages.transform(spark.createDataFrame(rows, SCHEMA).coalesce(1)).select(vector_to_array(F.col(VECTOR)))
    return np.array([row[0] for row in vectors.collect()])


def test_indices_are_those_of_prepare(spark, training):
    prepared = prepare(weighted(training, FEATURES), len(ROWS), "indices", FEATURES)
    fitted = Indices.fit(columns(ROWS), FEATURES, len(ROWS))
    assert fitted.largest == prepared.categories == 33
    assert fitted.codes == {"codes": ["c0", "c1", "c2", "c3"]}
    for rows in (ROWS, STRANGE):
        expected = by_spark(prepared, spark, rows).astype(np.float32)
        assert fitted.matrix(columns(rows)) == pytest.approx(expected, rel=1e-6)
    assert fitted.places == [*("area", "premise", "beat", "latitude", "earlier"), *["codes"] * 4]
    assert fitted.types == ["c"] * 3 + ["q"] * 6
    attributes = prepared.rows.schema[VECTOR].metadata["ml_attr"]["attrs"]["nominal"]
    assert [attribute["idx"] for attribute in attributes] == [0, 1, 2]


@pytest.mark.parametrize("crossed", [(), CROSSED])
def test_logs_are_those_of_prepare(spark, training, crossed):
    prepared = prepare(weighted(training, FEATURES), len(ROWS), "log", FEATURES, crossed)
    fitted = Logs.fit(columns(ROWS), FEATURES, crossed)
    assert ("area|premise is unknown" in fitted.vocabulary) == bool(crossed)
    for rows in (ROWS, STRANGE):
        matrix = fitted.matrix(columns(rows))
        assert matrix.toarray() == pytest.approx(by_spark(prepared, spark, rows), abs=1e-9)


def test_encodings_of_facts_are_the_same():
    rows = columns(ROWS)
    for fitted in (Indices.fit(rows, FEATURES, 1500), Logs.fit(rows, FEATURES, CROSSED)):
        again = type(fitted)(**fitted.facts())
        first, other = (
            np.asarray(
                item.matrix(columns(STRANGE)).tolist()
                if isinstance(item, Indices)
                else item.matrix(columns(STRANGE)).toarray()
            )
            for item in (fitted, again)
        )
        assert np.array_equal(first, other)


def test_equal_rows_are_those_of_weighted(spark, training):
    features = (AREA, PREMISE, CODES)
    names = [feature.name for feature in features]
    expected = weighted(
        training.withColumn("label", F.expr("CAST(area = 'a1' AS DOUBLE)")).na.drop("all", subset=["label"]), features
    ).collect()
    rows = [row for row in ROWS if row[0] is not None]
    arrays = columns(rows)
    label = np.array([float(row[0] == "a1") for row in rows])
    first, counts = row_groups(arrays, names, label)
    results = {
        (label[index], rows[index][0], rows[index][1], None if rows[index][5] is None else tuple(rows[index][5])): count
        for index, count in zip(first.tolist(), counts.tolist(), strict=True)
    }
    assert results == {
        (r["label"], r["area"], r["premise"], None if r["codes"] is None else tuple(r["codes"])): r["weight"]
        for r in expected
    }
    assert first.tolist() == sorted(first.tolist())


def test_a_word_that_too_few_rows_have_has_no_place_unless_all_are_rare(monkeypatch):
    rows = {"area": pa.array(["a", "a", "b"])}
    monkeypatch.setattr(in_task, "ROWS_PER_WORD", 2)
    assert Logs.fit(rows, (AREA,)).vocabulary == ["area=a"]
    monkeypatch.setattr(in_task, "ROWS_PER_WORD", 3)
    assert Logs.fit(rows, (AREA,)).vocabulary == ["area=a", "area=b"]


def test_numbers_that_never_change_are_zero():
    rows = {"latitude": pa.array([41.0, None, 41.0])}
    assert Logs.fit(rows, (LATITUDE,)).matrix(rows).toarray().tolist() == [[0.0], [0.0], [0.0]]


def test_plain_and_dictionary_encoded_texts_are_alike():
    plain = pa.array(["b", None, "a", "new"])
    for column in (plain, dictionary(plain), dictionary(pa.concat_arrays([pa.array(["x"]), plain])).slice(1)):
        assert lookup(column, ["a", "b"], 2).tolist() == [1, 2, 0, 2]
        inverse, values = combined({"area": column, "premise": plain}, ["area", "premise"])
        assert [values[place] for place in inverse] == [("b", "b"), (None, None), ("a", "a"), ("new", "new")]


def test_lists_of_a_part_of_a_column_have_their_own_codes():
    column = pa.array([["a"], ["b", "b", None], None, ["a", "b"]]).slice(1)
    assert multi_hot(column, ["a", "b"]).tolist() == [[0, 1], [0, 0], [1, 1]]
