"""A run that broke off is known by its notes, and goes first."""

from __future__ import annotations

from datetime import datetime

import pytest

from crime_spark.errors import AccountingError
from crime_spark.ingest.run_notes import FULL, INGEST, REPLAY, broken_off, check_repeated, note_of
from crime_spark.schemas import INCIDENTS, LEDGER, QUARANTINE
from tests.incidents import incident, incidents
from tests.unit.ingest.published import chicago_file, landed

EARLY, LATE = datetime(2024, 5, 1, 12), datetime(2024, 5, 1, 13)


def wrote(lake, table, started):
    """The table is written by the run that started then."""
    row = lake.spark.createDataFrame([(None,) * len(table.names)], table.struct)
    frame = incidents(lake.spark, incident()) if table is INCIDENTS else row
    lake.append(table, frame, note=str(note_of(INGEST, "chicago", started)))


def test_it_wrote_silver_or_quarantine_and_then_not_the_ledger(lake):
    assert broken_off(lake) is None
    for table in (INCIDENTS, QUARANTINE):
        wrote(lake, table, EARLY)
        assert broken_off(lake) == note_of(INGEST, "chicago", EARLY)
    wrote(lake, LEDGER, EARLY)
    assert broken_off(lake) is None
    wrote(lake, QUARANTINE, LATE)
    assert broken_off(lake) == note_of(INGEST, "chicago", LATE)


def test_only_the_same_run_or_a_rebuild_of_its_city_may_go_on(tmp_path):
    first, two = (landed(chicago_file(tmp_path / name, {}), sha256=name) for name in ("a.csv", "b.csv"))
    broken = note_of(INGEST, "chicago", EARLY, [first])
    check_repeated(broken, INGEST, "chicago", [first, two])
    check_repeated(broken, FULL, "chicago", [two])
    for kind, city, files in (
        (INGEST, "chicago", [two]),
        (INGEST, "chicago", [landed(tmp_path / "a.csv", sha256="other")]),
        (INGEST, "los_angeles", [first]),
        (FULL, "los_angeles", [first]),
        (REPLAY, "chicago", []),
    ):
        with pytest.raises(AccountingError, match=r"first repeat the same ingest with .*a.csv unchanged"):
            check_repeated(broken, kind, city, files)
    check_repeated(note_of(REPLAY, "chicago", EARLY), REPLAY, "chicago")
    with pytest.raises(AccountingError, match=r"first repeat jobs/quarantine.py --replay"):
        check_repeated(note_of(REPLAY, "chicago", EARLY), INGEST, "chicago", [first])
