"""The same work as a plain PySpark script: what one writes first, straight from the manuals of Spark, MLlib and Delta.

CSV with a header, clean, de-duplicate, Delta by year, eight group-bys, then per year a logistic regression and
gradient-boosted trees, scored on the year after. MLlib's defaults where the task does not say otherwise, nothing
cached, no tuning; and nothing slower than such a script would be: no needless shuffle, no Python UDF, partitions
pruned by year, 8 GB for the driver, each model scored once.
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from delta import configure_spark_with_delta_pip
from pyspark.ml import Pipeline
from pyspark.ml.classification import GBTClassifier, LogisticRegression
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.ml.feature import OneHotEncoder, StringIndexer, VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

SERIOUS = ["01A", "02", "03", "04A", "04B", "05", "06", "07", "09"]
GROUPS = [
    ["year"],
    ["month"],
    ["weekday", "hour"],
    ["primary_type"],
    ["location_description"],
    ["district"],
    ["beat"],
    ["year", "primary_type"],
]
CODES = ["district", "beat", "ward", "community_area"]
CALENDAR = ["hour", "minute", "month", "weekday"]


def session() -> SparkSession:
    builder = (
        SparkSession.builder.appName("plain_pyspark")
        .config("spark.driver.memory", "8g")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    )
    return configure_spark_with_delta_pip(builder).getOrCreate()  # sets spark.jars.packages


def clean(raw: DataFrame) -> DataFrame:
    """Snake-case names, typed columns, no row without a date or a code, one row per ID (case number if blank)."""
    names = raw.toDF(*[name.strip().lower().replace(" ", "_") for name in raw.columns])
    typed = names.withColumns(
        {
            "id": F.coalesce("id", "case_number"),
            "date": F.try_to_timestamp("date", F.lit("MM/dd/yyyy hh:mm:ss a")),
            "updated_on": F.try_to_timestamp("updated_on", F.lit("MM/dd/yyyy hh:mm:ss a")),
            "latitude": F.col("latitude").try_cast("double"),
            "longitude": F.col("longitude").try_cast("double"),
            "arrest": F.col("arrest").try_cast("boolean"),
            "domestic": F.col("domestic").try_cast("boolean"),
        }
    ).dropna(subset=["date", "iucr", "fbi_code"])
    return typed.withColumns(
        {
            "year": F.year("date"),
            "month": F.month("date"),
            "weekday": F.dayofweek("date"),
            "hour": F.hour("date"),
            "minute": F.minute("date"),
            "label": F.col("fbi_code").isin(SERIOUS).cast("double"),
        }
    ).dropDuplicates(["id"])


def describe(incidents: DataFrame, folder: Path) -> None:
    for keys in GROUPS:
        incidents.groupBy(*keys).agg(
            F.count("*").alias("rows"),
            F.avg("label").alias("share_serious"),
            F.avg(F.col("arrest").cast("double")).alias("share_arrested"),
        ).write.parquet(str(folder / "_".join(keys)))


def logistic_regression() -> Pipeline:
    """Every column one-hot."""
    words = ["location_description", *CODES]
    numbers = [*CALENDAR, "domestic_number"]
    indexer = StringIndexer(inputCols=words, outputCols=[f"{c}_index" for c in words], handleInvalid="keep")
    columns = [f"{c}_index" for c in words] + numbers
    encoder = OneHotEncoder(inputCols=columns, outputCols=[f"{c}_hot" for c in columns], handleInvalid="keep")
    assembler = VectorAssembler(inputCols=[f"{c}_hot" for c in columns], outputCol="features")
    return Pipeline(stages=[indexer, encoder, assembler, LogisticRegression(maxIter=100)])


def gradient_boosted_trees() -> Pipeline:
    """Codes and calendar as numbers, the location's description by index, and the coordinates."""
    indexer = StringIndexer(inputCol="location_description", outputCol="location_index", handleInvalid="keep")
    columns = [
        "location_index", *(f"{c}_number" for c in CODES), *CALENDAR, "domestic_number", "latitude", "longitude",
    ]  # fmt: skip
    assembler = VectorAssembler(inputCols=columns, outputCol="features")
    return Pipeline(stages=[indexer, assembler, GBTClassifier(maxIter=20, maxDepth=5, maxBins=256, seed=1)])


def auc(pipeline: Pipeline, train: DataFrame, test: DataFrame) -> float:
    return float(BinaryClassificationEvaluator().evaluate(pipeline.fit(train).transform(test)))


@contextmanager
def phase(name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"phase {name}: {time.perf_counter() - start:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="CSV to AUC with plain PySpark")
    parser.add_argument("--input", action="append", required=True, help="a CSV file; may be repeated")
    parser.add_argument("--lake", type=Path, required=True, help="an empty folder for everything written")
    parser.add_argument("--years", required=True, help="the years in the data, with commas")
    parser.add_argument("--learners", default="lr,gbt", help="which to fit (default: %(default)s)")
    args = parser.parse_args()
    years = {int(year) for year in args.years.split(",")}
    with phase("session"):
        spark = session()
    with phase("ingest"):
        raw = spark.read.csv(args.input, header=True, escape='"')
        clean(raw).write.format("delta").partitionBy("year").save(str(args.lake / "incidents"))
    incidents = spark.read.format("delta").load(str(args.lake / "incidents"))
    with phase("statistics"):
        describe(incidents, args.lake / "statistics")
    numbers = {f"{code}_number": F.coalesce(F.col(code).try_cast("int"), F.lit(-1)) for code in CODES}
    examples = incidents.withColumns(
        numbers | {"domestic_number": F.coalesce(F.col("domestic").cast("int"), F.lit(0))}
    ).fillna(0.0, subset=["latitude", "longitude"])
    metrics = []
    builders = {"lr": logistic_regression, "gbt": gradient_boosted_trees}
    for learner in args.learners.split(","):
        build = builders[learner]
        with phase(learner):
            for year in sorted(year for year in years if year + 1 in years):
                value = auc(build(), examples.where(F.col("year") == year), examples.where(F.col("year") == year + 1))
                metrics.append({"learner": learner, "train": f"{year}", "test": year + 1, "auc": value})
                print(f"{learner} {year}->{year + 1} AUC {value:.4f}", flush=True)
    (args.lake / "metrics.json").write_text(json.dumps(metrics))
    spark.stop()


if __name__ == "__main__":
    main()
