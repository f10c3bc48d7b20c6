"""Warnings on pages with figures of the generated sample."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from crime_spark.cities.generated import is_generated
from crime_spark.reporting.material import Material
from crime_spark.reporting.origin import ALL_GENERATED, PARTLY_GENERATED, marked_title, origin, warning
from crime_spark.reporting.page import build_page
from crime_spark.reporting.stage import card_pages, card_titles
from crime_spark.reporting.summary import summary_text
from tests.unit.reporting.records import CHICAGO, LOS_ANGELES, Rows, entry, full_material

NOW = datetime(2024, 5, 1, 3, 5)
SAMPLE = entry("/lake-sample/chicago/generated_sample_chicago_2014_no_ids.csv.gz", 10)
AGAIN = entry("s3a://b/generated_sample_chicago_2015.csv@0123456789ab", 10)
REAL = entry("/landing/generated_sample_of_files/ijzp-q8t2_2026-01-31T050000Z.csv.gz", 10)
NOTHING_KEPT = entry("/lake-sample/chicago/generated_sample_chicago_2016.csv", 10, superseded=10)
OF_ANOTHER = entry("/y/generated_sample_los_angeles_2018.csv", 10, city="los_angeles")


@pytest.mark.parametrize(
    ("ledger", "warned"),
    [
        ([], ""),
        ([REAL, OF_ANOTHER, NOTHING_KEPT], ""),
        ([SAMPLE, AGAIN], ALL_GENERATED),
        ([SAMPLE, REAL], PARTLY_GENERATED),
    ],
)
def test_origin_depends_on_the_files_with_accepted_rows(ledger: Rows, warned: str) -> None:
    material = Material((CHICAGO,), ledger)
    assert origin(material) == warned
    assert bool(warning(material)) == bool(warned)
    page = build_page(material, NOW)
    assert page.count(f"<strong>{warned}</strong>") == bool(warned)
    assert ("generator" in page, "generated data)</h1>" in page) == (bool(warned), bool(warned))


@pytest.mark.parametrize("name", ["2016.csv", "generated_2016.csv", "a/sample.csv", "generated_sample_x/2016.csv"])
def test_other_file_names_are_not_generated(name: str) -> None:
    assert not is_generated(name)


def test_cards_warn_only_about_their_city() -> None:
    material = replace(full_material(), ledger=[SAMPLE, entry("/y/la.csv", 10, city="los_angeles")])
    for name, text in card_pages(material, NOW).items():
        assert (f"<strong>{ALL_GENERATED}</strong>" in text) == name.startswith("chicago"), name
        assert ("(generated data)" in card_titles(material)[name]) == name.startswith("chicago"), name
    assert marked_title("Both", material) == "Both (partly generated data)"
    assert "wrote all files of Chicago so" in warning(material)


def test_warning_counts_the_generated_files() -> None:
    material = Material((CHICAGO, LOS_ANGELES), [SAMPLE, REAL, OF_ANOTHER])
    assert "1 of the 2 files of Chicago and all files of Los Angeles" in warning(material)


def test_summary_warns_too() -> None:
    material = Material((CHICAGO,), [SAMPLE])
    assert summary_text(material, "lake", [], None).startswith(f"Rows by city ({ALL_GENERATED})")
