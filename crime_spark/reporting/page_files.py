"""Writes text files to the lake on any file system."""

from __future__ import annotations

from typing import Any

from py4j.protocol import Py4JError

from crime_spark.errors import LakeError, reason_of
from crime_spark.lake import Lake


def write_text(lake: Lake, name: str, text: str) -> str:
    """Write a text file as UTF-8, replacing an existing file.

    The text is written to a temporary file that is then renamed, so that readers never see a part of it.

    Args:
        lake: the lake.
        name: path of the file, relative to the lake's root.
        text: content of the file.

    Returns:
        The path of the file.

    Raises:
        LakeError: the file cannot be written.
    """
    path = lake.path(name)
    jvm: Any = lake.spark._jvm
    hadoop = jvm.org.apache.hadoop.fs
    configuration = lake.spark._jsc.hadoopConfiguration()
    target = hadoop.Path(path)
    temporary = hadoop.Path(target.getParent(), f".{target.getName()}.new")
    try:
        files = target.getFileSystem(configuration)
        files.mkdirs(target.getParent())
        stream = files.create(temporary, True)
        try:
            stream.write(text.encode())
        finally:
            stream.close()
        # FileSystem.rename does not overwrite on HDFS; FileContext.rename overwrites on every file system.
        overwrite = lake.spark.sparkContext._gateway.new_array(hadoop.Options.Rename, 1)  # type: ignore[union-attr]
        overwrite[0] = hadoop.Options.Rename.OVERWRITE
        hadoop.FileContext.getFileContext(files.getUri(), configuration).rename(
            files.makeQualified(temporary), files.makeQualified(target), overwrite
        )
    except Py4JError as error:
        raise LakeError(f"cannot write {path}: {reason_of(error)}") from error
    return path
