"""A piece of a published file as columns of text, before it becomes lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[np.object_]
Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Columns = dict[str, Texts]


def texts(values: Iterable[str]) -> Texts:
    """The values as an array of str objects, so that equal texts share one object and indexing stays vectorised."""
    found = list(values)
    array = np.empty(len(found), dtype=object)
    array[:] = found
    return array


def numbers(values: Floats, digits: int) -> Texts:
    """Decimals as the portals print them: rounded, trailing zeros dropped."""
    return texts(map(repr, np.round(values, digits).tolist()))


def height(columns: Columns) -> int:
    """Rows in the columns."""
    return len(next(iter(columns.values())))


def take(columns: Columns, rows: Ints) -> Columns:
    """Copies of the given rows."""
    return {name: column[rows] for name, column in columns.items()}


def join(pieces: Sequence[Columns]) -> Columns:
    """The pieces one below the other; all must have the first one's columns."""
    if len(pieces) == 1:
        return pieces[0]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def put(columns: Columns, rows: Ints, **values: str) -> None:
    """Write one text per column into the given rows, in place; a column's blanks are underscores in its argument."""
    for name, value in values.items():
        columns[name.replace("_", " ")][rows] = value


def pick(weights: Floats, chances: Floats) -> Ints:
    """One index of weights per uniform chance in [0, 1)."""
    edges = np.cumsum(weights)
    found: Ints = np.searchsorted(edges, chances * edges[-1], side="right")
    return found.clip(max=len(weights) - 1)


def pick_each(weights: Floats, chances: Floats) -> Ints:
    """One column index per row of weights, by that row's uniform chance in [0, 1)."""
    edges = np.cumsum(weights, axis=1)
    below: Ints = (edges <= (chances * edges[:, -1])[:, None]).sum(axis=1)
    return below.clip(max=weights.shape[1] - 1)


def some(count: int, share: float, least: int, rng: np.random.Generator) -> Ints:
    """Distinct random rows out of count, in order: the share of them, but at least so many (or all there are)."""
    wanted = min(count, max(least, round(count * share)))
    return np.sort(np.argsort(rng.random(count), kind="stable")[:wanted])
