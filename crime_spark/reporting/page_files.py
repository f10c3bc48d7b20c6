"""Text files in the lake, on whatever file system it lies."""

from __future__ import annotations

from typing import Any

from py4j.protocol import Py4JError

from crime_spark.errors import LakeError, reason_of
from crime_spark.lake import Lake


def write_text(lake: Lake, name: str, text: str) -> str:
    """Put text, as UTF-8, in the file of that name below the lake's root, and return the file's path.

    It is written beside and renamed, so that a reader never sees half of it.

    Raises:
        LakeError: it cannot be written.
    """
    path = lake.path(name)
    jvm: Any = lake.spark._jvm
    hadoop = jvm.org.apache.hadoop.fs
    configuration = lake.spark._jsc.hadoopConfiguration()
    target = hadoop.Path(path)
    beside = hadoop.Path(target.getParent(), f".{target.getName()}.new")
    try:
        files = target.getFileSystem(configuration)
        files.mkdirs(target.getParent())
        stream = files.create(beside, True)
        try:
            stream.write(text.encode())
        finally:
            stream.close()
        # FileSystem.rename refuses a target that exists (HDFS) or not (others); FileContext's overwrites everywhere.
        overwrite = lake.spark.sparkContext._gateway.new_array(hadoop.Options.Rename, 1)  # type: ignore[union-attr]
        overwrite[0] = hadoop.Options.Rename.OVERWRITE
        hadoop.FileContext.getFileContext(files.getUri(), configuration).rename(
            files.makeQualified(beside), files.makeQualified(target), overwrite
        )
    except Py4JError as error:
        raise LakeError(f"cannot write {path}: {reason_of(error)}") from error
    return path
