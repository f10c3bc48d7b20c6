"""Headers and terms are compared by their letters and digits."""

from __future__ import annotations

import pytest

from crime_spark.cities.spelling import letters_and_digits


@pytest.mark.parametrize("header", ["AREA ", "Area", "area", "A R-E_A"])
def test_spellings_of_a_header_are_equal(header):
    assert letters_and_digits(header) == "area"


def test_digits_are_kept_and_letters_beyond_ascii_are_not():
    assert letters_and_digits("Part 1-2") == letters_and_digits("part_1_2") == "part12"
    assert letters_and_digits("Vandalism ≥$400 é") == "vandalism400"
