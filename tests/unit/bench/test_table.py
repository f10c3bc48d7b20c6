"""The table in docs/speed.md is the one that the committed results of the benches give."""

from __future__ import annotations

import json

import pytest
from results import RESULTS, Bench, Comparison, load, ratio, save
from table import BEGIN, END, PAGE, inserted, table

RESULT = {
    "name": "run-2015-2018",
    "title": "Chicago 2015-2018",
    "command": "make bench DATA=DIR YEARS=2015-2018",
    "commit": "abc",
    "date": "2026-12-01",
    "cores": 2,
    "comparisons": [
        {"what": "all", "peer": "A", "wall": 0.5, "processor": 1.25, "memory": 2, "note": "best AUC .7"},
        {"what": "all", "peer": "B", "wall": None, "processor": None, "memory": None, "note": "ran out of memory"},
    ],
    "figures": {},
}


def test_speed_page_has_the_table_of_the_committed_results():
    text = PAGE.read_text(encoding="utf-8")
    assert text == inserted(text, table(load())), "run `make bench-table`"


def test_every_committed_result_has_its_command_and_commit():
    names = {path.stem for path in RESULTS.glob("*.json")}
    assert names == {result["name"] for result in load()}
    for result in load():
        assert result["command"].startswith("make bench")
        assert result["commit"] not in {"", "unknown"}
        assert result["cores"] > 0
        assert result["comparisons"]
        assert result["figures"]


def test_table_has_a_row_per_comparison_and_a_line_per_bench():
    assert table([RESULT]) == (
        "| bench | work | compared with | wall time | CPU time | peak memory | note |\n"
        "|---|---|---|---|---|---|---|\n"
        "| run-2015-2018 | all | A | 0.50× | 1.25× | 2.00× | best AUC .7 |\n"
        "| run-2015-2018 | all | B | – | – | – | ran out of memory |\n"
        "\n"
        "- Chicago 2015-2018: `make bench DATA=DIR YEARS=2015-2018`, commit abc, 2026-12-01, 2 cores"
    )


def test_table_without_results_tells_how_to_measure():
    assert table([]).startswith("No bench has been run yet: `make bench ")


def test_table_is_inserted_between_its_marks():
    page = f"before\n{BEGIN}\n\n{END}\nafter\n"
    once = inserted(page, "new")
    assert once == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert inserted(once, "new") == once


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}"])
def test_page_without_marks_is_refused(page):
    with pytest.raises(ValueError, match="make bench-table"):
        inserted(page, "new")


def test_saved_result_has_command_commit_date_and_cores(tmp_path):
    bench = Bench("run-2015-2018", "Chicago", "make bench")
    path = save(bench, [Comparison("all", "A", ratio(3, 2), note="n")], {"rows": 5}, tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == "run-2015-2018.json"
    assert content["comparisons"] == [
        {"what": "all", "peer": "A", "wall": 1.5, "processor": None, "memory": None, "note": "n"}
    ]
    assert (content["command"], content["figures"]) == ("make bench", {"rows": 5})
    assert {"commit", "date", "cores", "load"} < set(content)
    assert load(tmp_path) == [content]


def test_ratio_to_zero_is_none():
    assert ratio(1.0, 0.0) is None
