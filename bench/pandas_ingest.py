"""The yardstick of ingest: read, parse, de-duplicate and write Parquet by year with pandas, in one machine's memory."""

import argparse
from pathlib import Path

import pandas as pd
from pandas_sklearn import clean


def main() -> None:
    parser = argparse.ArgumentParser(description="CSV to Parquet by year with pandas")
    parser.add_argument("--input", action="append", required=True, help="a CSV file; may be repeated")
    parser.add_argument("--lake", type=Path, help="an empty folder; without it nothing is written")
    args = parser.parse_args()
    raw = pd.concat([pd.read_csv(path, dtype=str, on_bad_lines="skip") for path in args.input], ignore_index=True)
    cleaned = clean(raw)
    if args.lake:
        cleaned.to_parquet(args.lake / "incidents", partition_cols=["year"])


if __name__ == "__main__":
    main()
