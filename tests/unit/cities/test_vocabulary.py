"""The published tables: what they hold, and what is refused, by its line."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crime_spark import cities
from crime_spark.cities import vocabulary
from crime_spark.cities.vocabulary import tables
from crime_spark.cities.vocabulary.tables import Group, Terms, read_groups, read_terms, records

TERMS = ("city", "premise", "premise_group")
GROUPS = ("offense_group", "title", "nature", "proxy", "note")


def terms(text: str) -> dict[str, Terms]:
    return read_terms(records("p.csv", text, TERMS), "premise", "premise_group", {"street", "transit"})


def groups(text: str) -> dict[str, Group]:
    return read_groups(records("g.csv", text, GROUPS, ("proxy", "note")), "offense_group")


def test_terms_in_their_order_and_beginnings_apart():
    text = 'city,premise,premise_group\ntown,"ROAD, OPEN",street\ntown,BUS %,transit\nelse,A,street\n'
    assert terms(text) == {
        "town": Terms({"ROAD, OPEN": "street"}, {"BUS ": "transit"}),
        "else": Terms({"A": "street"}),
    }


def test_groups_with_what_is_said_of_them():
    assert groups("offense_group,title,nature,proxy,note\ngraffiti,Graffiti,victim_reported,deprivation,a note\n") == {
        "graffiti": Group("graffiti", "Graffiti", "victim_reported", "deprivation", "a note")
    }


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["town,ROAD,street", "town,ROAD,street"], "line 3: premise 'ROAD' of town is there twice"),
        (["town,BUS %,transit", "town,BUS %,transit"], "line 3: premise 'BUS %' of town is there twice"),
        (
            ["town,A-B,street", "town,A B,transit"],
            "line 3: premise 'A B' of town has another group in another spelling",
        ),
        (["town,ROAD,lane"], "line 2: premise_group 'lane' is no group"),
        (["town,Road,street"], "line 2: premise 'Road' is not in capitals"),
        (["town,ROAD "], "line 2: 2 fields in place of 3"),
        (["town, ROAD,street"], "line 2: premise ' ROAD' has blanks around it"),
        (["town,RO\\AD,street"], "or a tab, line break or backslash in it"),
        (["town,,street"], "line 2: no premise"),
    ],
)
def test_a_term_at_fault_is_named(lines, words):
    with pytest.raises(ValueError, match=words.replace("\\", ".")):
        terms("\n".join(["city,premise,premise_group", *lines]))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["a,A,mixed,,", "a,B,mixed,,"], "line 3: offense_group 'a' is there already"),
        (["unmapped,A,mixed,,"], "line 2: offense_group 'unmapped' .* is taken"),
        (["Theft,A,mixed,,"], "line 2: .* is not in a-z and _"),
        (["a,A,arrest,,"], "line 2: nature 'arrest' is none of"),
        (["a,A,mixed,wealth,"], "line 2: proxy 'wealth' is none of"),
        (["a,,mixed,,"], "line 2: no title"),
    ],
)
def test_a_group_at_fault_is_named(lines, words):
    with pytest.raises(ValueError, match=f"g.csv, {words}"):
        groups("\n".join([",".join(GROUPS), *lines]))


def test_other_columns_are_refused():
    with pytest.raises(ValueError, match=r"p\.csv, line 1: the columns are"):
        terms("city,place,premise_group\n")


@pytest.mark.parametrize(
    ("used", "declared"),
    [
        (vocabulary.OFFENSES, vocabulary.OFFENSE_GROUPS),
        (vocabulary.PREMISES, vocabulary.PREMISE_GROUPS),
        (vocabulary.WEAPONS, vocabulary.WEAPON_GROUPS),
    ],
    ids=["offenses", "premises", "weapons"],
)
def test_every_group_is_used_and_every_city_is_one(used, declared):
    assert {group for each in used.values() for group in (*each.exact.values(), *each.prefixes.values())} == set(
        declared
    )
    assert set(used) == {city.name for city in cities.CITIES}


def test_the_vocabulary_stays_small():
    assert len(vocabulary.OFFENSE_GROUPS) <= 35
    assert len(vocabulary.PREMISE_GROUPS) <= 30


def test_offense_codes_are_as_published():
    chicago, los_angeles = (vocabulary.OFFENSES[name].exact for name in ("chicago", "los_angeles"))
    assert len(chicago) >= 401
    assert {len(code) for code in chicago} == {4}
    assert {len(code) for code in los_angeles} == {3}


def test_a_few_offenses_by_hand():
    chicago, los_angeles = (vocabulary.OFFENSES[name].exact for name in ("chicago", "los_angeles"))
    assert (chicago["1305"], chicago["0860"], chicago["031A"]) == ("graffiti", "retail_theft", "robbery")
    assert (los_angeles["480"], los_angeles["442"], los_angeles["210"]) == ("bicycle_theft", "retail_theft", "robbery")


def test_what_the_field_calls_arrest_only_is_declared_so():
    arrest_only = {group.name for group in vocabulary.OFFENSE_GROUPS.values() if group.nature == "arrest_only"}
    assert {"narcotics", "prostitution", "gambling", "liquor", "weapons", "interference_with_officers"} <= arrest_only


def test_proxies_are_declared():
    proxies = {group.name: group.proxy for group in vocabulary.OFFENSE_GROUPS.values() if group.proxy}
    assert {"graffiti", "vandalism", "bicycle_theft"} <= {name for name, of in proxies.items() if of == "deprivation"}
    arrest_only = {group.name for group in vocabulary.OFFENSE_GROUPS.values() if group.nature == "arrest_only"}
    assert {proxies.get(name) for name in arrest_only} == {"policing"}


def test_a_weapon_that_offenses_name_is_of_the_vocabulary():
    named = vocabulary.weapons_of_offenses("chicago")
    assert (named["031A"], named["0320"]) == ("HANDGUN", "STRONGARM - NO WEAPON")
    assert "0110" not in named
    assert vocabulary.weapons_of_offenses("los_angeles") == {}


def test_the_tables_are_read_from_inside_a_zip(tmp_path):
    """As --py-files gives the package to a driver."""
    package = Path(cities.__file__).parents[1]
    with zipfile.ZipFile(tmp_path / "crime_spark.zip", "w") as packed:
        for path in package.rglob("*"):
            if path.suffix in (".py", ".csv"):
                packed.write(path, path.relative_to(package.parent))
    code = "from crime_spark.cities import vocabulary as v; print(v.__file__, len(v.OFFENSES))"
    run = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'crime_spark.zip')!r}); {code}"]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "crime_spark.zip" in done.stdout
    assert tables.UNMAPPED not in vocabulary.OFFENSE_GROUPS
