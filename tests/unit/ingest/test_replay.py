"""Refused rows are listed, and taken in once what was wrong has been mended."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from chispa import assert_df_equality

from crime_spark.cities import CHICAGO, CITIES, LOS_ANGELES
from crime_spark.ingest import replay as replay_module
from crime_spark.ingest.replay import refusals, replay
from crime_spark.lake import Lake
from crime_spark.progress import Progress
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE
from tests.unit.ingest.published import chicago_file
from tests.unit.ingest.running import NOT_REVISED, run, same_state

ROWS = [
    {"ID": "1"},
    {"ID": "2", "Date": "06/01/1999 10:00:00 AM", "Block": "two\nlines"},
    {"ID": "", "Case Number": "", "Date": "06/01/1999 10:00:00 AM"},
    {"ID": "4", "IUCR": ""},
    {"ID": "1", "Date": "06/01/1999 10:00:00 AM", **NOT_REVISED},
]
NOW_EARLIER = replace(CHICAGO, first_year=1999)


@pytest.fixture
def lake(spark, tmp_path):
    lake = Lake(spark, str(tmp_path / "lake"))
    run(lake, chicago_file(tmp_path / "a.csv", *ROWS))
    return lake


def test_reasons_are_listed_by_file_the_most_first(lake, tmp_path):
    assert refusals(lake, ["chicago"]).splitlines() == [
        f"chicago  {tmp_path}/a.csv  2  before 2001",
        f"chicago  {tmp_path}/a.csv  1  no key; before 2001",
        f"chicago  {tmp_path}/a.csv  1  no offense code",
    ]
    assert refusals(lake, ["los_angeles"]) == "nothing is in quarantine"


def test_without_a_fix_a_replay_changes_nothing(lake):
    before = lake.read(QUARANTINE).localCheckpoint()
    assert replay(lake, CITIES, Progress(io.StringIO())) == 0
    assert_df_equality(lake.read(QUARANTINE), before, ignore_row_order=True)


def test_after_a_fix_the_rows_are_as_if_they_had_never_been_refused(spark, lake, tmp_path, monkeypatch):
    """Also if the first attempt breaks off."""
    monkeypatch.setattr(replay_module, "write_entries", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replay(lake, [NOW_EARLIER, LOS_ANGELES], Progress(io.StringIO()))
    monkeypatch.undo()
    replay(lake, [NOW_EARLIER, LOS_ANGELES], Progress(io.StringIO()))
    wanted = Lake(spark, str(tmp_path / "wanted"))
    run(wanted, tmp_path / "a.csv", cities=[NOW_EARLIER])
    same_state(lake, wanted)
    assert lake.read(INCIDENTS).where("block = 'TWO LINES'").count() == 1
    assert lake.read(LEDGER).select("rows_quarantined").first()[0] == 2


def interrupted(*_):
    raise KeyboardInterrupt
