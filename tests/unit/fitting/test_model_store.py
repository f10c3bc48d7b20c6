"""Models in the lake: saved and read without a Spark job, on a local disk and in a file system that is on no disk."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import Imputer, SQLTransformer, StandardScaler, StringIndexer, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.ml.pipeline import Pipeline
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from crime_spark.errors import LakeError
from crime_spark.fitting import model_store
from crime_spark.fitting.model_store import FittedModels, load_model, save_model
from crime_spark.lake import Lake
from crime_spark.learners.estimators.batch_model import BatchModel, Numbers, Scorer, dense
from tests.webhdfs import memory_files

NAME = "models/city=chicago/train_to=2015"


class Doubled(BatchModel):
    """The sum of the vector's places times a factor, and the length of the payload."""

    @staticmethod
    def scorer(payload: bytes, facts: Mapping[str, Any], threads: int) -> Scorer:
        def score(batch: pa.StructArray) -> Numbers:
            return np.asarray(dense(batch).sum(axis=1) * facts["factor"] + len(payload))

        return score


@pytest.fixture(scope="module")
def rows(spark: SparkSession) -> DataFrame:
    values = [("a", 1.0, 1.0), ("b", None, 0.0), ("a", 3.0, 1.0), ("b", 2.0, 1.0), (None, 0.5, 0.0)]
    return spark.createDataFrame(values, "kind STRING, size DOUBLE, label DOUBLE").coalesce(1)


@pytest.fixture(scope="module")
def model(rows: DataFrame) -> PipelineModel:
    """One of ours between MLlib's stages, and a pipeline among the stages."""
    stages = [
        StringIndexer(inputCol="kind", outputCol="index", handleInvalid="keep"),
        Imputer(inputCols=["size"], outputCols=["filled"]),
        SQLTransformer(statement="SELECT *, filled + 1 AS larger FROM __THIS__"),
        VectorAssembler(inputCols=["index", "filled", "larger"], outputCol="numbers"),
        StandardScaler(withMean=True, inputCol="numbers", outputCol="features"),
    ]
    first = Pipeline(stages=stages).fit(rows)
    ours = Doubled(b"seven B", {"number": True, "factor": 2.0})
    renamed = SQLTransformer(statement="SELECT * EXCEPT (prediction), prediction AS doubled FROM __THIS__")
    last = LogisticRegression(maxIter=3, regParam=0.1).fit(first.transform(rows))
    return PipelineModel([first, ours, renamed, last])


def predictions(model: PipelineModel, rows: DataFrame) -> list[tuple[float, ...]]:
    scored = model.transform(rows).select("doubled", vector_to_array(F.col("probability"))[1])
    return [tuple(row) for row in scored.collect()]


@pytest.fixture(params=["local", "webhdfs"])
def anywhere(request: pytest.FixtureRequest, spark: SparkSession, tmp_path: Path) -> Iterator[Lake]:
    """An empty lake in each of two file systems."""
    if request.param == "local":
        yield Lake(spark, str(tmp_path / "lake"))
    else:
        with memory_files() as files:
            yield Lake(spark, f"{files.url}/lake")


def jobs_of(spark: SparkSession, work: Callable[[], Any]) -> int:
    """How many Spark jobs the work runs."""
    context = spark.sparkContext
    context.setJobGroup("counted", "counted")
    try:
        before = len(context.statusTracker().getJobIdsForGroup("counted"))
        work()
        context._jsc.sc().listenerBus().waitUntilEmpty()
        return len(context.statusTracker().getJobIdsForGroup("counted")) - before
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]


def files_of(lake: Lake, name: str) -> list[str]:
    """The files below this path of the lake, without those that Hadoop hides."""
    jvm: Any = lake.spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(lake.path(name))
    result = path.getFileSystem(lake.spark._jsc.hadoopConfiguration())
    folders, files = [path], []
    while folders:
        for status in result.listStatus(folders.pop()):
            if status.isDirectory():
                folders.append(status.getPath())
            else:
                files.append(status.getPath().toString().partition(f"{name}/")[2])
    return sorted(file for file in files if "/." not in f"/{file}")


