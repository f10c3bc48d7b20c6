"""A part of a published file as columns of text, and draws by weight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[np.object_]
Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Columns = dict[str, Texts]


def texts(values: Iterable[str]) -> Texts:
    """The values as an array of str objects. Equal texts share an object, and indexing is vectorized."""
    items = list(values)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def numbers(values: Floats, digits: int) -> Texts:
    """Decimals as the portals print them: rounded and without trailing zeros."""
    return texts(map(repr, np.round(values, digits).tolist()))


def height(columns: Columns) -> int:
    """The number of rows."""
    return len(next(iter(columns.values())))


def take(columns: Columns, rows: Ints) -> Columns:
    """Copies of the given rows."""
    return {name: column[rows] for name, column in columns.items()}


def join(pieces: Sequence[Columns]) -> Columns:
    """The pieces below each other; all must have the columns of the first."""
    if len(pieces) == 1:
        return pieces[0]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def put(columns: Columns, rows: Ints, **values: str) -> None:
    """Write a text into the given rows of some columns, in place.

    Args:
        columns: the columns.
        rows: indices of rows.
        values: text by name of the column, with underscores for the blanks of the name.
    """
    for name, value in values.items():
        columns[name.replace("_", " ")][rows] = value


def pick(weights: Floats, chances: Floats) -> Ints:
    """An index drawn by weight for each uniform random number in [0, 1)."""
    edges = np.cumsum(weights)
    indices: Ints = np.searchsorted(edges, chances * edges[-1], side="right")
    return indices.clip(max=len(weights) - 1)


def pick_each(weights: Floats, chances: Floats) -> Ints:
    """A column index for each row of weights, drawn by the uniform random number of that row in [0, 1)."""
    edges = np.cumsum(weights, axis=1)
    below: Ints = (edges <= (chances * edges[:, -1])[:, None]).sum(axis=1)
    return below.clip(max=weights.shape[1] - 1)


def some(count: int, share: float, least: int, rng: np.random.Generator) -> Ints:
    """Sorted indices of random rows: a share of `count`, but at least `least` rows if there are enough."""
    wanted = min(count, max(least, round(count * share)))
    return np.sort(np.argsort(rng.random(count), kind="stable")[:wanted])
