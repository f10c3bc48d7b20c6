"""Which cells there are, and what stands in their keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crime_spark.errors import UsageError
from crime_spark.fitting.cells import Block, Cell, illegal_pairs, plan_blocks, unfit
from crime_spark.kinds import Ranking
from crime_spark.schemas import CELL_KEY
from crime_spark.tasks.grain import Panel
from tests.unit.training.tiny import PRIOR, RATE, TASK

HOT = replace(TASK, name="hot", kind=Ranking(), grain=Panel("cell", 24), target="offense_group", label="1D")


def spans(years: dict[str, list[int]], protocol: str) -> list[tuple[str, int, int, int]]:
    blocks = plan_blocks(years, [TASK], [PRIOR], protocol)
    return [(b.first.city, b.first.train_from, b.first.train_to, b.first.test_year) for b in blocks]


def cell(**changes: object) -> Cell:
    return replace(Cell("chicago", TASK, PRIOR, "expanding", "fair", 0, 2013, 2015), **changes)


def test_per_year_fits_one_year_and_tests_on_the_next():
    assert spans({"a": [2015, 2016, 2017], "b": [2010, 2011]}, "per_year") == [
        ("a", 2015, 2015, 2016),
        ("a", 2016, 2016, 2017),
        ("b", 2010, 2010, 2011),
    ]


def test_expanding_fits_every_year_so_far():
    assert spans({"a": [2017, 2015, 2016]}, "expanding") == [("a", 2015, 2015, 2016), ("a", 2015, 2016, 2017)]


@pytest.mark.parametrize(("protocol", "first"), [("per_year", 2018), ("expanding", 2015)])
def test_a_gap_has_no_test_year(protocol, first):
    assert spans({"a": [2015, 2018, 2019]}, protocol) == [("a", first, 2018, 2019)]


@pytest.mark.parametrize("years", [[], [2015], [2015, 2017]])
def test_without_two_consecutive_years_there_is_no_cell(years):
    assert spans({"a": years}, "per_year") == []


def test_a_block_holds_a_cell_for_each_learner_and_a_task_has_blocks_of_its_own():
    other = replace(TASK, name="other")
    blocks = plan_blocks({"a": [2015, 2016]}, [TASK, other], [PRIOR, RATE], "per_year")
    assert [[(c.task.name, c.learner.name) for c in block.cells] for block in blocks] == [
        [("tiny", "class_prior"), ("tiny", "area_premise_rate")],
        [("other", "class_prior"), ("other", "area_premise_rate")],
    ]


def test_a_pair_that_cannot_be_fitted_is_refused_with_the_reason():
    reason = "learner area_premise_rate cannot fit task hot: it is Ranking, not Binary"
    assert illegal_pairs([TASK, HOT], [RATE]) == [reason]
    with pytest.raises(UsageError, match=reason):
        plan_blocks({"a": [2015, 2016]}, [HOT], [RATE], "per_year")


def test_a_learner_that_needs_a_column_can_fit_no_task_without_it():
    needy = replace(PRIOR, needs=("moon",))
    assert unfit(TASK, needy) == "learner class_prior cannot fit task tiny, which has no moon"


def test_a_pair_is_left_out_where_task_and_learner_have_others():
    other = replace(RATE, name="other", kinds=(Ranking,))
    assert illegal_pairs([TASK, HOT], [RATE, other]) == []
    blocks = plan_blocks({"a": [2015, 2016]}, [TASK, HOT], [RATE, other], "per_year")
    assert [[(c.task.name, c.learner.name) for c in block.cells] for block in blocks] == [
        [("tiny", "area_premise_rate")],
        [("hot", "other")],
    ]


def test_a_panel_is_fitted_with_and_without_the_delay_of_its_city():
    counts = replace(RATE, kinds=(Ranking,))
    blocks = plan_blocks({"a": [1, 2], "b": [1, 2]}, [HOT], [counts], "per_year", delays={"a": 7, "b": 0})
    assert [(block.first.city, block.first.delay) for block in blocks] == [("a", 0), ("a", 7), ("b", 0)]
    assert plan_blocks({"a": [1, 2]}, [TASK], [PRIOR], "per_year", delays={"a": 7})[0].first.delay == 0


def test_keys_of_a_cell_are_those_of_every_gold_table():
    assert cell().keys == {
        "city": "chicago",
        "task": "tiny",
        "learner": "class_prior",
        "protocol": "expanding",
        "policy": "fair",
        "delay": 0,
        "train_from": 2013,
        "train_to": 2015,
    }
    assert tuple(cell().keys) == CELL_KEY
    assert (cell().test_year, list(cell().train_years)) == (2016, [2013, 2014, 2015])
    assert [str(cell()), str(cell(train_from=2015))] == [
        "chicago tiny 2013-2015 to 2016: class_prior",
        "chicago tiny 2015 to 2016: class_prior",
    ]


def test_a_model_path_holds_every_key_so_that_nothing_overwrites_anything_else():
    assert cell().model == (
        "models/city=chicago/task=tiny/learner=class_prior/protocol=expanding/policy=fair/delay=0/train_from=2013/train_to=2015"
    )
    others = [
        *(cell(city="x"), cell(task=replace(TASK, name="x")), cell(learner=RATE), cell(protocol="per_year")),
        *(cell(policy="x"), cell(delay=7), cell(train_from=2014), cell(train_to=2016)),
    ]
    assert len({c.model for c in [cell(), *others]}) == len({*others, cell()}) == 9


def test_a_block_names_its_learners_for_replacing_their_rows_together():
    assert Block((cell(), cell(learner=RATE))).where == {
        **cell().keys,
        "learner": ["class_prior", "area_premise_rate"],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"city": "x"},
        {"delay": 7},
        {"task": replace(TASK, name="x")},
        {"train_from": 2014},
        {"train_to": 2016},
        {"protocol": "x"},
    ],
)
def test_a_block_refuses_cells_of_different_rows(change):
    with pytest.raises(ValueError, match="cells of a block must differ only in their learner"):
        Block((cell(), cell(learner=RATE, **change)))
