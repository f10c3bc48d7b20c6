"""The worked example of a city: a folder and its name in the tuple are enough for ingest, describe and examples."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from crime_spark.cities import CITIES
from crime_spark.lake import Lake
from crime_spark.portals.source import sources
from crime_spark.schemas import INCIDENTS, QUARANTINE, STATISTICS
from crime_spark.tasks.hourly_volume import HOURLY_VOLUME
from crime_spark.tasks.serious_offense import SERIOUS_OFFENSE
from tests.markdown import Page
from tests.registries import riverton
from tests.registries.riverton import RIVERTON
from tests.submitting import HANGS, QUICK_JAVA, ROOT, environment
from tests.unit.test_config import load

# In a process of its own, because features and other declarations read the tuple at import.
WITH_RIVERTON = """
import sys
from crime_spark import cities
from tests.registries.riverton import RIVERTON
cities.CITIES = (*cities.CITIES, RIVERTON)
from crime_spark.console import main
sys.exit(main(sys.argv[1:]))
"""
PUBLISHED = Path(riverton.__file__).parent / "published"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The root of a lake after a pipeline run over the published file of the new city."""
    lake = str(tmp_path_factory.mktemp("riverton") / "lake")
    job = ["pipeline", "--stages=ingest,describe,examples", "--tasks=serious_offense,hourly_volume"]
    job += ["--cities=riverton", f"--lake={lake}", f"--input=riverton={PUBLISHED}"]
    job += ["--set=quality.riverton.share_quarantined=0.2"]
    command = [sys.executable, "-c", WITH_RIVERTON, f"--spark=spark.driver.extraJavaOptions={QUICK_JAVA}", *job]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=HANGS, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Riverton         12        11           0            1" in done.stdout
    return lake


def test_contributing_shows_the_declaration_of_the_new_city():
    assert Path(riverton.__file__).read_text(encoding="utf-8") in Page("CONTRIBUTING.md").blocks("python")
    assert RIVERTON not in CITIES


def test_new_city_is_ingested(spark, root):
    lake = Lake(spark, root)
    rows = {row["incident_id"]: row for row in lake.read(INCIDENTS).collect()}
    assert len(rows) == 11
    robbery, unmapped = rows["23-001"], rows["23-007"]
    assert (robbery["occurred_at"], robbery["area"], robbery["serious"]) == (
        datetime(2023, 1, 5, 21, 40),
        "North",
        True,
    )
    assert (robbery["offense_group"], robbery["premise_group"]) == ("robbery", "street")
    assert (robbery["weapon_group"], robbery["latitude"]) == ("firearm_handgun", 40.101)
    assert (unmapped["offense_group"], unmapped["weapon_group"], unmapped["latitude"]) == ("unmapped", "unmapped", None)
    assert rows["23-006"]["premise_group"] == "retail"
    assert [row["reasons"] for row in lake.read(QUARANTINE).collect()] == [["no offense code"]]


def test_new_city_is_described(spark, root):
    totals = Lake(spark, root).read(STATISTICS).where("statistic = 'by_year' AND measure = 'rows'").collect()
    assert {(row["city"], row["year"], row["value"]) for row in totals} == {
        ("riverton", 2023, 7.0),
        ("riverton", 2024, 4.0),
        ("riverton", None, 11.0),
    }


def test_new_city_has_examples(spark, root):
    examples = {row["example_id"]: row for row in Lake(spark, root).read(SERIOUS_OFFENSE.examples).collect()}
    assert len(examples) == 10  # part III is neither serious nor not
    assert (examples["23-001"]["label"], examples["23-002"]["label"]) == (1.0, 0.0)


def test_features_that_depend_on_the_city_are_computed_for_the_new_city(spark, root):
    hours = Lake(spark, root).read(HOURLY_VOLUME.examples).where("delay = 0 AND date(occurred_at) = '2023-06-30'")
    daylight = {row["occurred_at"].hour: row["daylight"] for row in hours.collect()}
    assert (daylight[0], daylight[12]) == ("false", "true")


def test_new_city_has_a_data_set_to_fetch():
    (source,) = sources(load().portals, [RIVERTON])
    assert (source.base, source.dataset) == ("https://data.riverton.example", "abcd-1234")
