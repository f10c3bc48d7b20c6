"""One vocabulary of offenses: every code has one place in it."""

from __future__ import annotations

from collections import Counter

import pytest

from crime_spark.cities import offense_groups
from crime_spark.cities.offense_groups import GROUPS, UNMAPPED

MAPPINGS = {name: held for name, held in vars(offense_groups).items() if name.endswith("_GROUPS")}


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_code_is_in_one_group(name):
    counted = Counter(code for codes in MAPPINGS[name].values() for code in codes)
    assert {code: times for code, times in counted.items() if times > 1} == {}


@pytest.mark.parametrize("name", MAPPINGS)
def test_no_group_is_empty_or_a_bare_string(name):
    assert all(isinstance(codes, tuple) and codes for codes in MAPPINGS[name].values())


def test_the_vocabulary_is_all_groups_and_the_unmapped():
    assert len(MAPPINGS) == 2
    assert set(GROUPS) == {UNMAPPED}.union(*MAPPINGS.values())
    assert len(set(GROUPS)) == len(GROUPS)
