"""Limits: faulty declarations are refused, and settings replace bounds."""

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
        ({"name": "Share of"}, "limit 'Share of': the name must consist of a-z and _"),
        ({"what": ""}, "limit between: what and per must not be empty"),
        ({"sql": "SELECT 1"}, r"limit between: the SQL must read some of .*; got \[\]"),
        ({"sql": "SELECT * FROM {weeks} JOIN {days}"}, r"the SQL must read some of .*; got \['weeks', 'days'\]"),
        ({"low": 3}, "low must not be above high; got low=3, high=2"),
    ],
)
def test_faulty_declaration_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        replace(BETWEEN, **change)


def test_bounds_replace_declared_bounds():
    changed = bounded(ALL, {"share": 0.2, "least": 5, "between": [None, 3]})
    assert changed == (replace(SHARE, high=0.2), replace(LEAST, low=5), replace(BETWEEN, low=None, high=3), LISTED)
    assert bounded(ALL, {"share": None})[0] == replace(SHARE, high=None)
    assert bounded(ALL, {}) == ALL


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"shares": 1}, "unknown limit 'shares'; limits with bounds: share, least, between"),
        ({"listed": 1}, "unknown limit 'listed'"),
        ({"between": 1}, r"limit between has two bounds; give both, as \[0.5, 2\]"),
        ({"share": [1]}, r"limit share: expected a number or \[low, high\]; got \[1\]"),
        ({"between": [3, 2]}, "limit between: low must not be above high; got low=3, high=2"),
    ],
)
def test_bound_that_does_not_fit_is_refused(bounds, words):
    with pytest.raises(ValueError, match=words):
        bounded(ALL, bounds)


def test_standard_limits_have_different_names():
    assert len({limit.name for limit in STANDARD}) == len(STANDARD)
