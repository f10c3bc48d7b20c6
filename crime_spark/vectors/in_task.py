"""Columns of examples as matrices, in numpy: what `prepare` makes of them, for rows that lie together in one task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from crime_spark.features.feature import Feature
from crime_spark.vectors.preparation import MOST_CATEGORIES_AT_LEAST, ROWS_PER_CATEGORY, ROWS_PER_WORD

# Name of a feature -> its column: STRING (plain or dictionary-encoded), DOUBLE, ARRAY<STRING> or ARRAY<DOUBLE>.
Columns = Mapping[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Indices:
    """The encoding `indices`, fitted: category indices, then numbers, then a 0 or 1 for each frequent code.

    Attributes:
        categories: The values of each category that have an index, in its order. All others share the next index.
        numbers: The mean of each number, which stands for unknown ones.
        codes: The codes of each column that have a place. Columns without any are left out.
    """

    categories: Mapping[str, Sequence[str]]
    numbers: Mapping[str, float]
    codes: Mapping[str, Sequence[str]]

    @classmethod
    def fit(cls, columns: Columns, features: Sequence[Feature], rows: int) -> Indices:
        """Fit on different rows that stand for `rows` training rows; see `prepare`."""
        most = max(MOST_CATEGORIES_AT_LEAST, rows // ROWS_PER_CATEGORY)
        return cls(
            {name: _by_frequency(columns[name])[:most] for name in _names(features, "category")},
            {name: _mean(numbers_of(columns[name])) for name in _names(features, "number")},
            _codes(columns, features, ROWS_PER_CATEGORY),
        )

    @property
    def columns(self) -> list[str]:
        """The columns of the examples that it reads."""
        return [*self.categories, *self.numbers, *self.codes]

    @property
    def largest(self) -> int:
        """The largest number of indices that a category has, 0 if there is no category."""
        return max((1 + len(values) for values in self.categories.values()), default=0)

    @property
    def places(self) -> list[str]:
        """The column that each place of a row is made of."""
        return [*self.categories, *self.numbers, *(name for name, codes in self.codes.items() for _ in codes)]

    @property
    def types(self) -> list[str] | None:
        """XGBoost's type of each place: c for a category's index, q for a number; None if there is no category."""
        others = len(self.places) - len(self.categories)
        return [*("c" for _ in self.categories), *("q" for _ in range(others))] if self.categories else None

    def facts(self) -> dict[str, Any]:
        """What `Indices(**facts)` is made of, as JSON can hold it."""
        return asdict(self)

    def matrix(self, columns: Columns) -> NDArray[np.float32]:
        """A row of places for each row of the columns."""
        count = len(columns[self.columns[0]])
        matrix = np.empty((count, len(self.places)), np.float32)
        place = 0
        for name, values in self.categories.items():
            matrix[:, place] = lookup(columns[name], values, len(values))
            place += 1
        for name, mean in self.numbers.items():
            matrix[:, place] = _filled(numbers_of(columns[name]), mean)
            place += 1
        for name, codes in self.codes.items():
            matrix[:, place : place + len(codes)] = multi_hot(columns[name], codes)
            place += len(codes)
        return matrix


@dataclass(frozen=True)
class Logs:
    """The encoding `log`, fitted: a 0 or 1 for each word and frequent code, then scaled logarithms of the numbers.

    Attributes:
        words: The columns that words are made of: a category, or a pair of crossed ones.
        vocabulary: The words that have a place, in its order.
        codes: As in `Indices`.
        numbers: Of each number's logarithm the mean, the least and largest training value, the centre and the scale.
    """

    words: Sequence[Sequence[str]]
    vocabulary: Sequence[str]
    codes: Mapping[str, Sequence[str]]
    numbers: Mapping[str, Mapping[str, float]]

    @classmethod
    def fit(cls, columns: Columns, features: Sequence[Feature], crossed: Sequence[str] = ()) -> Logs:
        """Fit on different rows; see `prepare`."""
        categories = _names(features, "category")
        pairs = combinations([name for name in categories if name in crossed], 2)
        words = [*((name,) for name in categories), *pairs]
        counts: Counter[str] = Counter()
        for names in words:
            inverse, values = combined(columns, names)
            for value, count in zip(values, np.bincount(inverse, minlength=len(values)).tolist(), strict=True):
                counts[_word(names, value)] += count
        frequent = [word for word, count in counts.items() if count >= ROWS_PER_WORD]
        numbers = {name: _scaling(_logarithms(columns[name])) for name in _names(features, "number")}
        return cls(words, sorted(frequent or counts), _codes(columns, features, ROWS_PER_WORD), numbers)

    @property
    def columns(self) -> list[str]:
        """The columns of the examples that it reads."""
        return list(dict.fromkeys([*(name for names in self.words for name in names), *self.codes, *self.numbers]))

    def facts(self) -> dict[str, Any]:
        """What `Logs(**facts)` is made of, as JSON can hold it."""
        return asdict(self)

    def matrix(self, columns: Columns) -> Any:
        """A scipy CSR matrix with a row for each row of the columns."""
        from scipy.sparse import csr_matrix, hstack

        count = len(columns[self.columns[0]])
        places = {word: place for place, word in enumerate(self.vocabulary)}
        rows, taken = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for names in self.words:
            inverse, values = combined(columns, names)
            place = np.array([places.get(_word(names, value), -1) for value in values], np.int64)[inverse]
            rows.append(np.flatnonzero(place >= 0))
            taken.append(place[place >= 0])
        where = (np.concatenate(rows), np.concatenate(taken))
        parts = [csr_matrix((np.ones(len(where[0])), where), shape=(count, len(self.vocabulary)))]
        parts += [csr_matrix(multi_hot(columns[name], codes)) for name, codes in self.codes.items()]
        scaled = [_scaled(_logarithms(columns[name]), scaling) for name, scaling in self.numbers.items()]
        parts += [csr_matrix(np.column_stack(scaled))] if scaled else []
        return hstack(parts, format="csr")


def dictionary(column: Any) -> pa.DictionaryArray:
    """The column of texts, dictionary-encoded if it is not yet."""
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def lookup(column: Any, values: Sequence[str], missing: int) -> NDArray[np.int64]:
    """The place of each text of the column among the values; missing for others and for NULL."""
    encoded = dictionary(column)
    among = pc.index_in(encoded.dictionary.cast(pa.string()), pa.array(values, pa.string()))
    places = np.append(pc.fill_null(among, missing).to_numpy(zero_copy_only=False), missing)
    return np.asarray(places[_identifiers(encoded)], np.int64)


def combined(columns: Columns, names: Sequence[str]) -> tuple[NDArray[np.int64], list[tuple[str | None, ...]]]:
    """The different combinations of the columns' texts, and for each row the place of its own among them."""
    encoded = [dictionary(columns[name]) for name in names]
    rows = np.zeros(len(encoded[0]), np.int64)
    for column in encoded:
        rows = rows * (len(column.dictionary) + 1) + 1 + _identifiers(column)
    different, inverse = np.unique(rows, return_inverse=True)
    texts = []
    for column in reversed(encoded):
        different, places = np.divmod(different, len(column.dictionary) + 1)
        values = [None, *column.dictionary.to_pylist()]
        texts.append([values[place] for place in places])
    return inverse.astype(np.int64), list(zip(*reversed(texts), strict=True))


