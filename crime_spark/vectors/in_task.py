"""The encodings of `prepare` in numpy, for rows that are together in a Spark task."""

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

# Feature to column: STRING (plain or dictionary-encoded), DOUBLE, ARRAY<STRING> or ARRAY<DOUBLE>.
Columns = Mapping[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Indices:
    """The fitted encoding `indices`: category indices, then numbers, then a 0 or 1 for each frequent code.

    Attributes:
        categories: The values of each category with an index, in this order. All others share the next index.
        numbers: The mean of each number, which replaces unknown values.
        codes: The codes of each column with a vector position. Columns without such codes are omitted.
    """

    categories: Mapping[str, Sequence[str]]
    numbers: Mapping[str, float]
    codes: Mapping[str, Sequence[str]]

    @classmethod
    def fit(cls, columns: Columns, features: Sequence[Feature], rows: int) -> Indices:
        """Fit on distinct rows that represent `rows` training rows; see `prepare`."""
        most = max(MOST_CATEGORIES_AT_LEAST, rows // ROWS_PER_CATEGORY)
        return cls(
            {name: _by_frequency(columns[name])[:most] for name in _names(features, "category")},
            {name: _mean(numbers_of(columns[name])) for name in _names(features, "number")},
            _codes(columns, features, ROWS_PER_CATEGORY),
        )

    @property
    def columns(self) -> list[str]:
        """The columns of the examples that the encoding reads."""
        return [*self.categories, *self.numbers, *self.codes]

    @property
    def largest(self) -> int:
        """The largest number of indices of a category, 0 without categories."""
        return max((1 + len(values) for values in self.categories.values()), default=0)

    @property
    def places(self) -> list[str]:
        """The column of each vector position."""
        return [*self.categories, *self.numbers, *(name for name, codes in self.codes.items() for _ in codes)]

    @property
    def types(self) -> list[str] | None:
        """XGBoost's type of each vector position: c for an index, q for a number; None without categories."""
        others = len(self.places) - len(self.categories)
        return [*("c" for _ in self.categories), *("q" for _ in range(others))] if self.categories else None

    def facts(self) -> dict[str, Any]:
        """The arguments of `Indices` as values for JSON."""
        return asdict(self)

    def matrix(self, columns: Columns) -> NDArray[np.float32]:
        """The vectors, a row for each row of the columns."""
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
    """The fitted encoding `log`: a 0 or 1 for each word and frequent code, then scaled logarithms of the numbers.

    Attributes:
        words: The columns of each word: a category, or a pair of crossed categories.
        vocabulary: The words with a vector position, in this order.
        codes: See `Indices`.
        numbers: Mean, least and largest training value, center and scale of the logarithm of each number.
    """

    words: Sequence[Sequence[str]]
    vocabulary: Sequence[str]
    codes: Mapping[str, Sequence[str]]
    numbers: Mapping[str, Mapping[str, float]]

    @classmethod
    def fit(cls, columns: Columns, features: Sequence[Feature], crossed: Sequence[str] = ()) -> Logs:
        """Fit on distinct rows; see `prepare`."""
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
        """The columns of the examples that the encoding reads."""
        return list(dict.fromkeys([*(name for names in self.words for name in names), *self.codes, *self.numbers]))

    def facts(self) -> dict[str, Any]:
        """The arguments of `Logs` as values for JSON."""
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
    """The column of texts in dictionary encoding."""
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def lookup(column: Any, values: Sequence[str], missing: int) -> NDArray[np.int64]:
    """The index of each text in `values`; `missing` for other texts and NULL."""
    encoded = dictionary(column)
    among = pc.index_in(encoded.dictionary.cast(pa.string()), pa.array(values, pa.string()))
    places = np.append(pc.fill_null(among, missing).to_numpy(zero_copy_only=False), missing)
    return np.asarray(places[_identifiers(encoded)], np.int64)


def combined(columns: Columns, names: Sequence[str]) -> tuple[NDArray[np.int64], list[tuple[str | None, ...]]]:
    """The index of each row in the distinct combinations of the columns' texts, and these combinations."""
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
    """A matrix of rows x codes, 1 if the row has the code."""
    parents, places, _ = _codes_by_row(column, codes)
    matrix = np.zeros((len(column), len(codes)))
    matrix[parents[places >= 0], places[places >= 0]] = 1.0
    return matrix


def numbers_of(column: Any) -> Floats:
    """The numbers, NaN if unknown."""
    return np.asarray(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False), np.float64)


def row_groups(columns: Columns, names: Sequence[str], label: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each group of rows with equal columns and label, and the number of rows in the group."""
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
    """The index of each row in the dictionary, -1 for NULL."""
    return np.asarray(pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False))


def _by_frequency(column: Any) -> list[str]:
    """The values by descending frequency; ties are in the order of Java strings, as in StringIndexer."""
    encoded = dictionary(column)
    identifiers = _identifiers(encoded)
    counts = np.bincount(identifiers[identifiers >= 0], minlength=len(encoded.dictionary)).tolist()
    values = zip(encoded.dictionary.to_pylist(), counts, strict=True)
    ordered = sorted(values, key=lambda pair: (-pair[1], (pair[0] or "").encode("utf-16-be")))
    return [value for value, count in ordered if count]


def _codes(columns: Columns, features: Sequence[Feature], least: int) -> dict[str, list[str]]:
    """The sorted codes of each column that occur in at least `least` rows."""
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
    """The row and the index of each code in the lists, without NULL, and the codes; by default all codes."""
    encoded = column.flatten().dictionary_encode()
    parents = pc.list_parent_indices(column).to_numpy(zero_copy_only=False).astype(np.int64)
    chosen = encoded.dictionary.to_pylist() if codes is None else codes
    present = _identifiers(encoded) >= 0
    return parents[present], lookup(encoded, chosen, -1)[present], chosen


def _word(names: Sequence[str], values: Sequence[str | None]) -> str:
    """The word that the SQL of preparation._word gives."""
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
    """The numbers clipped to the range of the training rows and scaled to mean 0 and deviation 1."""
    clipped = np.clip(_filled(numbers, scaling["mean"]), scaling["least"], scaling["largest"])
    return np.asarray((clipped - scaling["center"]) * scaling["scale"])
