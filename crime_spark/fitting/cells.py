"""Cells (city x task x learner x protocol x policy x delay x training years), blocks, and the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crime_spark.errors import UsageError
from crime_spark.learners.learner import Learner
from crime_spark.schemas import CELL_KEY
from crime_spark.settings import Policy, Protocol
from crime_spark.tasks.grain import Panel
from crime_spark.tasks.task import Task


@dataclass(frozen=True)
class Cell:
    """The unit of work and of rerunning. Its keys are columns of all gold tables about models, and the model's path.

    `selection` says which features are selected, in the format of fitting/feature_selection.py; if it is empty, all
    features are used. Like the learner's settings, it is not part of the key.
    """

    city: str
    task: Task = field(repr=False)
    learner: Learner = field(repr=False)
    protocol: Protocol
    policy: Policy
    delay: int
    train_from: int
    train_to: int
    selection: str = field(default="", repr=False)

    @property
    def test_year(self) -> int:
        """The year after training, on which the cell is evaluated."""
        return self.train_to + 1

    @property
    def train_years(self) -> range:
        """The training years."""
        return range(self.train_from, self.train_to + 1)

    @property
    def keys(self) -> dict[str, str | int]:
        """The key of the cell in gold tables."""
        values = (
            *(self.city, self.task.name, self.learner.name, self.protocol, self.policy, self.delay),
            *(self.train_from, self.train_to),
        )
        return dict(zip(CELL_KEY, values, strict=True))

    @property
    def model(self) -> str:
        """The path of the model in the lake."""
        return "models/" + "/".join(f"{key}={value}" for key, value in self.keys.items())

    def __str__(self) -> str:
        years = str(self.train_to) if self.train_from == self.train_to else f"{self.train_from}-{self.train_to}"
        delayed = f" {self.delay} days late" if self.delay else ""
        return f"{self.city} {self.task.name}{delayed} {years} to {self.test_year}: {self.learner.name}"


@dataclass(frozen=True)
class Block:
    """Cells that differ only in their learner and share prepared rows.

    Raises:
        ValueError: the cells differ in other keys.
    """

    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        shared = [{**cell.keys, "learner": cell.selection} for cell in self.cells]
        spans = {tuple(keys.values()) for keys in shared}
        if len(spans) != 1:
            raise ValueError(f"cells of a block must differ only in their learner; got {spans}")

    @property
    def first(self) -> Cell:
        """The first cell, for properties that all cells share."""
        return self.cells[0]

    @property
    def where(self) -> dict[str, str | int | list[str]]:
        """The keys of all cells, as a condition for replacing their rows."""
        return {**self.first.keys, "learner": [cell.learner.name for cell in self.cells]}


def unfit(task: Task, learner: Learner) -> str | None:
    """The reason why a learner cannot fit a task; None if it can."""
    if type(task.kind) not in learner.kinds:
        kinds = " or ".join(kind.__name__ for kind in learner.kinds)
        return f"learner {learner.name} cannot fit task {task.name}: it is {type(task.kind).__name__}, not {kinds}"
    names = {feature.name for feature in task.inputs("fair")}
    if lacking := [name for name in learner.needs if name not in names]:
        return f"learner {learner.name} cannot fit task {task.name}, which has no {', '.join(lacking)}"
    return None


def illegal_pairs(tasks: Iterable[Task], learners: Iterable[Learner]) -> list[str]:
    """A fault for each learner that can fit none of the tasks, and for each task that none of the learners can fit."""
    pairs = [(task, learner, unfit(task, learner)) for task in tasks for learner in learners]
    legal = [(task, learner) for task, learner, reason in pairs if reason is None]
    covered = {task.name for task, _ in legal}, {learner.name for _, learner in legal}
    return [
        reason
        for task, learner, reason in pairs
        if reason is not None and (task.name not in covered[0] or learner.name not in covered[1])
    ]


def plan_blocks(
    years: Mapping[str, Iterable[int]],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    protocol: Protocol,
    policy: Policy = "fair",
    delays: Mapping[str, int] | None = None,
) -> list[Block]:
    """Plan a block for each city, task and year with rows whose next year has rows too.

    Pairs of task and learner that do not fit have no cell.

    Args:
        years: years with rows, by city.
        tasks, learners: the tasks and learners.
        protocol: per_year trains on the year alone, expanding on all years up to it.
        policy: the policy.
        delays: publication lag in days, by city. A panel is fitted with delay 0 and with this delay.

    Raises:
        UsageError: a learner can fit none of the tasks, or a task no learner can fit.
    """
    if faults := illegal_pairs(tasks, learners):
        raise UsageError("; ".join(faults))
    blocks = []
    for city, years_of_city in years.items():
        present = set(years_of_city)
        for task in tasks:
            fitting = [learner for learner in learners if unfit(task, learner) is None]
            delays_of_task = sorted({0, (delays or {}).get(city, 0)}) if isinstance(task.grain, Panel) else [0]
            for year in sorted(y for y in present if y + 1 in present):
                start = year if protocol == "per_year" else min(present)
                for delay in delays_of_task:
                    cells = (Cell(city, task, learner, protocol, policy, delay, start, year) for learner in fitting)
                    blocks.append(Block(tuple(cells)))
    return blocks