def multi_hot(column: Any, codes: Sequence[str]) -> Floats:
    """rows x codes: 1 where the row's list has the code."""
    parents, places, _ = _codes_by_row(column, codes)
    matrix = np.zeros((len(column), len(codes)))
    matrix[parents[places >= 0], places[places >= 0]] = 1.0
    return matrix


def numbers_of(column: Any) -> Floats:
    """The numbers, NaN where they are unknown."""
    return np.asarray(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False), np.float64)


def row_groups(columns: Columns, names: Sequence[str], label: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each group of rows that are equal in the columns and the label, and the rows in it."""
    group = np.unique(label, return_inverse=True)[1].astype(np.int64)
    for name in names:
        values = columns[name]
        if pa.types.is_list(values.type):
            values = pa.array([None if codes is None else repr(codes) for codes in values.to_pylist()], pa.string())
        identifiers = 1 + _identifiers(dictionary(values))
        group = np.unique(group * (int(identifiers.max(initial=0)) + 1) + identifiers, return_inverse=True)[1]
    _, first, counts = np.unique(group, return_index=True, return_counts=True)
    order = np.argsort(first)
    return first[order], counts[order]


def _names(features: Sequence[Feature], kind: str) -> list[str]:
    return [feature.name for feature in features if feature.kind == kind]


def _identifiers(encoded: pa.DictionaryArray) -> NDArray[np.int64]:
    """The place of each row in the dictionary, -1 for NULL."""
    return np.asarray(pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False))


def _by_frequency(column: Any) -> list[str]:
    """The values, the most frequent first; of equally frequent ones in the order of Java's texts, as StringIndexer."""
    encoded = dictionary(column)
    identifiers = _identifiers(encoded)
    counts = np.bincount(identifiers[identifiers >= 0], minlength=len(encoded.dictionary)).tolist()
    values = zip(encoded.dictionary.to_pylist(), counts, strict=True)
    ordered = sorted(values, key=lambda pair: (-pair[1], (pair[0] or "").encode("utf-16-be")))
    return [value for value, count in ordered if count]


def _codes(columns: Columns, features: Sequence[Feature], least: int) -> dict[str, list[str]]:
    """The codes of each column that stand in at least so many rows, in the order of the codes."""
    frequent: dict[str, list[str]] = {}
    for name in _names(features, "codes"):
        parents, places, codes = _codes_by_row(columns[name])
        pairs = np.unique(parents * max(len(codes), 1) + places)
        counts = np.bincount(pairs % max(len(codes), 1), minlength=len(codes)).tolist()
        if chosen := sorted(code for code, count in zip(codes, counts, strict=False) if count >= least):
            frequent[name] = chosen
    return frequent


def _codes_by_row(
    column: Any, codes: Sequence[str] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], Sequence[str]]:
    """Of every code but NULL that stands in the lists its row and its place in codes; without codes, in all of them."""
    encoded = column.flatten().dictionary_encode()
    parents = pc.list_parent_indices(column).to_numpy(zero_copy_only=False).astype(np.int64)
    chosen = encoded.dictionary.to_pylist() if codes is None else codes
    present = _identifiers(encoded) >= 0
    return parents[present], lookup(encoded, chosen, -1)[present], chosen


