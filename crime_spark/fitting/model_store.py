"""Storage of fitted models in the lake, without Spark jobs and in any file system that Hadoop supports.

A model is a folder of three files: the metadata that `PipelineModel.load` expects of a pipeline and of its only stage,
and an archive with the fitted parameters of all stages. MLlib's writer would run two or three Spark jobs and write a
dozen files for each stage.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
import zipfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyspark.ml import PipelineModel, Transformer
from pyspark.ml.util import HasTrainingSummary, MLReadable
from pyspark.sql import SparkSession

from crime_spark.errors import LakeError, reason_of
from crime_spark.lake import Lake
from crime_spark.learners.estimators.batch_model import BatchModel

_UID = "stored"
_ARCHIVE = f"stages/0_{_UID}/stages.zip"
# Paths in the archive: parameters of MLlib stages, parameters of BatchModels, and the description of all stages.
_MLLIB, _OURS, _CONTENT = "mllib", "ours", "content.json"


def save_model(lake: Lake, name: str, model: PipelineModel) -> None:
    """Store a model and replace an existing one.

    The model is written next to the old one and then renamed. If a killed run leaves a copy, saving the model again
    removes it.

    Args:
        lake: the lake; its root can be in any file system that Hadoop supports.
        name: path of the model in the lake (`Cell.model`).
        model: MLlib stages and BatchModels; nested pipelines are flattened.

    Raises:
        LakeError: the file system reports an error.
    """
    path = lake.path(name)
    parent, last = path.rsplit("/", 1)
    files, target = _hadoop(lake.spark, path)
    _, copy = _hadoop(lake.spark, f"{parent}/_{last}")
    with TemporaryDirectory() as folder:
        _write_folder(Path(folder, "model"), model, lake.spark)
        _, source = _hadoop(lake.spark, f"file://{folder}/model")
        try:
            files.delete(copy, True)
            files.mkdirs(copy.getParent())
            files.copyFromLocalFile(False, True, source, copy)
            files.delete(target, True)
            renamed = files.rename(copy, target)
        except Exception as error:
            raise LakeError(f"cannot write the model {path}: {reason_of(error)}") from error
    if not renamed:
        raise LakeError(f"cannot write the model {path}: its copy {copy.toString()} cannot be renamed")


def load_model(lake: Lake, name: str) -> PipelineModel:
    """Read a model; MLlib's reader reads models of earlier versions.

    Raises:
        LakeError: the model does not exist or cannot be read.
    """
    path = lake.path(name)
    files, archive = _hadoop(lake.spark, f"{path}/{_ARCHIVE}")
    if files.exists(archive):
        return _read_archive(lake.spark, f"{path}/{_ARCHIVE}")
    if not files.exists(archive.getParent().getParent().getParent()):
        raise LakeError(f"the lake {lake.root} has no model {name}; run stage train first")
    try:
        return PipelineModel.load(path)
    except Exception as error:
        raise LakeError(
            f"cannot read the model {path}: {reason_of(error)}; train again with training.refit=true"
        ) from error


class StoredStages(MLReadable[PipelineModel]):
    """The only stage of a stored pipeline in its metadata. Loading it reads the actual stages."""

    @classmethod
    def load(cls, path: str) -> PipelineModel:
        """Read the pipeline of all stages; `path` is the folder of the stage."""
        return _read_archive(SparkSession.active(), f"{path.rstrip('/')}/{os.path.basename(_ARCHIVE)}")


class FittedModels:
    """A cache of models that this application fitted or read, for several threads.

    Args:
        lake: the lake.
        most: the largest number of models; the least recently used one is dropped.
    """

    def __init__(self, lake: Lake, most: int = 100) -> None:
        self._lake = lake
        self._most = most
        self._models: OrderedDict[str, PipelineModel] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, model: PipelineModel) -> None:
        """Add a stored model, without the training summaries of its stages."""
        for stage in flat(model.stages):
            if isinstance(stage, HasTrainingSummary) and stage.hasSummary:
                # A summary keeps the training rows and their predictions in memory.
                java: Any = stage._java_obj  # type: ignore[attr-defined]
                java.setSummary(self._lake.spark._jvm.scala.Option.empty())  # type: ignore[union-attr]
        with self._lock:
            self._models[name] = model
            self._models.move_to_end(name)
            while len(self._models) > self._most:
                self._models.popitem(last=False)

    def get(self, name: str) -> PipelineModel:
        """The model of this name from the cache or the lake."""
        with self._lock:
            model = self._models.get(name)
        if model is None:
            model = load_model(self._lake, name)
        self.put(name, model)
        return model


def _write_folder(folder: Path, model: PipelineModel, spark: SparkSession) -> None:
    """Write the folder that `PipelineModel.load` reads, on the driver's disk."""
    pipeline = {"stageUids": [_UID], "language": "Python"}
    _write_metadata(folder, PipelineModel, model.uid, pipeline, spark)
    _write_metadata(folder / f"stages/0_{_UID}", StoredStages, _UID, {}, spark)
    stages = list(flat(model.stages))
    content = {
        "spark": spark.version,
        "ours": [
            {"place": place, "class": f"{type(stage).__module__}.{type(stage).__name__}", "facts": stage.facts}
            for place, stage in enumerate(stages)
            if isinstance(stage, BatchModel)
        ],
    }
    with TemporaryDirectory() as unpacked, zipfile.ZipFile(folder / _ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        mllib = PipelineModel([stage for stage in stages if not isinstance(stage, BatchModel)])
        # The writer of Spark Connect's server, which writes MLlib's formats to the local disk.
        writer: Any = mllib._to_java().write()
        writer.saveToLocal(f"{unpacked}/{_MLLIB}")
        for file in sorted(Path(unpacked).rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(unpacked).as_posix())
        for place, stage in enumerate(stages):
            if isinstance(stage, BatchModel):
                archive.writestr(f"{_OURS}/{place}", stage.payload)
        archive.writestr(_CONTENT, json.dumps(content))


def _write_metadata(folder: Path, kind: type, uid: str, parameters: Mapping[str, Any], spark: SparkSession) -> None:
    """Write the metadata that pyspark's readers expect for an object of this class."""
    metadata = {
        "class": f"{kind.__module__}.{kind.__name__}",
        "timestamp": int(time.time() * 1000),
        "sparkVersion": spark.version,
        "uid": uid,
        "paramMap": parameters,
        "defaultParamMap": {},
    }
    (folder / "metadata").mkdir(parents=True)
    (folder / "metadata/part-00000").write_text(json.dumps(metadata) + "\n")


def _read_archive(spark: SparkSession, path: str) -> PipelineModel:
    """Read the stages of an archive in any file system."""
    files, source = _hadoop(spark, path)
    with TemporaryDirectory() as folder:
        try:
            files.copyToLocalFile(False, source, _hadoop(spark, f"file://{folder}/archive")[1], True)
        except Exception as error:
            raise LakeError(f"cannot read the model {path}: {reason_of(error)}") from error
        with zipfile.ZipFile(Path(folder, "archive")) as archive:
            content = json.loads(archive.read(_CONTENT))
            archive.extractall(folder)
        jvm: Any = spark._jvm
        try:
            mllib = jvm.org.apache.spark.ml.PipelineModel.read().loadFromLocal(f"{folder}/{_MLLIB}")
        except Exception as error:
            raise LakeError(
                f"Spark {spark.version} cannot read the model {path}, which Spark {content['spark']} wrote: "
                f"{reason_of(error)}; train again with training.refit=true"
            ) from error
        stages: list[Transformer] = list(PipelineModel._from_java(mllib).stages)
        for entry in content["ours"]:
            payload = Path(folder, _OURS, str(entry["place"])).read_bytes()
            stages.insert(entry["place"], _class_of(entry["class"])(payload, entry["facts"]))
    return PipelineModel(stages)


def _class_of(path: str) -> type[BatchModel]:
    """The class at a dotted path. Models that were stored before `learners.estimators` existed name it `learners`."""
    module, _, name = path.rpartition(".")
    module = re.sub(r"^crime_spark\.learners\.(?!estimators\.)", "crime_spark.learners.estimators.", module)
    stage_class: type[BatchModel] = getattr(import_module(module), name)
    return stage_class


def flat(stages: Iterable[Transformer]) -> Iterator[Transformer]:
    """Yield the stages, with nested pipelines replaced by their stages."""
    for stage in stages:
        if isinstance(stage, PipelineModel):
            yield from flat(stage.stages)
        else:
            yield stage


def _hadoop(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """Hadoop's file system of the path, and the path."""
    jvm: Any = spark._jvm
    there = jvm.org.apache.hadoop.fs.Path(path)
    return there.getFileSystem(spark._jsc.hadoopConfiguration()), there
