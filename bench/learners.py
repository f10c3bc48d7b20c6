"""Quality of learners: each compared with scikit-learn's learner of the same settings on the same vectors.

serious_offense of Chicago, fitted on all years but the last and evaluated on the last. The peer gets the vectors of our
learner as a scipy matrix. Convex problems run to convergence in scikit-learn, so that ours is compared with the
optimum; a perceptron gets as many iterations as ours. Learners without a peer are evaluated alone.

Examples come from the pipeline on Chicago's files, or from the lake of an earlier run (--lake).
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from results import Bench, Comparison, add_option, ratio, save
from serious_offense import CITY, FEATURES, TASK, examples, parser_of
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from crime_spark.config import load_settings
from crime_spark.fitting.blocks import fit_block, score, training_counts
from crime_spark.fitting.cells import plan_blocks
from crime_spark.learners import LEARNERS
from crime_spark.learners.estimators.batch_model import sparse, unwrapped
from crime_spark.vectors.preparation import VECTOR

PEERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "logistic_regression": lambda settings: LogisticRegression(C=settings["C"], max_iter=1000),
    "linear_svm": lambda settings: LinearSVC(C=settings["C"], loss="hinge", max_iter=10_000, random_state=1),
    "random_forest": lambda settings: RandomForestClassifier(
        settings["numTrees"],
        max_depth=settings["maxDepth"],
        min_samples_leaf=settings["minInstancesPerNode"],
        n_jobs=-1,
        random_state=1,
    ),
    "mlp": lambda settings: MLPClassifier(
        (settings["hiddenUnits"],) * settings["hiddenLayers"],
        activation="logistic",
        solver="lbfgs",
        alpha=0.0,
        max_iter=settings["maxIter"],
        tol=settings["tol"],
        random_state=1,
    ),
}


def matrix(rows: DataFrame, model: PipelineModel) -> tuple[Any, np.ndarray]:
    """The vectors of the model as a matrix, and the labels."""
    for stage in model.stages:
        rows = stage.transform(rows)
        if VECTOR in rows.columns:
            break
    result = rows.select("label", unwrapped(VECTOR)).toArrow()
    return sparse(result["features"].combine_chunks()), result["label"].to_numpy()


def judge(rows: DataFrame, years: list[int], names: list[str]) -> dict[str, dict[str, float]]:
    """AUC and seconds by learner, also of the peer if there is one."""
    figures: dict[str, dict[str, float]] = {}
    settings = load_settings(environment={})
    by_name = {learner.name: learner for learner in LEARNERS}
    training, test = rows.where(f"year < {max(years)}"), rows.where(f"year = {max(years)}")
    counts = training_counts(training, FEATURES)
    print(f"fitted on {counts.rows} rows, judged by {test.count()}", flush=True)
    for name in names:
        learner = by_name[name]
        block = plan_blocks({CITY: years}, [TASK], [learner], "expanding")[-1]
        started = time.perf_counter()
        target, fitted = fit_block(block, training, counts, settings)
        model = fitted[0].model
        result = score(test, FEATURES, target, [(model, fitted[0].kind)]).select("label", "predicted_0").toArrow()
        mine = roc_auc_score(result["label"].to_numpy(), result["predicted_0"].to_numpy())
        figures[name] = {"auc": round(mine, 4), "seconds": round(time.perf_counter() - started, 1)}
        line = f"{name}: AUC {mine:.4f}, {figures[name]['seconds']:.0f} s"
        if name in PEERS:
            started = time.perf_counter()
            peer = PEERS[name](learner.with_settings(settings.learner_settings.get(name, {})))
            peer.fit(*matrix(training, model))
            vectors, label = matrix(test, model)
            scores = peer.decision_function if name == "linear_svm" else lambda x, by=peer: by.predict_proba(x)[:, 1]
            other = roc_auc_score(label, scores(vectors))
            figures[name] |= {"peer_auc": round(other, 4), "peer_seconds": round(time.perf_counter() - started, 1)}
            line += (
                f"; scikit-learn's {other:.4f}, {figures[name]['peer_seconds']:.0f} s; difference {mine - other:+.4f}"
            )
        print(line, flush=True)
    return figures


def keep(args: argparse.Namespace, figures: dict[str, dict[str, float]]) -> Path:
    """Write the result; learners without a peer are only in its figures."""
    comparisons = [
        Comparison(
            f"fitting and scoring: {name}",
            "scikit-learn's, same vectors",
            ratio(values["seconds"], values["peer_seconds"]),
            note=f"AUC {values['auc']:.4f}, peer's {values['peer_auc']:.4f}",
        )
        for name, values in figures.items()
        if "peer_auc" in values
    ]
    span = f"{min(args.years)}-{max(args.years)}"
    options = f"--learners {args.learners}" + (f" --share {args.share}" if args.share < 1 else "")
    command = f'make bench-learners DATA=DIR YEARS={span} ARGS="{options}"'
    share = f", {args.share:.0%} of the rows" if args.share < 1 else ""
    bench = Bench(f"learners-{span}-{args.learners.replace(',', '-')}", f"Chicago {span}{share}", command)
    return save(bench, comparisons, {"share": args.share, "learners": figures}, args.results)


def main() -> int:
    parser = parser_of("learners", "each learner compared with scikit-learn's learner of the same settings")
    parser.add_argument("--learners", default=",".join([*PEERS, "xgboost", "gbt"]), help="names, with commas")
    add_option(parser)
    args = parser.parse_args()
    names = args.learners.split(",")
    expected = [learner.name for learner in LEARNERS if learner.fits(type(TASK.kind)) in learner.kinds]
    if unknown := sorted(set(names) - set(expected)):
        parser.error(f"unknown learner {', '.join(unknown)}; expected {', '.join(expected)}")
    with examples(parser, args) as rows:
        print(f"written: {keep(args, judge(rows, args.years, names))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
