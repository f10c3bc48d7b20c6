"""Tables about models: cells, predictions, metrics and explanations."""

from __future__ import annotations

from crime_spark.table import Table, columns

CELL_COLUMNS = columns(
    ("city", "STRING", "city"),
    ("task", "STRING", "what is predicted"),
    ("learner", "STRING", "what is fitted"),
    ("protocol", "STRING", "per_year: one training year; expanding: every year up to train_to"),
    ("policy", "STRING", "which features are allowed; fair = no demographic column"),
    ("delay", "INT", "days between the past that features see and the period; 0 for incidents"),
    ("train_from", "INT", "first training year"),
    ("train_to", "INT", "last training year"),
)
CELL_KEY = tuple(column.name for column in CELL_COLUMNS)
# Cells with equal values of these differ only in their learner.
BLOCK_KEY = tuple(name for name in CELL_KEY if name != "learner")

CELLS = Table(
    "gold/cells",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored, which follows train_to"),
            ("train_rows", "BIGINT", "number of training rows"),
            ("test_rows", "BIGINT", "number of test rows"),
            ("base_rate", "DOUBLE", "share of training rows with label 1 or at least k; mean label of numbers"),
            ("k", "INT", "least count of a hotspot; NULL for other kinds of task"),
            ("classes", "ARRAY<STRING>", "classes by index; NULL for other kinds of task"),
            ("parameters", "STRING", "JSON of the settings of the fit; features: the selection of features"),
            ("model", "STRING", "path of the saved PipelineModel in the lake"),
            ("fingerprint", "STRING", "hash of inputs and settings; a cell with an equal one is not fitted again"),
            ("seconds", "DOUBLE", "time spent fitting"),
        ),
    ),
    key=CELL_KEY,
    stage="train",
    partitions=("city",),
)

PREDICTIONS = Table(
    "gold/predictions",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("example_id", "STRING", "the incident, or the panel's unit and period"),
            ("unit", "STRING", "the panel's unit; NULL for an incident"),
            ("occurred_at", "TIMESTAMP_NTZ", "when it happened, or when the period begins, local wall clock"),
            ("label", "DOUBLE", "the outcome: 1 or 0, an index of gold/cells.classes, a number or a count"),
            ("probability", "DOUBLE", "predicted probability of label 1, or of at least k incidents"),
            ("probabilities", "ARRAY<DOUBLE>", "predicted probability of each of gold/cells.classes"),
            ("prediction", "DOUBLE", "predicted number"),
            ("longer_history", "DOUBLE", "count of the unit over its whole past; breaks ties of scores"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "example_id"),
    stage="train",
    partitions=CELL_KEY,  # cells are replaced as a whole
    skip_by=("example_id",),
)

_ALL_METRICS = "auc, pr_auc, log_loss, ece, ...; macro_auc, ...; mae, rmse, r2, ...; pai_1, ...: docs/evaluation.md"
_CLASS = "1 or 0, or the class of the metric; NULL for all rows"

METRICS = Table(
    "gold/metrics",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("history", "STRING", "rolling: the past up to each row's month; frozen: up to the end of train_to"),
            ("metric", "STRING", _ALL_METRICS),
            ("class", "STRING", _CLASS),
            ("value", "DOUBLE", "its value; NULL if not defined"),
            ("low", "DOUBLE", "2.5 % quantile over resamples of days (panels: weeks); NULL without interval"),
            ("high", "DOUBLE", "97.5 % quantile over the resamples; NULL without interval"),
            ("events", "ARRAY<STRING>", "events in its years; such values cannot be compared"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "history", "metric", "class"),
    stage="evaluate",
    partitions=("city",),
)

CURVES = Table(
    "gold/curves",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("curve", "STRING", "roc, pr, gain, lift, reliability, reliability_calibrated, hit_rate or area_share"),
            ("class", "STRING", "the class against the rest; NULL with a single outcome"),
            ("point", "INT", "index of the point, from 0"),
            ("x", "DOUBLE", "see docs/evaluation.md"),
            ("y", "DOUBLE", "see docs/evaluation.md"),
            ("threshold", "DOUBLE", "roc, pr, gain, lift: the lowest probability of the selected rows"),
            ("n", "DOUBLE", "reliability: number of rows of the bin"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "curve", "class", "point"),
    stage="evaluate",
    partitions=("city",),
)

CONFUSION = Table(
    "gold/confusion",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("actual", "STRING", "the outcome: 1 or 0, or the class"),
            ("predicted", "STRING", "1 or 0 by the threshold in gold/metrics, or the most probable class"),
            ("rows", "BIGINT", "number of rows"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "actual", "predicted"),
    stage="evaluate",
    partitions=("city",),
)