def _word(names: Sequence[str], values: Sequence[str | None]) -> str:
    """As preparing._word writes it in SQL."""
    together = "|".join(names)
    if any(value is None for value in values):
        return f"{together} is unknown"
    return f"{together}={'|'.join(value for value in values if value is not None)}"


def _mean(numbers: Floats) -> float:
    present = numbers[~np.isnan(numbers)]
    return float(present.mean()) if len(present) else 0.0


def _filled(numbers: Floats, mean: float) -> Floats:
    return np.where(np.isnan(numbers), mean, numbers)


def _logarithms(column: Any) -> Floats:
    numbers = numbers_of(column)
    return np.asarray(np.sign(numbers) * np.log1p(np.abs(numbers)))


def _scaling(numbers: Floats) -> dict[str, float]:
    mean = _mean(numbers)
    filled = _filled(numbers, mean)
    deviation = float(filled.std(ddof=1)) if len(filled) > 1 else 0.0
    return {
        "mean": mean,
        "least": float(filled.min()),
        "largest": float(filled.max()),
        "center": float(filled.mean()),
        "scale": 1 / deviation if deviation > 0 else 0.0,
    }


def _scaled(numbers: Floats, scaling: Mapping[str, float]) -> Floats:
    """Clipped to the training rows' range, mean 0 and deviation 1."""
    clipped = np.clip(_filled(numbers, scaling["mean"]), scaling["least"], scaling["largest"])
    return np.asarray((clipped - scaling["center"]) * scaling["scale"])
