"""What portals do wrong: what is asked again, what is refused with which words; and nothing tells the token."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from crime_spark.errors import PortalError, UsageError
from tests.unit.portals.conftest import DATASET, TOKEN, Fetcher, read, values
from tests.unit.portals.portal_server import Dataset, FakePortal, hours

EXPORT, COUNT, PAGE = "rows.csv", f"{DATASET}.json", f"{DATASET}.csv"


@pytest.fixture(autouse=True)
def nothing_tells_the_token(fetcher: Fetcher, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    out, err = capfd.readouterr()
    written = [path.read_bytes() for path in fetcher.landing.rglob("*") if path.is_file()]
    assert TOKEN.encode() not in b"".join(written)
    assert TOKEN not in out + err + fetcher.messages.getvalue()


def refused(fetcher: Fetcher, **settings: object) -> str:
    with pytest.raises(PortalError) as failed:
        fetcher(**settings)
    assert [path.name for path in fetcher.landing.rglob(f"{DATASET}_*")] == []
    chain: BaseException | None = failed.value
    while chain is not None:
        assert TOKEN not in f"{chain} {chain!r}"
        chain = chain.__cause__ or chain.__context__
    assert f"chicago {DATASET}: " in str(failed.value)
    return str(failed.value)


def holds_all(fetcher: Fetcher, **settings: object) -> None:
    assert sorted(map(tuple, read(fetcher.fetch_single(**settings).file)[1:])) == fetcher.dataset.present()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "path", "option"),
    [
        ("status", COUNT, (429, 0)),
        ("status", EXPORT, (429, 0)),
        *(("status", EXPORT, (status, None)) for status in (500, 503, 202)),
        ("cut_length", EXPORT, None),
        ("cut_chunk", EXPORT, None),
        ("cut_record", EXPORT, None),
        ("empty", EXPORT, None),
        ("edit", COUNT, lambda body: body[:-4]),
    ],
)
def test_what_is_asked_again(fetcher: Fetcher, kind: str, path: str, option: object):
    fetcher.portal.fail(kind, path, times=2, option=option)
    holds_all(fetcher)
    assert fetcher.messages.getvalue().count("trying again") == 2


@pytest.mark.parametrize(
    ("kind", "path", "option", "words"),
    [
        (
            "status",
            COUNT,
            (429, 0),
            "too many requests: try later, or put an application token into $SOCRATA_APP_TOKEN",
        ),
        ("status", EXPORT, (500, None), "HTTP 500 ({"),
        ("status", EXPORT, (503, None), "the portal is failing: try later"),
        ("cut_length", EXPORT, None, "the body is incomplete"),
        ("cut_chunk", EXPORT, None, "the body is incomplete"),
        ("cut_record", EXPORT, None, "the body ends within a record"),
        ("empty", EXPORT, None, "the body is empty"),
        ("edit", COUNT, lambda body: body[:-4], "the count of rows cannot be read"),
    ],
)
def test_what_goes_on_is_refused(fetcher: Fetcher, kind: str, path: str, option: object, words: str):
    fetcher.portal.fail(kind, path, times=3, option=option)
    error = refused(fetcher)
    assert words in error
    assert f"GET {fetcher.portal.base}/" in error
    assert len(fetcher.asked(path)) == 3
    holds_all(fetcher)  # the next time, if the portal is well


@pytest.mark.parametrize(
    ("kind", "path", "option", "words"),
    [
        ("status", COUNT, (403, None), "HTTP 403; check the application token in $SOCRATA_APP_TOKEN, or unset it"),
        ("status", COUNT, (401, None), "HTTP 401; check the application token"),
        ("status", COUNT, (404, None), "ids change: look the dataset up on the portal and set portals.cities.chicago"),
        ("status", EXPORT, (400, None), "HTTP 400 ({"),
        ("html", EXPORT, None, "expected text/csv, got text/html; open the address in a browser"),
        ("html", COUNT, None, "expected application/json, got text/html"),
        ("type", EXPORT, "", "got no declared type"),
    ],
)
def test_what_is_refused_at_once(fetcher: Fetcher, kind: str, path: str, option: object, words: str):
    fetcher.portal.fail(kind, path, option=option)
    assert words in refused(fetcher)
    assert len(fetcher.asked(path)) == 1


def test_the_wait_that_a_portal_asks_for_is_kept(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch):
    waits: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time", SimpleNamespace(sleep=waits.append, time=time.time))
    fetcher.portal.fail("status", COUNT, option=(429, 17))
    fetcher()
    assert waits == [17]
    assert "the portal answered 429; trying again" in fetcher.messages.getvalue()


# A silent portal costs a timeout, so these tests use a short one. On a busy machine other answers can take as long:
# retries are practically unlimited, and no test counts them.
IMPATIENT = {"timeout_seconds": 0.3, "retries": 1000}


def test_a_slow_portal_is_asked_again(fetcher: Fetcher):
    fetcher.portal.fail("hang", EXPORT)
    holds_all(fetcher, **IMPATIENT)
    assert "the portal did not answer (ReadTimeoutError); trying again" in fetcher.messages.getvalue()


def test_a_portal_that_never_answers_is_refused(fetcher: Fetcher):
    fetcher.portal.fail("hang", times=1000)
    with pytest.raises(PortalError, match=r"no answer within 0\.3 s, 3 times; try later or raise portals\.timeout_sec"):
        fetcher(timeout_seconds=0.3)


def test_a_portal_that_falls_silent_within_a_body_is_asked_again(fetcher: Fetcher):
    fetcher.portal.fail("stall", EXPORT)
    holds_all(fetcher, **IMPATIENT)
    assert "the body is incomplete (" in fetcher.messages.getvalue()


def test_a_portal_that_is_not_there(fetcher: Fetcher):
    fetcher.portal.server_close()
    assert "cannot be reached, 3 times (" in refused(fetcher)


def test_an_export_with_fewer_rows_than_the_portal_counts_is_asked_for_once_more(fetcher: Fetcher):
    fetcher.portal.fail("cut_between", EXPORT, option=8)
    holds_all(fetcher)
    assert "the export has 8 rows, the portal counts 10; trying once more" in fetcher.messages.getvalue()


def test_and_then_refused(fetcher: Fetcher):
    fetcher.portal.fail("cut_between", EXPORT, times=2, option=8)
    assert "the export has 8 rows, the portal counts 10, also at the second request; it is incomplete" in refused(
        fetcher
    )


def test_rows_deleted_while_the_export_runs_are_not_missed(fetcher: Fetcher):
    fetcher.portal.fail("call", EXPORT, option=lambda: fetcher.dataset.delete(4, hours(1)))
    holds_all(fetcher)


def test_an_export_that_the_portal_kept_for_a_while_is_as_of_its_own_time(fetcher: Fetcher):
    old = Dataset(dict(fetcher.dataset.titles), dict(fetcher.dataset.rows), fetcher.dataset.changed)
    fetcher.dataset.put(11, hours(9), **values(11))
    fetcher.portal.export_as_of = lambda _: old
    assert fetcher.fetch_single().manifest.as_of == "2026-01-10T06:00:00Z"
    assert [record[0] for record in read(fetcher.fetch_single().file)[1:]] == ["11"]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["cut_length", "cut_chunk", "cut_record", "empty"])
def test_a_page_that_is_cut_off_is_asked_for_again(fetcher: Fetcher, kind: str):
    fetcher()
    for number in range(1, 8):
        fetcher.dataset.put(number, hours(5), **values(number, block="new"))
    fetcher.portal.fail(kind, PAGE, after=1)
    assert [record[0] for record in read(fetcher.fetch_single().file)[1:]] == list("1234567")  # type: ignore[arg-type]


def test_blank_lines_of_a_page_are_no_rows_and_records_of_another_width_are_damage(fetcher: Fetcher):
    fetcher()
    fetcher.dataset.put(1, hours(5), **values(1))
    fetcher.portal.fail("edit", PAGE, option=lambda body: body + b"\n")
    assert fetcher.fetch_single().manifest.rows == 1
    fetcher.dataset.put(1, hours(6), **values(1))
    fetcher.portal.fail("edit", PAGE, times=3, option=lambda body: body + b"row-1,2\n")
    with pytest.raises(PortalError, match="a record of a page has 2 fields instead of 8"):
        fetcher()


def test_a_page_cut_off_between_two_records_loses_none(fetcher: Fetcher):
    fetcher()
    for number in range(1, 8):
        fetcher.dataset.put(number, hours(5), **values(number, block="new"))
    fetcher.portal.fail("cut_between", PAGE, after=1, option=1)
    landed = fetcher.fetch_single()
    assert [record[0] for record in read(landed.file)[1:]] == list("1234567")  # type: ignore[arg-type]
    assert landed.manifest.pages == 3


@pytest.mark.parametrize("times", [1, 2])
def test_pages_that_end_too_early_are_fetched_anew_and_then_refused(fetcher: Fetcher, times: int):
    fetcher()
    for number in range(1, 8):
        fetcher.dataset.put(number, hours(5), **values(number, block="new"))
    for _ in range(times):
        fetcher.portal.fail("cut_between", PAGE, after=1, option=0)  # an empty page, as if there were no more
    if times == 1:
        assert fetcher.fetch_single().manifest.rows == 7
    else:
        with pytest.raises(PortalError, match="3 changed rows came, the portal counts 7, also after starting again"):
            fetcher()


def test_a_portal_that_does_not_page_is_found_out(fetcher: Fetcher):
    fetcher()
    for number in range(1, 8):
        fetcher.dataset.put(number, hours(5), **values(number, block="new"))
    pages: list[bytes] = []
    fetcher.portal.fail("edit", PAGE, times=9, option=lambda body: pages.append(body) or pages[0])
    with pytest.raises(PortalError, match=r"paging does not work there"):
        fetcher()


def test_a_column_that_the_city_needs_is_gone(fetcher: Fetcher):
    fetcher.portal.fail("edit", EXPORT, option=lambda body: body.replace(b"IUCR", b"Code").replace(b"FBI", b"The"))
    assert "not publish the columns 'iucr', 'fbi_code', which chicago needs; it publishes ID, Case" in refused(fetcher)
    fetcher()
    fetcher.dataset.put(1, hours(5), **values(1))
    fetcher.portal.fail("edit", PAGE, option=lambda body: body.replace(b"iucr", b"code"))
    with pytest.raises(PortalError, match="does not publish the columns 'iucr', which chicago needs"):
        fetcher()


def test_other_columns_that_come_and_go_are_told(fetcher: Fetcher):
    fetcher()
    assert "warning" not in fetcher.messages.getvalue()
    del fetcher.dataset.titles["block"]
    for values_, _ in fetcher.dataset.rows.values():
        del values_["block"]
    fetcher.dataset.titles["new_column"] = "New Column"
    fetcher.dataset.put(11, hours(5), **{k: v for k, v in values(11).items() if k != "block"}, new_column="x")
    header, record = read(fetcher.fetch_single().file)  # type: ignore[arg-type]
    assert (header[-1], record[-1]) == ("new_column", "x")
    assert (
        f"warning: chicago {DATASET}: new columns: 'new_column'; removed columns: 'Block'"
        in fetcher.messages.getvalue()
    )


@pytest.mark.parametrize("times", [1, 2])
def test_columns_that_change_between_pages(fetcher: Fetcher, times: int):
    def widened(body: bytes) -> bytes:
        lines = body.decode().splitlines()
        return "".join(f"{line},{'extra' if index == 0 else 'x'}\n" for index, line in enumerate(lines)).encode()

    fetcher()
    for number in (1, 2, 4, 5, 7):
        fetcher.dataset.put(number, hours(5), **values(number))
    for _ in range(times):
        fetcher.portal.fail("edit", PAGE, after=1, option=widened)
    if times == 1:
        assert len(read(fetcher.fetch_single().file)) == 6  # type: ignore[arg-type]
        assert "columns changed between two pages: new columns: 'extra'; starting over" in fetcher.messages.getvalue()
    else:
        with pytest.raises(PortalError, match="columns changed between two pages: new columns: 'extra', also after"):
            fetcher()


def test_the_token_is_sent_to_its_portal_alone(fetcher: Fetcher):
    with FakePortal() as elsewhere:
        elsewhere.datasets = fetcher.portal.datasets
        fetcher.portal.fail("redirect", EXPORT, option=elsewhere.base)
        fetcher.portal.fail("redirect", COUNT, option="")  # to itself
        holds_all(fetcher)
        assert [headers.get("X-App-Token") for _, _, headers in fetcher.portal.requests] == [TOKEN] * 3
        assert [headers.get("X-App-Token") for _, _, headers in elsewhere.requests] == [None]


@pytest.mark.parametrize("token", ["sek ret", "sekret\nX-Other: 1", "sekrét"])
def test_a_token_that_cannot_be_one_is_refused_without_showing_it(fetcher: Fetcher, token: str):
    fetcher.token = token
    with pytest.raises(UsageError) as refused:
        fetcher()
    assert (
        str(refused.value) == "the application token in $SOCRATA_APP_TOKEN has invalid characters; check the variable"
    )
    assert fetcher.portal.requests == []


def test_blanks_around_the_token_are_none_of_it(fetcher: Fetcher):
    fetcher.token = f" {TOKEN}\n"
    fetcher()
    assert {headers["X-App-Token"] for _, _, headers in fetcher.portal.requests} == {TOKEN}


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_needed(fetcher: Fetcher, token: str | None):
    fetcher.token = token
    fetcher()
    assert {headers.get("X-App-Token") for _, _, headers in fetcher.portal.requests} == {None}
