"""Known intervals: rows of drawn blocks, each as often as its block is drawn, and every metric asked of them again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def slow_resamples(
    metrics: Mapping[str, Callable[..., float]], columns: tuple[Any, ...], block: Any, resamples: int, seed: int
) -> dict[str, list[float]]:
    """Each metric of each resample; metrics are asked with the columns' drawn rows."""
    stored = np.unique(block)
    draws = np.random.default_rng(seed).multinomial(len(stored), [1 / len(stored)] * len(stored), size=resamples)
    values: dict[str, list[float]] = {name: [] for name in metrics}
    for draw in draws:
        times = zip(stored, draw, strict=True)
        taken = np.concatenate([np.flatnonzero(block == item) for item, often in times for _ in range(often)])
        for name, metric in metrics.items():
            values[name].append(metric(*(column[taken] for column in columns)))
    return values


def slow_intervals(
    metrics: Mapping[str, Callable[..., float]], columns: tuple[Any, ...], block: Any, resamples: int, seed: int
) -> dict[str, tuple[float, float]]:
    """The 2.5 % and 97.5 % points of `slow_resamples`."""
    drawn = slow_resamples(metrics, columns, block, resamples, seed)
    return {name: tuple(np.nanpercentile(values, [2.5, 97.5])) for name, values in drawn.items()}