COMPARISONS = Table(
    "gold/comparisons",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("metric", "STRING", "the metric"),
            ("other", "STRING", "the learner to compare with, on the same rows"),
            ("difference", "DOUBLE", "value of learner minus that of other"),
            ("low", "DOUBLE", "2.5 % quantile of the difference over the same resamples"),
            ("high", "DOUBLE", "97.5 % quantile"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "metric", "other"),
    stage="evaluate",
    partitions=("city",),
)

TRIALS = Table(
    "gold/trials",
    (
        *CELL_COLUMNS,
        *columns(
            ("trial", "STRING", "hash of its parameters"),
            ("fold", "INT", "0 is the earliest; trained on the months before validated_from"),
            ("metric", "STRING", "auc or pr_auc, macro_auc, mae (lower is better) or pai_5, by kind of task"),
            ("value", "DOUBLE", "its value on the months from validated_from to validated_to; NULL if not defined"),
            ("strategy", "STRING", "source of the trial: grid, random, tpe or selection"),
            ("number", "INT", "number of the trial in the search of its cell, from 0"),
            ("parameters", "STRING", "JSON of settings that differ from the usual; features: the selection"),
            ("kept", "ARRAY<STRING>", "selected features, the most relevant first; NULL for all"),
            ("validated_from", "INT", "first month of validation; 201507 is July 2015"),
            ("validated_to", "INT", "last month of validation, not after train_to"),
            ("rows", "BIGINT", "examples in the months of validation"),
            ("seconds", "DOUBLE", "time spent fitting and evaluating"),
            ("train_rows", "BIGINT", "examples in the training years at the time"),
            ("mean_label", "DOUBLE", "their mean label; for classes, the mean index"),
            ("recorded", "ARRAY<STRING>", "features with a value in at least one of them"),
            ("fingerprint", "STRING", "hash of examples, folds and fixed settings; equal ones are comparable"),
        ),
    ),
    key=(*CELL_KEY, "trial", "fold", "metric"),
    stage="tune",
    partitions=("city",),
)

LEAKAGE = Table(
    "gold/leakage",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("added", "STRING", "the forbidden feature or split, see docs/leakage.md; nothing: the usual model"),
            ("metric", "STRING", "auc, macro_auc, mae (lower is better), r2 or pai_5"),
            ("value", "DOUBLE", "its value with it"),
            ("gained", "DOUBLE", "value minus that of the usual model; NULL for other labels"),
            ("low", "DOUBLE", "2.5 % quantile of the gain over resamples; NULL for different rows"),
            ("high", "DOUBLE", "97.5 % quantile"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "added", "metric"),
    stage="audit",
    partitions=("city",),
)

IMPORTANCE = Table(
    "gold/importance",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "year of the rows"),
            ("method", "STRING", "permutation, trees or linear: docs/importance.md"),
            ("feature", "STRING", "a column of the examples"),
            ("metric", "STRING", "unit of value: loss of auc, macro_auc, mae or pai_5; share_of_gain; deviation"),
            ("value", "DOUBLE", "the importance; negative if the shuffled column predicts better"),
            ("low", "DOUBLE", "2.5 % quantile over resamples of days (panels: weeks); permutation only"),
            ("high", "DOUBLE", "97.5 % quantile"),
            ("rows", "BIGINT", "rows of the test year that were used"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "method", "feature"),
    stage="explain",
    partitions=("city",),
)

FAIRNESS = Table(
    "gold/fairness",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("attribute", "STRING", "attribute that groups rows: area, victim_sex, victim_descent or victim_age"),
            ("group", "STRING", "its value; none recorded; fewer than 20 for all small groups together"),
            ("within", "STRING", "the offense group of the rows, or all"),
            ("metric", "STRING", "base_rate, mean_prediction, calibration_gap, fpr, fnr, ...: docs/fairness.md"),
            ("value", "DOUBLE", "its value; NULL if not defined"),
            ("low", "DOUBLE", "2.5 % quantile over resamples of days (panels: weeks); NULL without interval"),
            ("high", "DOUBLE", "97.5 % quantile"),
            ("n", "BIGINT", "rows of the group"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "attribute", "group", "within", "metric"),
    stage="explain",
    partitions=("city",),
)

DRIFT = Table(
    "gold/drift",
    (
        *CELL_COLUMNS,  # learner is `all` if the number does not depend on it
        *columns(
            ("year", "INT", "the year that is compared with the training years"),
            ("distance", "INT", "year minus train_to"),
            ("subject", "STRING", "feature, label or metric"),
            ("name", "STRING", "name of the feature or metric, or label"),
            ("measure", "STRING", "psi; for a metric value, and change since its first test year"),
            ("value", "DOUBLE", "the number"),
            ("low", "DOUBLE", "2.5 % quantile of the value of a metric"),
            ("high", "DOUBLE", "97.5 % quantile"),
            ("rows", "BIGINT", "rows of the year that were compared; NULL for metrics"),
        ),
    ),
    key=(*CELL_KEY, "year", "subject", "name", "measure"),
    stage="explain",
    partitions=("city",),
)
