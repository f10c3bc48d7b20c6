"""The cells: city x task x learner x protocol x policy x delay x training years, and the year each is scored on."""

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
    """The unit of work and of rerunning. Its keys are columns of every gold table about models, and its model's path.

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
        """The year that the cell is judged on."""
        return self.train_to + 1

    @property
    def train_years(self) -> range:
        """The years it is fitted on."""
        return range(self.train_from, self.train_to + 1)

    @property
    def keys(self) -> dict[str, str | int]:
        """The cell's keys as columns of gold tables."""
        values = (
            *(self.city, self.task.name, self.learner.name, self.protocol, self.policy, self.delay),
            *(self.train_from, self.train_to),
        )
        return dict(zip(CELL_KEY, values, strict=True))

    @property
    def model(self) -> str:
        """Where the model lies below the lake."""
        return "models/" + "/".join(f"{key}={value}" for key, value in self.keys.items())

    def __str__(self) -> str:
        years = str(self.train_to) if self.train_from == self.train_to else f"{self.train_from}-{self.train_to}"
        delayed = f" {self.delay} days late" if self.delay else ""
        return f"{self.city} {self.task.name}{delayed} {years} to {self.test_year}: {self.learner.name}"


@dataclass(frozen=True)
class Block:
    """Cells that differ in their learner alone, so that they share the prepared rows."""

    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        shared = [{**cell.keys, "learner": cell.selection} for cell in self.cells]
        spans = {tuple(each.values()) for each in shared}
        if len(spans) != 1:
            raise ValueError(f"cells of different rows in one block: {spans}")

    @property
    def first(self) -> Cell:
        """Any of the cells, for what they share."""
        return self.cells[0]

    @property
    def where(self) -> dict[str, str | int | list[str]]:
        """The keys of all its cells, for replacing their rows together."""
        return {**self.first.keys, "learner": [cell.learner.name for cell in self.cells]}


def unfit(task: Task, learner: Learner) -> str | None:
    """Why the learner cannot fit the task; None if it can."""
    if type(task.kind) not in learner.kinds:
        able = " or ".join(kind.__name__ for kind in learner.kinds)
        return f"learner {learner.name} cannot fit task {task.name}: it is {type(task.kind).__name__}, not {able}"
    held = {feature.name for feature in task.inputs("fair")}
    if lacking := [name for name in learner.needs if name not in held]:
        return f"learner {learner.name} cannot fit task {task.name}, which has no {', '.join(lacking)}"
    return None


def illegal_pairs(tasks: Iterable[Task], learners: Iterable[Learner]) -> list[str]:
    """A fault for each learner that cannot fit any of the tasks, and for each task that none of them can fit."""
    pairs = [(task, learner, unfit(task, learner)) for task in tasks for learner in learners]
    legal = [(task, learner) for task, learner, reason in pairs if reason is None]
    alone = {task.name for task, _ in legal}, {learner.name for _, learner in legal}
    return [
        reason
        for task, learner, reason in pairs
        if reason is not None and (task.name not in alone[0] or learner.name not in alone[1])
    ]


def plan_blocks(
    years: Mapping[str, Iterable[int]],
    tasks: Sequence[Task],
    learners: Sequence[Learner],
    protocol: Protocol,
    policy: Policy = "fair",
    delays: Mapping[str, int] | None = None,
) -> list[Block]:
    """A block for each city and task and year Y whose next year has rows too; pairs that are not legal have no cell.

    years holds the years with rows by city, delays the days by which its data is late: a panel is fitted without any
    delay and with that one. per_year fits Y alone; expanding every year up to Y that has rows.

    Raises:
        UsageError: a learner can fit no task, or no learner a task.
    """
    if faults := illegal_pairs(tasks, learners):
        raise UsageError("; ".join(faults))
    blocks = []
    for city, held in years.items():
        present = set(held)
        for task in tasks:
            able = [learner for learner in learners if unfit(task, learner) is None]
            late = sorted({0, (delays or {}).get(city, 0)}) if isinstance(task.grain, Panel) else [0]
            for year in sorted(y for y in present if y + 1 in present):
                start = year if protocol == "per_year" else min(present)
                for delay in late:
                    cells = (Cell(city, task, learner, protocol, policy, delay, start, year) for learner in able)
                    blocks.append(Block(tuple(cells)))
    return blocks
