"""Training alone: XGBoost cells of single years against a loop of scikit-learn's HistGradientBoosting, same examples.

Both have the examples of serious_offense in memory before the clock starts (Spark's cache; a pandas frame with the same
columns), fit one model on each year and score the year after: label and probability of every row end up in this
process. The AUCs are worked out afterwards, by the same function.

ours     as in the train stage: crime_spark.training's run_blocks, a Spark task for each year, which encodes, fits and
         scores, with categories as ordinals (native_categories false).
sets     the same with default settings, which split categories into sets; slower and more accurate.
peer     categories as ordinals, encoded for each year, with the same depth, rate, number of trees and early stopping as
         ours, on all cores, one year after the other.

Examples come from the pipeline on Chicago's files, or from the lake of an earlier run (--lake).
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from launching import parse_repeat
from pyspark.sql import DataFrame
from results import Bench, Comparison, add_option, ratio, save
from serious_offense import CITY, FEATURES, TASK, examples, parser_of
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from crime_spark.config import load_settings
from crime_spark.fitting.cells import plan_blocks
from crime_spark.learners.xgboost import XGBOOST
from crime_spark.training.block_results import BlockWork, predictions_of
from crime_spark.training.block_task import run_blocks

CATEGORIES = [feature.name for feature in FEATURES if feature.kind == "category"]
NUMBERS = [feature.name for feature in FEATURES if feature.kind == "number"]


@dataclass(frozen=True)
class Scored:
    """The predictions of a cell for its test year."""

    train: int
    label: np.ndarray
    probability: np.ndarray

    @property
    def auc(self) -> float:
        return float(roc_auc_score(self.label, self.probability))


def ours(rows: DataFrame, work: list[BlockWork], settings: Any) -> list[Scored]:
    predicted = predictions_of(run_blocks(rows, work, settings)).select("train_to", "label", "probability").toPandas()
    return [
        Scored(int(train_to), part["label"].to_numpy(), part["probability"].to_numpy())
        for train_to, part in sorted(predicted.groupby("train_to"))
    ]


def peer_of(settings: Mapping[str, Any]) -> Pipeline:
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


def peer(by_year: dict[int, pd.DataFrame], years: list[int]) -> list[Scored]:
    scored = []
    for year in years:
        training, test = by_year[year], by_year[year + 1]
        model = peer_of(XGBOOST.settings).fit(training, training["label"])
        scored.append(Scored(year, test["label"].to_numpy(), model.predict_proba(test)[:, 1]))
    return scored


def race(
    rows: DataFrame, years: list[int], repeat: int
) -> tuple[dict[str, list[float]], dict[str, list[Scored]], dict[int, int]]:
    """They take turns; medians count.

    Returns: seconds of each turn and what was scored in the last one, by contestant; rows by year.
    """
    ordinals = {"learner_settings": {XGBOOST.name: {"native_categories": False}}}
    settings = {
        name: load_settings(options=source, environment={}) for name, source in (("ours", ordinals), ("sets", {}))
    }
    blocks = plan_blocks({CITY: years}, [TASK], [XGBOOST], "per_year")
    fit_years = [block.first.train_to for block in blocks]
    columns = ["year", "label", *CATEGORIES, *NUMBERS]
    by_year = dict(iter(rows.select(*columns).toPandas().groupby("year")))
    work = [
        BlockWork(block, tuple(FEATURES), (year,), len(by_year[year]))
        for block, year in zip(blocks, fit_years, strict=True)
    ]
    print(f"{ {year: len(part) for year, part in by_year.items()} } rows, {os.cpu_count()} cores", flush=True)
    seconds: dict[str, list[float]] = {name: [] for name in (*settings, "peer")}
    for turn in range(repeat):
        result: dict[str, list[Scored]] = {}
        for name in seconds:
            started = time.perf_counter()
            result[name] = ours(rows, work, settings[name]) if name in settings else peer(by_year, fit_years)
            seconds[name].append(time.perf_counter() - started)
            print(f"{turn + 1} {name}: {seconds[name][-1]:.1f} s", flush=True)
    for item in zip(*result.values(), strict=True):
        aucs = " ".join(f"{name} {scored.auc:.4f}" for name, scored in zip(result, item, strict=True))
        print(f"AUC {item[0].train}->{item[0].train + 1} {aucs}")
    for name in settings:
        print(f"ratio of {name} to peer {median(seconds[name]) / median(seconds['peer']):.2f}")
    return seconds, result, {int(year): len(part) for year, part in by_year.items()}


def keep(
    args: argparse.Namespace,
    seconds: dict[str, list[float]],
    scored_by_name: dict[str, list[Scored]],
    rows: dict[int, int],
) -> Path:
    """Write the result."""
    aucs = {
        name: {f"{s.train}->{s.train + 1}": round(s.auc, 4) for s in scored} for name, scored in scored_by_name.items()
    }
    means = {name: sum(values.values()) / len(values) for name, values in aucs.items()}
    kinds = {"ours": "xgboost, categories as ordinals", "sets": "xgboost as set by default, categories in sets"}
    comparisons = [
        Comparison(
            f"fitting and scoring: {kind}",
            "scikit-learn's HistGradientBoosting",
            ratio(median(seconds[name]), median(seconds["peer"])),
            note=f"mean AUC {means[name]:.4f}, peer's {means['peer']:.4f}",
        )
        for name, kind in kinds.items()
    ]
    span = f"{min(args.years)}-{max(args.years)}"
    share = f" --share {args.share}" if args.share < 1 else ""
    command = f'make bench-training DATA=DIR YEARS={span} ARGS="--repeat {args.repeat}{share}"'
    figures = {"rows": rows, "seconds": {k: [round(s, 1) for s in v] for k, v in seconds.items()}, "auc": aucs}
    title = f"Chicago {span}, a model a year"
    return save(Bench(f"training-{span}", title, command), comparisons, figures, args.results)


def main() -> int:
    parser = parser_of("training", "XGBoost cells against scikit-learn's loop")
    add_option(parser)
    parser.add_argument("--repeat", type=parse_repeat, default=1, metavar="N", help="runs each; medians count")
    args = parser.parse_args()
    with examples(parser, args) as rows:
        # A year's rows lie in one file, which is one partition: several cores could not score them.
        spread = rows.unpersist().repartitionByRange(2 * len(args.years), "year", "example_id")
        print(f"written: {keep(args, *race(spread.persist(), args.years, args.repeat))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
