"""The tables of the folder tables/: codes, areas and premises as CSV, nested values as YAML."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Any, TypeVar, get_type_hints

import yaml

Record = TypeVar("Record")


def read_records(name: str, record: type[Record]) -> tuple[Record, ...]:
    """The rows of a CSV table as objects.

    Args:
        name: name of the file without its ending.
        record: class whose fields are the columns of the table, each a str, int or float.
    """
    types = get_type_hints(record)
    rows = csv.DictReader(_text(f"{name}.csv").splitlines())
    return tuple(record(**{column: types[column](text) for column, text in row.items()}) for row in rows)


def read_values(name: str) -> Any:
    """The content of a YAML file; its comments say what each entry means.

    Args:
        name: name of the file without its ending.
    """
    return yaml.safe_load(_text(f"{name}.yml"))


def _text(name: str) -> str:
    return files(__package__).joinpath("tables", name).read_text(encoding="utf-8")
