"""The vocabulary: its tables as published, and the line that is named if a table is faulty."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crime_spark import cities
from crime_spark.cities import vocabulary
from crime_spark.cities.chicago import VOCABULARY as CHICAGO
from crime_spark.cities.los_angeles import VOCABULARY as LOS_ANGELES
from crime_spark.cities.vocabulary import Vocabulary, tables
from crime_spark.cities.vocabulary.tables import Group, Terms, read_groups, read_rows, read_terms

TERMS = ("premise", "premise_group")
GROUPS = ("offense_group", "title", "nature", "proxy", "note")


def terms(text: str) -> Terms:
    return read_terms(read_rows("p.csv", text, TERMS), "premise", "premise_group", {"street", "transit"})


def groups(text: str) -> dict[str, Group]:
    return read_groups(read_rows("g.csv", text, GROUPS, ("proxy", "note")), "offense_group")


def test_terms_keep_their_order_and_prefixes_are_separate():
    text = 'premise,premise_group\n"ROAD, OPEN",street\nBUS %,transit\nA,street\n'
    assert terms(text) == Terms({"ROAD, OPEN": "street", "A": "street"}, {"BUS ": "transit"})
    assert list(terms(text).exact) == ["ROAD, OPEN", "A"]


def test_groups_have_nature_proxy_and_note():
    assert groups("offense_group,title,nature,proxy,note\ngraffiti,Graffiti,victim_reported,deprivation,a note\n") == {
        "graffiti": Group("graffiti", "Graffiti", "victim_reported", "deprivation", "a note")
    }


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["ROAD,street", "ROAD,street"], "line 3: premise 'ROAD' is listed twice"),
        (["BUS %,transit", "BUS %,transit"], "line 3: premise 'BUS %' is listed twice"),
        (["A-B,street", "A B,transit"], "line 3: premise 'A B' has another group in another spelling"),
        (["ROAD,lane"], "line 2: premise_group 'lane' is not a group"),
        (["Road,street"], "line 2: premise 'Road' must be in capitals"),
        (["ROAD"], "line 2: expected 2 fields; got 1"),
        ([" ROAD,street"], "line 2: premise ' ROAD' must not start or end with blanks"),
        (["RO\\AD,street"], "or contain tabs, line breaks or backslashes"),
        ([",street"], "line 2: premise must not be empty"),
    ],
)
def test_faulty_term_is_refused_by_line(lines, words):
    with pytest.raises(ValueError, match=words):
        terms("\n".join(["premise,premise_group", *lines]))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["a,A,mixed,,", "a,B,mixed,,"], "line 3: offense_group 'a' must be unique"),
        (["unmapped,A,mixed,,"], "line 2: offense_group 'unmapped' must be unique, not 'unmapped'"),
        (["Theft,A,mixed,,"], "line 2: .* consist of a-z and _"),
        (["a,A,arrest,,"], "line 2: nature 'arrest' must be one of"),
        (["a,A,mixed,wealth,"], "line 2: proxy 'wealth' must be one of"),
        (["a,,mixed,,"], "line 2: title must not be empty"),
    ],
)
def test_faulty_group_is_refused_by_line(lines, words):
    with pytest.raises(ValueError, match=f"g.csv, {words}"):
        groups("\n".join([",".join(GROUPS), *lines]))


def test_other_columns_are_refused():
    with pytest.raises(ValueError, match=r"p\.csv, line 1: the columns must be"):
        terms("place,premise_group\n")


def test_weapon_of_an_offense_must_be_listed():
    with pytest.raises(ValueError, match=r"weapons\.csv does not list 'SWORD'"):
        Vocabulary(weapons=Terms({"KNIFE": "knife_cutting"}), weapon_of_offense={"1": "KNIFE", "2": "SWORD"})


@pytest.mark.parametrize(
    ("kind", "declared"),
    [
        ("offenses", vocabulary.OFFENSE_GROUPS),
        ("premises", vocabulary.PREMISE_GROUPS),
        ("weapons", vocabulary.WEAPON_GROUPS),
    ],
)
def test_every_group_is_used_by_a_city(kind, declared):
    used = [getattr(city.vocabulary, kind) for city in cities.CITIES]
    assert {group for terms in used for group in (*terms.exact.values(), *terms.prefixes.values())} == set(declared)
    assert [terms for terms in used if not terms.exact] == []


def test_vocabulary_stays_small():
    assert len(vocabulary.OFFENSE_GROUPS) <= 35
    assert len(vocabulary.PREMISE_GROUPS) <= 30


def test_offense_codes_have_the_published_length():
    assert len(CHICAGO.offenses.exact) >= 401
    assert {len(code) for code in CHICAGO.offenses.exact} == {4}
    assert {len(code) for code in LOS_ANGELES.offenses.exact} == {3}


def test_known_offenses_have_the_expected_groups():
    chicago, los_angeles = CHICAGO.offenses.exact, LOS_ANGELES.offenses.exact
    assert (chicago["1305"], chicago["0860"], chicago["031A"]) == ("graffiti", "retail_theft", "robbery")
    assert (los_angeles["480"], los_angeles["442"], los_angeles["210"]) == ("bicycle_theft", "retail_theft", "robbery")


def test_groups_that_exist_by_arrest_are_declared_arrest_only():
    arrest_only = {group.name for group in vocabulary.OFFENSE_GROUPS.values() if group.nature == "arrest_only"}
    assert {"narcotics", "prostitution", "gambling", "liquor", "weapons", "interference_with_officers"} <= arrest_only


def test_proxies_are_declared():
    proxies = {group.name: group.proxy for group in vocabulary.OFFENSE_GROUPS.values() if group.proxy}
    assert {"graffiti", "vandalism", "bicycle_theft"} <= {n for n, proxy in proxies.items() if proxy == "deprivation"}
    arrest_only = {group.name for group in vocabulary.OFFENSE_GROUPS.values() if group.nature == "arrest_only"}
    assert {proxies.get(name) for name in arrest_only} == {"policing"}


def test_weapons_of_offenses_are_listed_for_chicago_only():
    weapon_of_offense = CHICAGO.weapon_of_offense
    assert (weapon_of_offense["031A"], weapon_of_offense["0320"]) == ("HANDGUN", "STRONGARM - NO WEAPON")
    assert "0110" not in weapon_of_offense
    assert LOS_ANGELES.weapon_of_offense == {}


def test_tables_are_read_from_inside_a_zip(tmp_path):
    """As --py-files gives the package to a driver."""
    package = Path(cities.__file__).parents[1]
    with zipfile.ZipFile(tmp_path / "crime_spark.zip", "w") as packed:
        for path in package.rglob("*"):
            if path.suffix in (".py", ".csv"):
                packed.write(path, path.relative_to(package.parent))
    code = "from crime_spark import cities as c; print(c.__file__, len(c.CITIES[-1].vocabulary.offenses.exact))"
    run = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'crime_spark.zip')!r}); {code}"]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "crime_spark.zip" in done.stdout
    assert tables.UNMAPPED not in vocabulary.OFFENSE_GROUPS
