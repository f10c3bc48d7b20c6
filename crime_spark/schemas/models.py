"""What is said of models: the cells, what they predict, and what that is worth."""

from __future__ import annotations

from crime_spark.table import Table, columns

CELL_COLUMNS = columns(
    ("city", "STRING", "city"),
    ("task", "STRING", "what is predicted"),
    ("learner", "STRING", "what is fitted"),
    ("protocol", "STRING", "per_year: one training year; expanding: every year up to train_to"),
    ("policy", "STRING", "which features are allowed; fair = no demographic column"),
    ("delay", "INT", "days by which the past that features see ends before the period; 0 for single incidents"),
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
            ("test_year", "INT", "the year scored: the one after train_to"),
            ("train_rows", "BIGINT", "rows the model was fitted on"),
            ("test_rows", "BIGINT", "rows it scored"),
            ("base_rate", "DOUBLE", "share of training rows that are 1, or reach k; mean label where it is a number"),
            ("k", "INT", "what a hotspot reaches; NULL of other kinds of task"),
            ("classes", "ARRAY<STRING>", "what label and probabilities are in the order of; NULL of other kinds"),
            ("parameters", "STRING", "JSON: the settings that it was fitted with; features: how some were chosen"),
            ("model", "STRING", "path of the saved PipelineModel below the lake"),
            ("fingerprint", "STRING", "of inputs and settings: a finished cell with the same one is not fitted again"),
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
            ("label", "DOUBLE", "what happened: 1 or 0, the place in gold/cells.classes, the number, the count"),
            ("probability", "DOUBLE", "predicted probability of label 1, or that k is reached"),
            ("probabilities", "ARRAY<DOUBLE>", "predicted probability of each of gold/cells.classes"),
            ("prediction", "DOUBLE", "predicted number"),
            ("longer_history", "DOUBLE", "the unit's count over its whole past: of equal scores the more comes first"),
        ),
    ),
    key=(*CELL_KEY, "test_year", "example_id"),
    stage="train",
    partitions=CELL_KEY,  # a cell is replaced whole
    skip_by=("example_id",),
)

_ALL_METRICS = "auc, pr_auc, log_loss, ece, ...; macro_auc, ...; mae, rmse, r2, ...; pai_1, ...: docs/evaluation.md"
_CLASS = "1 or 0, or the class it is of; NULL where it is of all"

