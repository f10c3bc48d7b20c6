"""Exports and increments as they land, from a portal without faults."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
from dataclasses import replace

import pytest

from crime_spark.errors import PortalError, UsageError
from crime_spark.portals.manifest import ENDING
from crime_spark.portals.source import check_portals, sources
from crime_spark.settings import CityPortal
from tests.unit.portals.conftest import CHICAGO, DATASET, OTHER, TITLES, Fetcher, read, small_dataset, values
from tests.unit.portals.portal_server import hours
from tests.unit.test_config import load

EXPORT = f"{DATASET}_2026-01-10T060000Z.csv.gz"


def test_the_whole_export_lands_with_its_manifest(fetcher: Fetcher):
    landed = fetcher.fetch_single()
    assert fetcher.landed() == [EXPORT, EXPORT + ENDING]
    assert landed.file == fetcher.folder / EXPORT
    header, *records = read(landed.file)
    assert header == list(TITLES.values())
    assert sorted(map(tuple, records)) == fetcher.dataset.present()
    assert json.loads((fetcher.folder / (EXPORT + ENDING)).read_text()) == {
        "dataset": DATASET,
        "host": fetcher.portal.base.removeprefix("http://"),
        "city": "chicago",
        "kind": "export",
        "query": f"/api/views/{DATASET}/rows.csv?accessType=DOWNLOAD",
        "rows": 10,
        "pages": 1,
        "columns": list(TITLES.values()),
        "as_of": "2026-01-10T06:00:00Z",
        "sha256": hashlib.sha256(landed.file.read_bytes()).hexdigest(),
    }
    assert [path.name for path in fetcher.landing.rglob(".*")] == [".fetch.lock"]


def test_the_export_is_packed_but_otherwise_as_published_and_equal_content_has_equal_bytes(fetcher: Fetcher):
    body = (
        b'\xef\xbb\xbf"ID",Case Number,Date,IUCR,Primary Type,FBI Code\r\n' + b'1,"a\r\n\xff""b",2,3,4,5\r\n\r\n' * 10
    )
    fetcher.portal.fail("edit", "rows.csv", times=2, option=lambda _: body)
    packed = fetcher.fetch_single().file.read_bytes()  # type: ignore[union-attr]
    assert gzip.decompress(packed) == body
    assert packed[3:8] == bytes(5)  # neither a name nor a time
    manifest = json.loads((fetcher.folder / (EXPORT + ENDING)).read_text())
    assert (manifest["rows"], manifest["columns"][0]) == (10, "ID")
    other = replace(fetcher, landing=fetcher.landing.with_name("other"))
    assert other.fetch_single().file.read_bytes() == packed  # type: ignore[union-attr]


def test_then_only_what_changed_lands_in_pages_by_row_id(fetcher: Fetcher):
    fetcher()
    changed = [2, 3, 5, 7, 11, 12, 13]
    for number in changed:
        fetcher.dataset.put(number, hours(5), **values(number, block=f'new "{number}",\n'))
    landed = fetcher.fetch_single()
    header, *records = read(landed.file)  # type: ignore[arg-type]
    assert header == list(TITLES)
    assert records == [list(values(n, block=f'new "{n}",\n').values()) for n in changed]
    assert [query.get("$where", "").partition(" AND ")[2][:7] for query in fetcher.pages()] == ["", *[":id > '"] * 3]
    assert {query["$limit"] for query in fetcher.pages()} == {"3"}
    manifest = landed.manifest
    assert (manifest.kind, manifest.rows, manifest.pages, manifest.as_of) == ("increment", 7, 3, "2026-01-10T11:00:00Z")
    assert manifest.query == (
        f"/resource/{DATASET}.csv?$select=:id, *&$where=:updated_at > '2026-01-10T06:00:00.000Z'&$order=:id"
    )
    assert manifest.sha256 == hashlib.sha256(landed.file.read_bytes()).hexdigest()  # type: ignore[union-attr]


def test_the_window_overlaps_the_fetch_before(fetcher: Fetcher):
    fetcher()
    fetcher.dataset.put(11, hours(30), **values(11))
    fetcher.dataset.put(12, hours(-1), **values(12))  # seen late: its time lies before the export's
    assert fetcher.fetch_single(overlap_hours=2).manifest.rows == 12
    where = fetcher.pages()[0]["$where"]
    assert where == ":updated_at > '2026-01-10T04:00:00.000Z'"


def test_nothing_newer_costs_one_request_and_lands_nothing(fetcher: Fetcher):
    fetcher()
    before, requests = fetcher.landed(), len(fetcher.portal.requests)
    assert fetcher() == []
    assert fetcher.landed() == before
    assert len(fetcher.portal.requests) == requests + 1
    assert "nothing newer than 2026-01-10T06:00:00Z" in fetcher.messages.getvalue()


def test_an_increment_without_rows_leaves_its_manifest_alone(fetcher: Fetcher):
    fetcher()
    fetcher.dataset.delete(1, hours(3))
    landed = fetcher.fetch_single()
    assert (landed.file, landed.manifest.rows, landed.manifest.sha256) == (None, 0, None)
    assert fetcher.landed() == [EXPORT, EXPORT + ENDING, f"{DATASET}_2026-01-10T090000Z.csv.gz{ENDING}"]
    fetcher.dataset.put(2, hours(4), **values(2))
    fetcher()
    assert fetcher.pages()[0]["$where"] == ":updated_at > '2026-01-10T09:00:00.000Z'"


def test_the_portals_clock_counts_where_it_does_not_say_when_the_data_changed(fetcher: Fetcher):
    fetcher.portal.dated = False
    fetcher.portal.now = hours(1.5)
    assert fetcher.fetch_single().manifest.as_of == "2026-01-10T07:30:00Z"
    fetcher.portal.now = hours(2)
    assert fetcher.fetch_single().manifest.as_of == "2026-01-10T08:00:00Z"


def test_the_export_and_all_increments_replayed_are_what_the_portal_holds(fetcher: Fetcher):
    def change_behind_the_page() -> None:
        fetcher.dataset.put(1, hours(31), **values(1, block="revised between pages"))
        fetcher.dataset.put(14, hours(31), **values(14))

    landed = [fetcher.fetch_single()]
    for number in (1, 2, 3, 4, 11, 12):
        fetcher.dataset.put(number, hours(30), **values(number, block="second"))
    fetcher.portal.fail("call", "/resource/" + DATASET + ".csv", after=1, option=change_behind_the_page)
    landed.append(fetcher.fetch_single())
    assert landed[1].manifest.as_of == "2026-01-11T12:00:00Z"  # of the first answer, not of the last
    blocks = [record[6] for record in read(landed[1].file)[1:]]  # type: ignore[arg-type]
    assert blocks == [*["second"] * 6, values(14)["block"]]  # the page taken before the revision, and each row once
    landed.append(fetcher.fetch_single())
    latest = {}
    for first in landed:
        latest.update({record[0]: tuple(record) for record in read(first.file)[1:]})  # type: ignore[arg-type]
    assert sorted(latest.values()) == fetcher.dataset.present()
    assert latest["1"][6] == "revised between pages"


def test_one_dataset_that_fails_does_not_keep_the_others_from_landing(fetcher: Fetcher):
    fetcher.portal.datasets[OTHER] = small_dataset(4)
    datasets = ("none-0000", OTHER, "none-0001")
    cities = {CHICAGO.name: CityPortal(fetcher.portal.base, datasets)}
    with pytest.raises(PortalError) as failed:
        fetcher(cities=cities)
    assert [text in str(failed.value) for text in ("none-0000", OTHER, "none-0001")] == [True, False, True]
    assert len(fetcher.landed()) == 2
    assert fetcher.landed()[0].startswith(OTHER)


def test_two_fetches_at_once_are_refused(fetcher: Fetcher):
    fetcher.landing.mkdir()
    with (fetcher.landing / ".fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        with pytest.raises(PortalError, match=r"another fetch is landing files in .*; wait until it is done"):
            fetcher()
    assert fetcher.portal.requests == []
    assert len(fetcher()) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cities": {"chigago": CityPortal("x.org", (DATASET,))}}, "unknown city 'chigago'; did you mean 'chicago'?"),
        ({"cities": {"chicago": CityPortal("x.org/path", (DATASET,))}}, "chicago.host must be a host"),
        ({"cities": {"chicago": CityPortal("https://me:sekret@x.org", (DATASET,))}}, "chicago.host must be a host"),
        ({"cities": {"chicago": CityPortal("x.org", ("../../etc",))}}, "'../../etc' is not a data set id"),
        ({"token_variable": "sekret token"}, "token_variable must be the name of an environment variable"),
    ],
)
def test_wrong_settings_are_refused_before_any_request(fetcher: Fetcher, settings, words):
    with pytest.raises(UsageError) as refused:
        fetcher(**settings)
    assert words in str(refused.value)
    assert "sekret" not in str(refused.value)
    assert not fetcher.landing.exists()


def test_the_landing_folder_is_local(fetcher: Fetcher, tmp_path):
    fetcher.landing = "s3a://bucket/landing"  # type: ignore[assignment]
    with pytest.raises(UsageError, match=r"'s3a://bucket/landing', but fetch writes only to a local or mounted folder"):
        fetcher()
    fetcher.landing = tmp_path / "file"
    fetcher.landing.write_text("")
    with pytest.raises(UsageError, match="setting landing: cannot write to"):
        fetcher()


def test_city_without_data_sets_is_refused(fetcher: Fetcher):
    quiet = replace(CHICAGO, portal=CityPortal())
    for cities in ({}, {"chicago": CityPortal("x.org")}):
        faults = check_portals("landing", replace(fetcher.settings, cities=cities), [quiet])
        assert faults == ["city chicago has no data set to fetch; set portals.cities.chicago"]


def test_declared_host_is_requested_over_https():
    (source,) = sources(load().portals, [CHICAGO])
    assert (source.base, source.host) == ("https://data.cityofchicago.org", "data.cityofchicago.org")
    assert source.dataset == "ijzp-q8t2"


def test_settings_override_host_and_data_sets_of_a_city_independently():
    settings = load(portals__cities__chicago__host="x.org").portals
    (source,) = sources(settings, [CHICAGO])
    assert (source.base, source.dataset) == ("https://x.org", "ijzp-q8t2")
    settings = load(portals__cities__chicago__datasets="abcd-1234,efgh-5678").portals
    assert {source.base for source in sources(settings, [CHICAGO])} == {"https://data.cityofchicago.org"}
    assert [source.dataset for source in sources(settings, [CHICAGO])] == ["abcd-1234", "efgh-5678"]
