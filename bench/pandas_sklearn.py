"""The same work with pandas and scikit-learn, on one machine's memory: the yardstick for data that fits.

Read, clean, de-duplicate, Parquet by year, eight group-bys, then per year a one-hot LogisticRegression and a
HistGradientBoostingClassifier, scored on the year after. Idiomatic use of both libraries: the dates parsed with
their format, sparse one-hot columns, scikit-learn's own threads, and the solver that is the fastest here at the best
AUC (newton-cholesky: 1.0 s for 264,000 rows, lbfgs 2.0 s, newton-cg 1.3 s).
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

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
CATEGORIES = ["location_description", "district", "beat", "ward", "community_area"]
CALENDAR = ["hour", "minute", "month", "weekday"]
STAMP = "%m/%d/%Y %I:%M:%S %p"
TRUTH = {"true": True, "false": False}


def clean(raw: pd.DataFrame) -> pd.DataFrame:
    """Snake-case names, typed columns, no row without a date or a code, one row per ID (case number if blank)."""
    frame = raw.rename(columns=lambda name: name.strip().lower().replace(" ", "_"))
    frame["id"] = frame["id"].fillna(frame["case_number"])
    frame["date"] = pd.to_datetime(frame["date"], format=STAMP, errors="coerce")
    frame["updated_on"] = pd.to_datetime(frame["updated_on"], format=STAMP, errors="coerce")
    for column in ("latitude", "longitude"):
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    for column in ("arrest", "domestic"):
        frame[column] = frame[column].str.lower().map(TRUTH).astype("boolean")
    frame = frame.dropna(subset=["date", "iucr", "fbi_code"]).drop_duplicates("id")
    date = frame["date"].dt
    return frame.assign(
        year=date.year,
        month=date.month,
        weekday=date.dayofweek,
        hour=date.hour,
        minute=date.minute,
        label=frame["fbi_code"].isin(SERIOUS),
    )


def describe(incidents: pd.DataFrame, folder: Path) -> None:
    folder.mkdir(parents=True)
    for keys in GROUPS:
        incidents.groupby(keys, as_index=False, dropna=False).agg(
            rows=("label", "size"), share_serious=("label", "mean"), share_arrested=("arrest", "mean")
        ).to_parquet(folder / f"{'_'.join(keys)}.parquet")


def logistic_regression() -> Pipeline:
    """Every column one-hot."""
    encoder = OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(
        make_column_transformer((encoder, [*CATEGORIES, *CALENDAR, "domestic"])),
        LogisticRegression(solver="newton-cholesky"),
    )


def gradient_boosted_trees() -> Pipeline:
    """The categories as ordinals, the calendar and the coordinates as they are."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(
        make_column_transformer(
            (encoder, CATEGORIES), ("passthrough", [*CALENDAR, "domestic", "latitude", "longitude"])
        ),
        HistGradientBoostingClassifier(max_iter=100, max_depth=5, random_state=1),
    )


def auc(model: Pipeline, train: pd.DataFrame, test: pd.DataFrame) -> float:
    fitted = model.fit(train, train["label"])
    return float(roc_auc_score(test["label"], fitted.predict_proba(test)[:, 1]))


@contextmanager
def phase(name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"phase {name}: {time.perf_counter() - start:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="CSV to AUC with pandas and scikit-learn")
    parser.add_argument("--input", action="append", required=True, help="a CSV file; may be repeated")
    parser.add_argument("--lake", type=Path, required=True, help="an empty folder for everything written")
    parser.add_argument("--years", required=True, help="the years in the data, with commas")
    parser.add_argument("--learners", default="lr,gbt", help="which to fit (default: %(default)s)")
    args = parser.parse_args()
    years = {int(year) for year in args.years.split(",")}
    with phase("ingest"):
        raw = [pd.read_csv(path, dtype=str, on_bad_lines="skip") for path in args.input]
        incidents = clean(pd.concat(raw, ignore_index=True))
        incidents.to_parquet(args.lake / "incidents", partition_cols=["year"])
    with phase("statistics"):
        describe(incidents, args.lake / "statistics")
    examples = incidents.assign(domestic=incidents["domestic"].fillna(False).astype("int8"))
    by_year = {year: part for year, part in examples.groupby("year") if year in years}
    metrics = []
    builders = {"lr": logistic_regression, "gbt": gradient_boosted_trees}
    for learner in args.learners.split(","):
        build = builders[learner]
        with phase(learner):
            for year in sorted(year for year in years if year + 1 in years):
                value = auc(build(), by_year[year], by_year[year + 1])
                metrics.append({"learner": learner, "train": f"{year}", "test": year + 1, "auc": value})
                print(f"{learner} {year}->{year + 1} AUC {value:.4f}", flush=True)
    (args.lake / "metrics.json").write_text(json.dumps(metrics))


if __name__ == "__main__":
    main()
