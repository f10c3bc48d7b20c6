"""Stored models read as a user reads them: `python -m tests.loading REQUEST ANSWER JAVA_OPTIONS` in its own process.

REQUEST is a file of JSON: a list of {"model": its path, "rows": the path of Parquet files}. ANSWER is a file that gets
a JSON list of predictions for each of them, by example_id. Nothing of crime_spark is imported here: what
`PipelineModel.load` needs of it, it finds in the installed package.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession


def predictions(scored: DataFrame) -> list[object]:
    """Of each row the probabilities, or the prediction where the model has none."""
    several = "probability" in scored.columns
    column = vector_to_array("probability") if several else scored["prediction"]
    rows = scored.select("example_id", column.alias("predicted")).collect()
    return [row["predicted"] for row in sorted(rows, key=lambda row: str(row["example_id"]))]


def main(request: str, answer: str, java_options: str) -> None:
    """Load every model, and write what it predicts of its rows."""
    options = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.log.level": "ERROR",
        # Each model scores a few rows once: compiling code for them takes longer than it saves.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": java_options,
    }
    builder = SparkSession.builder.master("local[2]")
    for key, value in options.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    rows: dict[str, DataFrame] = {}
    answers = []
    for entry in json.loads(Path(request).read_text()):
        frame = rows.setdefault(entry["rows"], spark.read.parquet(entry["rows"]).coalesce(1))
        answers.append(predictions(PipelineModel.load(entry["model"]).transform(frame)))
    Path(answer).write_text(json.dumps(answers))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