METRICS = Table(
    "gold/metrics",
    (
        *CELL_COLUMNS,
        *columns(
            ("test_year", "INT", "the year scored"),
            ("history", "STRING", "rolling: the past up to each row's month; frozen: up to the end of train_to"),
            ("metric", "STRING", _ALL_METRICS),
            ("class", "STRING", _CLASS),
            ("value", "DOUBLE", "its value; NULL where it is not defined"),
            ("low", "DOUBLE", "2.5 % point over resamples of days (panels: weeks); NULL where no interval is meant"),
            ("high", "DOUBLE", "97.5 % point over the resamples; NULL where no interval is meant"),
            ("events", "ARRAY<STRING>", "declared events that its years straddle; such values are not comparable"),
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
            ("class", "STRING", "the class told from the rest; NULL where there is one outcome"),
            ("point", "INT", "its place in the curve, from 0"),
            ("x", "DOUBLE", "docs/evaluation.md says what of"),
            ("y", "DOUBLE", "docs/evaluation.md says what of"),
            ("threshold", "DOUBLE", "roc, pr, gain, lift: the lowest probability of the rows taken"),
            ("n", "DOUBLE", "reliability: the rows that the point is the mean of"),
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
            ("actual", "STRING", "1 or 0, or the class: what happened"),
            ("predicted", "STRING", "1 or 0 by the threshold in gold/metrics, or the most probable class"),
            ("rows", "BIGINT", "how many rows of the year"),
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
            ("metric", "STRING", "what is compared"),
            ("other", "STRING", "the learner that it is compared with, on the same rows"),
            ("difference", "DOUBLE", "value of learner less that of other"),
            ("low", "DOUBLE", "2.5 % point of the difference over the same resamples"),
            ("high", "DOUBLE", "97.5 % point"),
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
            ("fold", "INT", "0 is the earliest: fitted on the months before validated_from, nothing later"),
            ("metric", "STRING", "auc or pr_auc, macro_auc, mae (less is better), pai_5: by the kind of task"),
            ("value", "DOUBLE", "its value on the months from validated_from to validated_to; NULL if not defined"),
            ("strategy", "STRING", "how it came to be tried: grid, random, tpe or selection"),
            ("number", "INT", "its place in the order in which the trials of the cell were asked for, from 0"),
            ("parameters", "STRING", "JSON: settings of the learner; features: how some were chosen; others are usual"),
            ("kept", "ARRAY<STRING>", "the features chosen on the rows fitted on, most telling first; NULL: all"),
            ("validated_from", "INT", "first month validated on: 201507 is July 2015"),
            ("validated_to", "INT", "last month validated on, never after train_to"),
            ("rows", "BIGINT", "examples in the months validated on"),
            ("seconds", "DOUBLE", "time spent fitting and judging"),
            ("train_rows", "BIGINT", "examples in the training years at the time"),
            ("mean_label", "DOUBLE", "their mean label; of classes, of their places among those of the task"),
            ("recorded", "ARRAY<STRING>", "the features that had a value in some of them"),
            ("fingerprint", "STRING", "of examples, folds and settings that are not tuned: values are comparable"),
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
            ("added", "STRING", "what was done that is not done otherwise, docs/leakage.md; nothing: the honest model"),
            ("metric", "STRING", "auc, macro_auc, mae, r2 or pai_5; of mae less is better"),
            ("value", "DOUBLE", "its value with that"),
            ("gained", "DOUBLE", "value less that of the honest model: without_places loses it; NULL of other labels"),
            ("low", "DOUBLE", "2.5 % point of the gain over resamples; NULL where the rows are not the same"),
            ("high", "DOUBLE", "97.5 % point"),
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
            ("test_year", "INT", "the year whose rows were looked at"),
            ("method", "STRING", "permutation, trees or linear: docs/importance.md"),
            ("feature", "STRING", "a column of the examples"),
            ("metric", "STRING", "what value is of: auc, macro_auc, mae or pai_5 lost; share_of_gain; deviation"),
            ("value", "DOUBLE", "the importance; of permutation below zero if the shuffled column did better"),
            ("low", "DOUBLE", "2.5 % point over resamples of days (panels: weeks); NULL but of permutation"),
            ("high", "DOUBLE", "97.5 % point"),
            ("rows", "BIGINT", "rows of the test year that it was found on"),
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
            ("attribute", "STRING", "area, victim_sex, victim_descent or victim_age: what rows are grouped by"),
            ("group", "STRING", "its value; none recorded; fewer than 20: the groups too small to be shown, together"),
            ("within", "STRING", "the offense group that the rows are of; all"),
            ("metric", "STRING", "base_rate, mean_prediction, calibration_gap, fpr, fnr, ...: docs/fairness.md"),
            ("value", "DOUBLE", "its value; NULL where it is not defined"),
            ("low", "DOUBLE", "2.5 % point over resamples of days (panels: weeks); NULL where no interval is meant"),
            ("high", "DOUBLE", "97.5 % point"),
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
        *CELL_COLUMNS,  # learner is `all` where it does not matter
        *columns(
            ("year", "INT", "the year that is set against the training years"),
            ("distance", "INT", "year less train_to"),
            ("subject", "STRING", "feature, label or metric"),
            ("name", "STRING", "of the feature or the metric; label"),
            ("measure", "STRING", "psi; of a metric its value, and its change since the first year it was scored on"),
            ("value", "DOUBLE", "the number"),
            ("low", "DOUBLE", "2.5 % point of the value of a metric"),
            ("high", "DOUBLE", "97.5 % point"),
            ("rows", "BIGINT", "rows of the year that were compared; NULL of metrics"),
        ),
    ),
    key=(*CELL_KEY, "year", "subject", "name", "measure"),
    stage="explain",
    partitions=("city",),
)
