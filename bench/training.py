"""Training alone: XGBoost cells of single years against a loop of scikit-learn's HistGradientBoosting, same examples.

Both have the examples of serious_offense in memory before the clock starts (Spark's cache; a pandas frame with the same
columns), fit one model on each year and score the year after: label and probability of every row end up in this
process. The AUCs are worked out afterwards, by the same function.

ours     what the train stage runs: crime_spark.training's fit_block and score with the default settings, which index
         the categories anew for each year, with training.cells_at_once 0: as many cells at a time as there are cores.
peer     the categories as ordinals, encoded anew for each year, the same depth, rate, number of trees and early stop
         as ours, all cores, one year after the other.

Examples are made by the pipeline from Chicago's files, or found in the lake of an earlier run (--lake).
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from run import ROOT, environment, find_files, parse_repeat, parse_years, spark_submit
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from crime_spark.config import load_settings
from crime_spark.lake import Lake
from crime_spark.learners.xgboost import XGBOOST
from crime_spark.progress import Progress
from crime_spark.session import build_session
from crime_spark.tasks.serious_offense import SERIOUS_OFFENSE as TASK
from crime_spark.training.fitting import Known, fit_block, score
from crime_spark.training.plan import Block, plan_blocks
from crime_spark.training.stage import cells_at_once

CITY = "chicago"
FEATURES = TASK.inputs("fair")
CATEGORIES = [feature.name for feature in FEATURES if feature.kind == "category"]
NUMBERS = [feature.name for feature in FEATURES if feature.kind == "number"]


@dataclass(frozen=True)
class Scored:
    """What a cell says of its test year."""

    train: int
    label: np.ndarray
    probability: np.ndarray

    @property
    def auc(self) -> float:
        return float(roc_auc_score(self.label, self.probability))


def make_examples(data: Path, years: list[int], lake: Path) -> None:
    inputs = [part for file in find_files(data, years) for part in ("--input", f"{CITY}={file}")]
    stages = ["--stages", "ingest,examples", "--tasks", TASK.name, "--cities", CITY]
    subprocess.run([*spark_submit(), "--lake", str(lake), *inputs, *stages], cwd=ROOT, env=environment(), check=True)


def known_of(training: DataFrame) -> Known:
    counts = training.agg(F.avg("label"), *(F.count(each.name).alias(each.name) for each in FEATURES)).collect()[0]
    return Known(counts[0], {each.name: counts[each.name] for each in FEATURES})


def ours(cells: list[tuple[Block, DataFrame, DataFrame, Known]], settings: Any) -> list[Scored]:
    def one(block: Block, training: DataFrame, test: DataFrame, known: Known) -> Scored:
        target, fitted = fit_block(block, training, known, settings, Progress(io.StringIO()))
        rows = score(test, FEATURES, target, [(fitted[0].model, fitted[0].kind)]).select("label", "predicted_0")
        found = rows.toArrow()
        return Scored(block.first.train_to, found["label"].to_numpy(), found["predicted_0"].to_numpy())

    with ThreadPoolExecutor(cells_at_once(cells[0][1].sparkSession, settings)) as pool:
        return list(pool.map(lambda cell: one(*cell), cells))


def peer_of(settings: dict[str, Any]) -> Pipeline:
    """Equal hyperparameters, by scikit-learn's names."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    trees = HistGradientBoostingClassifier(
        max_iter=settings["n_estimators"],
        learning_rate=settings["learning_rate"],
        max_depth=settings["max_depth"],
        max_leaf_nodes=None,
        l2_regularization=settings["reg_lambda"],
        early_stopping=True,
        validation_fraction=settings["held_out"],
        n_iter_no_change=settings["early_stopping_rounds"],
        random_state=1,
    )
    return make_pipeline(make_column_transformer((encoder, CATEGORIES), ("passthrough", NUMBERS)), trees)


def peer(by_year: dict[int, pd.DataFrame], years: list[int], settings: dict[str, Any]) -> list[Scored]:
    scored = []
    for year in years:
        training, test = by_year[year], by_year[year + 1]
        model = peer_of(settings).fit(training, training["label"])
        scored.append(Scored(year, test["label"].to_numpy(), model.predict_proba(test)[:, 1]))
    return scored


def race(lake: Lake, years: list[int], share: float, repeat: int) -> None:
    """Both take turns; medians count."""
    settings = load_settings(options={"training.cells_at_once": 0}, environment={})
    drawn = f"pmod(xxhash64(example_id), 1000) < {round(1000 * share)}"
    rows = lake.read(TASK.examples).where((F.col("city") == CITY) & F.col("year").isin(years)).where(drawn).persist()
    chosen = XGBOOST.with_settings(settings.learner_settings.get(XGBOOST.name, {}))
    cells = []
    for block in plan_blocks({CITY: years}, [TASK], [XGBOOST], "per_year"):
        training, test = (rows.where(f"year = {year}") for year in (block.first.train_to, block.first.test_year))
        cells.append((block, training, test, known_of(training)))
    fit_years = [block.first.train_to for block, *_ in cells]
    columns = ["year", "label", *CATEGORIES, *NUMBERS]
    by_year = dict(iter(rows.select(*columns).toPandas().groupby("year")))
    print(f"{ {year: len(part) for year, part in by_year.items()} } rows, {os.cpu_count()} cores", flush=True)
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    for turn in range(repeat):
        found: dict[str, list[Scored]] = {}
        for name in seconds:
            started = time.perf_counter()
            found[name] = ours(cells, settings) if name == "ours" else peer(by_year, fit_years, chosen)
            seconds[name].append(time.perf_counter() - started)
            print(f"{turn + 1} {name}: {seconds[name][-1]:.1f} s", flush=True)
    for mine, other in zip(found["ours"], found["peer"], strict=True):
        print(f"AUC {mine.train}->{mine.train + 1} ours {mine.auc:.4f} peer {other.auc:.4f}")
    print(f"ratio {median(seconds['ours']) / median(seconds['peer']):.2f}")


def parse_share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share above 0")
    return share


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/training.py", description="XGBoost cells against scikit-learn's loop")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with Chicago's CSV files")
    parser.add_argument("--lake", type=Path, metavar="DIR", help="where examples are, or are put and kept")
    parser.add_argument("--years", type=parse_years, required=True, help="2013-2016")
    parser.add_argument("--share", type=parse_share, default=1.0, help="so many of the rows, drawn by a hash")
    parser.add_argument("--repeat", type=parse_repeat, default=1, metavar="N", help="runs each; medians count")
    args = parser.parse_args()
    # One environment for both: OpenMP's threads do not spin, and Spark's workers are this interpreter.
    os.environ.update(environment())
    os.environ.setdefault(
        "PYSPARK_SUBMIT_ARGS", f"--properties-file {ROOT}/conf/spark/local.conf --master local[*] pyspark-shell"
    )
    with tempfile.TemporaryDirectory(prefix="crime-spark-bench-") as scratch:
        folder = args.lake or Path(scratch) / "lake"
        if not (folder / TASK.examples.name).is_dir():
            if args.data is None:
                parser.error(f"{folder} has no examples: say with --data where Chicago's files are")
            try:
                make_examples(args.data, args.years, folder)
            except (ValueError, subprocess.CalledProcessError) as error:
                parser.error(str(error))
        spark = build_session("crime-spark bench")
        try:
            race(Lake(spark, str(folder)), args.years, args.share, args.repeat)
        finally:
            spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
