"""Limits: what a declaration refuses, and what settings may say in the place of its bounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crime_spark.cities.limits import STANDARD, Limit, bounded

SQL = "SELECT city, 'all' AS scope, 1 AS value FROM {files}"
SHARE = Limit("share", "a share", "city", SQL, high=0.1)
LEAST = Limit("least", "a number", "city", SQL, low=1)
BETWEEN = Limit("between", "a number", "day", SQL, low=0.5, high=2)
LISTED = Limit("listed", "a list", "word", SQL)
ALL = (SHARE, LEAST, BETWEEN, LISTED)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Share of"}, "limit 'Share of': the name is not in a-z and _"),
        ({"what": ""}, "limit between: what its number is"),
        ({"sql": "SELECT 1"}, r"limit between: the SQL reads \[\], not some of"),
        ({"sql": "SELECT * FROM {weeks} JOIN {days}"}, r"reads \['weeks', 'days'\], not some of"),
        ({"low": 3}, "low 3 is above high 2"),
    ],
)
def test_a_declaration_at_fault_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        replace(BETWEEN, **change)


def test_bounds_take_the_place_of_those_declared():
    found = bounded(ALL, {"share": 0.2, "least": 5, "between": [None, 3]})
    assert found == (replace(SHARE, high=0.2), replace(LEAST, low=5), replace(BETWEEN, low=None, high=3), LISTED)
    assert bounded(ALL, {"share": None})[0] == replace(SHARE, high=None)
    assert bounded(ALL, {}) == ALL


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"shares": 1}, "there is no limit 'shares' with a bound; there are share, least, between"),
        ({"listed": 1}, "there is no limit 'listed' with a bound"),
        ({"between": 1}, r"limit between has two bounds; give both, as \[0.5, 2\]"),
        ({"share": [1]}, r"limit share: \[1\] is not a number or a pair"),
        ({"between": [3, 2]}, "limit between: low 3 is above high 2"),
    ],
)
def test_a_bound_that_does_not_fit_is_refused(bounds, words):
    with pytest.raises(ValueError, match=words):
        bounded(ALL, bounds)


def test_the_standard_limits_have_names_of_their_own():
    assert len({limit.name for limit in STANDARD}) == len(STANDARD)
