"""Severity: the published scale, scales from files, and the three variants."""

from __future__ import annotations

from pathlib import Path

import pytest
from chispa import assert_df_equality
from pyspark.sql import functions as F

from crime_spark.cities.vocabulary import OFFENSE_GROUPS, UNMAPPED, WEAPON_GROUPS
from crime_spark.errors import UsageError
from crime_spark.features import severity as module
from crime_spark.features.severity import USES, Scale, read_scale, severity
from tests.incidents import incident, incidents

HEADER = "kind,group,points,why"
PUBLISHED = Path(module.__file__).parent / "severity_scale.csv"


def test_the_published_scale_has_every_group_once():
    scale = read_scale()
    assert set(scale.offense) == {*OFFENSE_GROUPS, UNMAPPED}
    assert set(scale.weapon) == {*WEAPON_GROUPS, UNMAPPED}
    assert set(scale.weapon.values()) == {5, 10, 15}
    assert len(PUBLISHED.read_text().splitlines()) == 1 + len(scale.offense) + len(scale.weapon)


def test_the_published_scale_keeps_its_rule():
    points = read_scale().offense
    assert set(points.values()) == {100, 85, 70, 60, 50, 40, 30, 20, 10, 5}
    part_one = ("homicide", "sexual_assault", "robbery", "aggravated_assault", "burglary", "theft")
    assert sorted(part_one, key=lambda group: -points[group]) == list(part_one)


def test_a_file_takes_its_place(tmp_path):
    changed = PUBLISHED.read_text().replace("offense,theft,10,", "offense,theft,0,")
    (tmp_path / "own.csv").write_text(changed, encoding="utf-8-sig")
    scale = read_scale(str(tmp_path / "own.csv"))
    assert scale == Scale({**read_scale().offense, "theft": 0}, read_scale().weapon)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "offense,theft,10,",
            "offense,theft,ten,",
            "points of offense theft must be a whole number from 0 to 100; got 'ten'",
        ),
        ("offense,theft,10,", "offense,theft,101,", "from 0 to 100; got '101'"),
        ("offense,theft,10,", "offense,theft,-1,", "from 0 to 100; got '-1'"),
        ("offense,theft,10,", "offense,theft,2.5,", "from 0 to 100; got '2.5'"),
        (
            "offense,theft,10,",
            "offense,thefts,10,",
            "'thefts' is not a group .*; no points for offense theft$",
        ),
        ("offense,theft,10,", "offense,robbery,10,", "offense robbery is listed twice; no points for offense theft$"),
        (
            "weapon,threat,5,",
            "offense,threat,5,",
            "'threat' is not a group .*; no points for weapon threat$",
        ),
        ("weapon,threat,5,", "arms,threat,5,", "kind must be one of offense, weapon; got 'arms'"),
        ("weapon,unmapped,5,", "weapon,unmapped,,", "line 49: points must not be empty"),
        (HEADER, "kind,group,points", "the columns must be"),
        ("offense,theft,10,", 'offense,"theft" x,10,', "severity scale: "),
    ],
)
def test_faults_of_a_file_are_named(tmp_path, old, new, words):
    text = PUBLISHED.read_text()
    assert old in text
    (tmp_path / "own.csv").write_text(text.replace(old, new))
    with pytest.raises(UsageError, match=words):
        read_scale(str(tmp_path / "own.csv"))


def test_all_faults_are_named_at_once(tmp_path):
    (tmp_path / "own.csv").write_text(f"{HEADER}\noffense,theft,x,\noffense,robbery,y,\n")
    with pytest.raises(
        UsageError, match=r"got 'x'; .*got 'y'; .*no points for offense homicide, .*no points for weapon fire"
    ):
        read_scale(str(tmp_path / "own.csv"))


def test_a_file_that_is_not_there():
    with pytest.raises(UsageError, match=r"cannot read the severity scale nowhere\.csv"):
        read_scale("nowhere.csv")


SCALE = Scale({"robbery": 70, "theft": 10, "unmapped": 4}, {"firearm_handgun": 15, "unmapped": 6})
CASES = [
    # id, offense, weapon, age -> base, weapon, full
    ("1", "robbery", "firearm_handgun", 30, 70.0, 85.0, 85.0),
    ("2", "robbery", None, 17, 70.0, 70.0, 80.0),
    ("3", "theft", "unmapped", 18, 10.0, 16.0, 16.0),
    ("4", "theft", None, 65, 10.0, 10.0, 10.0),
    ("5", "unmapped", None, 66, 4.0, 4.0, 14.0),
    ("6", None, None, None, 4.0, 4.0, 4.0),
    ("7", "theft", None, 0, 10.0, 10.0, 10.0),
    ("8", "theft", None, 1, 10.0, 10.0, 20.0),
]


def test_the_three_variants(spark):
    rows = [incident(incident_id=i, offense_group=o, weapon_group=w, victim_age=a) for i, o, w, a, *_ in CASES]
    actual = incidents(spark, *rows).select(
        "incident_id", *(F.expr(severity(variant, SCALE)).alias(variant) for variant in ("base", "weapon", "full"))
    )
    expected = [(case[0], *case[4:]) for case in CASES]
    schema = "incident_id STRING, base DOUBLE, weapon DOUBLE, full DOUBLE"
    frame = spark.createDataFrame(expected, schema)
    assert_df_equality(actual, frame, ignore_nullable=True, ignore_metadata=True)


def test_the_columns_that_a_variant_uses_are_those_in_its_sql():
    for variant, uses in USES.items():
        sql = severity(variant, SCALE)
        assert [name for name in ("offense_group", "weapon_group", "victim_age") if name in sql] == list(uses)


def test_an_unknown_variant_is_refused():
    with pytest.raises(UsageError, match="severity variant 'most'; known: base, weapon, full"):
        severity("most", SCALE)
