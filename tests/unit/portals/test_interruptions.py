"""Whatever stops a fetch, at whatever step: the next one is right, and nothing half done is ever in sight."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crime_spark.errors import PortalError
from crime_spark.portals.manifest import ENDING, read_manifest
from tests.unit.portals.conftest import CHICAGO, DATASET, Fetcher, read, values
from tests.unit.portals.portal_server import hours

PAGE = f"{DATASET}.csv"
CHANGED = [str(number) for number in range(1, 9)]


class KilledError(BaseException):
    """As if the process ended here; nothing catches it."""


def kill_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """The process ends before the step-th change of names on disk; gives how many steps there were."""
    taken = 0

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **names: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken == step:
                raise KilledError
            return real(*args, **names)

        return call

    monkeypatch.setattr(os, "replace", guarded(os.replace))
    monkeypatch.setattr(shutil, "rmtree", guarded(shutil.rmtree))
    return lambda: taken


def change(fetcher: Fetcher) -> None:
    for number in map(int, CHANGED):
        fetcher.dataset.put(number, hours(5), **values(number, block="new"))


def whole(fetcher: Fetcher) -> None:
    """Every landed file in sight has a manifest that is true of it."""
    for file in fetcher.folder.glob(f"{DATASET}_*.csv.gz"):
        manifest = read_manifest(file.with_name(file.name + ENDING))
        assert manifest.rows == len(read(file)) - 1


def test_an_export_stopped_at_any_step(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch):
    for step in range(1, 10):
        with monkeypatch.context() as patched:
            steps = kill_at(step, patched)
            try:
                fetcher()
            except KilledError:
                whole(fetcher)
            else:
                break
        fetcher()
        whole(fetcher)
        assert len(fetcher.landed()) == 2
        assert sorted(map(tuple, read(fetcher.folder / fetcher.landed()[0])[1:])) == fetcher.dataset.present()
        assert list(fetcher.folder.glob(".*")) == []
        shutil.rmtree(fetcher.landing)
    assert (step, steps()) == (4, 3)  # manifest, file, clearing up


def test_an_increment_stopped_at_any_step(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch):
    fetcher()
    kept = fetcher.landing.with_name("kept")
    shutil.copytree(fetcher.landing, kept)
    change(fetcher)
    contents = set()
    for step in range(1, 20):
        with monkeypatch.context() as patched:
            steps = kill_at(step, patched)
            try:
                fetcher()
            except KilledError:
                whole(fetcher)
            else:
                break
        fetcher()
        whole(fetcher)
        landed = fetcher.folder / f"{DATASET}_2026-01-10T110000Z.csv.gz"
        assert fetcher.landed()[2:] == [landed.name, landed.name + ENDING]
        assert [record[0] for record in read(landed)[1:]] == CHANGED
        contents.add(landed.read_bytes())
        assert list(fetcher.folder.glob(".*")) == []
        shutil.rmtree(fetcher.landing)
        shutil.copytree(kept, fetcher.landing)
    assert steps() == 8  # emptying, the window, three pages, manifest, file, clearing up
    assert len(contents) == 1  # equal content, equal bytes


def test_pages_on_disk_are_not_asked_for_again(fetcher: Fetcher):
    fetcher()
    change(fetcher)
    fetcher.portal.fail("status", PAGE, after=2, times=3, option=(500, None))
    with pytest.raises(PortalError, match="HTTP 500"):
        fetcher()
    asked = len(fetcher.pages())
    fetcher.dataset.put(20, hours(7), **values(20))
    landed = fetcher.fetch_single()
    assert [":id > " in query["$where"] for query in fetcher.pages()[asked:]] == [True, True]
    assert "continuing after 2 pages of an interrupted fetch" in fetcher.messages.getvalue()
    assert [record[0] for record in read(landed.file)[1:]] == [*CHANGED, "20"]  # type: ignore[arg-type]
    # As of the first answer of the fetch that was interrupted: what came since may be behind its pages.
    assert landed.manifest.as_of == "2026-01-10T11:00:00Z"
    assert fetcher.fetch_single().manifest.rows == 1


def test_pages_of_another_window_are_not_used(fetcher: Fetcher):
    fetcher()
    change(fetcher)
    fetcher.portal.fail("status", PAGE, after=2, times=3, option=(500, None))
    with pytest.raises(PortalError):
        fetcher()
    landed = fetcher.fetch_single(overlap_hours=1)
    assert landed.manifest.rows == 10
    assert "going on" not in fetcher.messages.getvalue()


@pytest.mark.parametrize("state", ["", "{", "[]", '{"other": 1}'])
def test_a_damaged_record_of_pages_is_not_used(fetcher: Fetcher, state: str):
    fetcher()
    change(fetcher)
    work = fetcher.folder / f".{DATASET}"
    work.mkdir()
    (work / "window.json").write_text(state)
    assert fetcher.fetch_single().manifest.rows == 8


def test_a_file_without_its_manifest_is_no_finished_fetch(fetcher: Fetcher):
    landed = fetcher.fetch_single()
    (fetcher.folder / (landed.manifest.data_name + ENDING)).unlink()
    assert fetcher.fetch_single().manifest.kind == "export"


def test_a_manifest_without_its_file_is_no_finished_fetch(fetcher: Fetcher):
    landed = fetcher.fetch_single()
    change(fetcher)
    later = fetcher.fetch_single()
    later.file.unlink()  # type: ignore[union-attr]
    assert fetcher.fetch_single().manifest == later.manifest
    for first in (landed, later):
        first.file.unlink()  # type: ignore[union-attr]
    assert fetcher.fetch_single().manifest.kind == "export"
    assert len(fetcher.landed()) == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"dataset": "abcd-1234"}'])
def test_a_damaged_manifest_is_refused_by_name(fetcher: Fetcher, text: str):
    landed = fetcher.fetch_single()
    path = fetcher.folder / (landed.manifest.data_name + ENDING)
    path.write_text(text)
    with pytest.raises(PortalError, match=rf"{path.name} is not a valid manifest .*; remove it, and fetch continues"):
        fetcher()


def test_a_process_killed_between_two_pages(fetcher: Fetcher):
    fetcher()
    change(fetcher)
    fetcher.portal.fail("hang", PAGE, after=2)
    portal = {"host": fetcher.portal.base, "datasets": [DATASET]}
    overlay = fetcher.landing.with_name("portals.yml")
    overlay.write_text(
        f"portals:\n  page_rows: 3\n  overlap_hours: 0\n  cities:\n    {CHICAGO.name}: {portal}\n", encoding="utf-8"
    )
    program = (
        "import sys; from crime_spark.cities import CITIES; from crime_spark.config import load_settings\n"
        "from crime_spark.portals.downloads import fetch; from crime_spark.progress import Progress\n"
        "cities = [city for city in CITIES if city.name == sys.argv[3]]\n"
        "fetch(sys.argv[1], cities, load_settings(sys.argv[2]).portals, Progress())\n"
    )
    command = [sys.executable, "-c", program, str(fetcher.landing), str(overlay), CHICAGO.name]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3], stderr=subprocess.PIPE) as process:
        while len(fetcher.pages()) < 3 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, process.stderr and process.stderr.read()
    fetcher.portal.released.set()
    asked = len(fetcher.pages())
    assert len(fetcher.landed()) == 2
    landed = fetcher.fetch_single()
    assert [record[0] for record in read(landed.file)[1:]] == CHANGED  # type: ignore[arg-type]
    assert len(fetcher.pages()) == asked + 2  # the page it was killed in, and the empty one