def test_saving_and_reading_a_model_runs_no_spark_job(anywhere, model, rows):
    assert jobs_of(anywhere.spark, rows.count) > 0
    assert jobs_of(anywhere.spark, lambda: save_model(anywhere, NAME, model)) == 0
    assert jobs_of(anywhere.spark, lambda: load_model(anywhere, NAME)) == 0


def test_stored_model_predicts_what_it_predicted_before(anywhere, model, rows):
    save_model(anywhere, NAME, model)
    assert predictions(load_model(anywhere, NAME), rows) == predictions(model, rows)
    assert predictions(PipelineModel.load(anywhere.path(NAME)), rows) == predictions(model, rows)


def test_a_model_is_three_files(anywhere, model):
    save_model(anywhere, NAME, model)
    assert files_of(anywhere, NAME) == [
        "metadata/part-00000",
        "stages/0_stored/metadata/part-00000",
        "stages/0_stored/stages.zip",
    ]


def test_a_model_takes_the_place_of_the_one_before(anywhere, model, rows):
    save_model(anywhere, NAME, PipelineModel(model.stages[:2]))
    save_model(anywhere, f"{NAME[:-1]}6", PipelineModel(model.stages[:2]))
    save_model(anywhere, NAME, model)
    assert predictions(load_model(anywhere, NAME), rows) == predictions(model, rows)
    assert {file.split("/")[0] for file in files_of(anywhere, "models/city=chicago")} == {
        "train_to=2015",
        "train_to=2016",
    }


def test_what_a_killed_run_left_of_a_model_is_removed_by_the_next(lake, model, rows):
    left = Path(lake.path("models/city=chicago/_train_to=2015/metadata/part-00001"))
    left.parent.mkdir(parents=True)
    left.touch()
    save_model(lake, NAME, model)
    assert not left.parent.parent.exists()
    assert len(files_of(lake, NAME)) == 3
    assert predictions(load_model(lake, NAME), rows) == predictions(model, rows)


def test_a_model_that_cannot_be_written_is_an_error_and_leaves_the_old_one(lake, model, rows, monkeypatch):
    save_model(lake, NAME, model)

    def nothing(folder: Path, *_: Any) -> None:
        """As if the driver's disk had lost it."""

    monkeypatch.setattr(model_store, "_write_folder", nothing)
    with pytest.raises(LakeError, match="cannot write the model"):
        save_model(lake, NAME, model)
    assert predictions(load_model(lake, NAME), rows) == predictions(model, rows)


def test_a_model_that_is_not_there_is_an_error_that_names_the_stage(anywhere):
    with pytest.raises(LakeError, match=f"has no model {NAME}; run stage train first"):
        load_model(anywhere, NAME)


def test_a_model_that_spark_itself_wrote_is_read(lake, model, rows):
    model.write().save(lake.path(NAME))
    assert predictions(load_model(lake, NAME), rows) == predictions(model, rows)


def test_a_model_of_a_spark_whose_files_are_others_says_what_to_do(lake, model):
    save_model(lake, NAME, model)
    stored = Path(lake.path(NAME), "stages/0_stored/stages.zip")
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("content.json", json.dumps({"spark": "9.8.7", "ours": []}))
        archive.writestr("mllib/metadata", "{}")
    (stored.parent / ".stages.zip.crc").unlink(missing_ok=True)
    with pytest.raises(LakeError, match=r"which Spark 9\.8\.7 wrote: .*train again with training\.refit=true"):
        load_model(lake, NAME)


def test_models_of_this_application_are_not_read_back(lake, model):
    models = FittedModels(lake)
    models.put(NAME, model)
    assert models.get(NAME) is model


def test_other_models_are_read_once(lake, model, rows):
    save_model(lake, NAME, model)
    models = FittedModels(lake)
    assert predictions(models.get(NAME), rows) == predictions(model, rows)
    assert models.get(NAME) is models.get(NAME)


def test_no_more_models_are_kept_than_were_asked_for(lake, model):
    models = FittedModels(lake, most=2)
    models.put("first", model)
    models.put("second", model)
    models.get("first")
    models.put("third", model)
    assert models.get("first") is model
    with pytest.raises(LakeError, match="has no model second"):
        models.get("second")


def test_a_kept_model_lets_go_of_its_training_rows(lake, model):
    last = model.stages[-1]
    FittedModels(lake).put(NAME, model)
    assert not last.hasSummary
