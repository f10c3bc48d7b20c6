"""The simulation of the feedback loop that docs/feedback_loop.md describes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.feedback import DISCOVERED, MOST, PROPORTION, REPORTED, largest, simulate, table

PAGE = Path(__file__).parents[2] / "docs" / "feedback_loop.md"


def run(counted: str, sent: str, seed: int = 1) -> np.ndarray:
    return simulate(counted, sent, areas=4, rounds=200, runs=100, rate=5.0, patrols=20, seed=seed)


@pytest.mark.parametrize("sent", [PROPORTION, MOST])
def test_reported_offenses_converge_and_found_offenses_diverge(sent):
    result, reported = largest(run(DISCOVERED, sent)), largest(run(REPORTED, sent))
    assert result[0] == reported[0] > 0.3
    assert result[-1] > result[0] + 0.02
    assert reported[-1] == pytest.approx(0.25, abs=0.02)


def test_sending_all_patrols_to_the_largest_area_concentrates_all_records_there():
    assert largest(run(DISCOVERED, MOST))[-1] > 0.95


def test_largest_area_is_random():
    ends = run(DISCOVERED, MOST)[:, -1].argmax(axis=1)
    assert np.bincount(ends, minlength=4).min() > 10


def test_shares_sum_to_one_and_the_seed_decides():
    shares = run(DISCOVERED, PROPORTION)
    assert shares.shape == (100, 201, 4)
    np.testing.assert_allclose(shares.sum(axis=2), 1.0)
    np.testing.assert_array_equal(shares, run(DISCOVERED, PROPORTION))
    assert not np.array_equal(shares, run(DISCOVERED, PROPORTION, seed=2))


def test_page_has_the_table_of_a_run():
    assert table(4, [0, 10, 100, 1000], 500, 5.0, 20, 20130731) in PAGE.read_text(encoding="utf-8")
