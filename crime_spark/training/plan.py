"""The cells: city x task x learner x protocol x policy x training years, and which years each is scored on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crime_spark.errors import UsageError
from crime_spark.learners.learner import Learner
from crime_spark.schemas import CELL_KEY
from crime_spark.tasks.task import Task

FAIR = "fair"


@dataclass(frozen=True)
class Cell:
    """The unit of work and of re-running; its keys stand in every gold table about models and in the model's path."""

    city: str
    task: Task = field(repr=False)
    learner: Learner = field(repr=False)
    protocol: str
    policy: str
    train_from: int
    train_to: int

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
            *(self.city, self.task.name, self.learner.name, self.protocol, self.policy),
            *(self.train_from, self.train_to),
        )
        return dict(zip(CELL_KEY, values, strict=True))

    @property
    def model(self) -> str:
        """Where the model lies below the lake."""
        return "models/" + "/".join(f"{key}={value}" for key, value in self.keys.items())

    def __str__(self) -> str:
        years = str(self.train_to) if self.train_from == self.train_to else f"{self.train_from}-{self.train_to}"
        return f"{self.city} {self.task.name} {years} to {self.test_year}: {self.learner.name}"


@dataclass(frozen=True)
class Block:
    """Cells that differ in their learner alone, so that they share the prepared rows."""

    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        spans = {(c.city, c.task.name, c.protocol, c.policy, c.train_from, c.train_to) for c in self.cells}
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


def illegal_pairs(tasks: Iterable[Task], learners: Iterable[Learner]) -> list[str]:
    """A fault for each learner that cannot fit the kind of a task."""
    return [
        f"learner {learner.name} cannot fit task {task.name}: it is {type(task.kind).__name__}, not "
        f"{' or '.join(kind.__name__ for kind in learner.kinds)}"
        for task in tasks
        for learner in learners
        if type(task.kind) not in learner.kinds
    ]


def plan_blocks(
    years: Mapping[str, Iterable[int]], tasks: Sequence[Task], learners: Sequence[Learner], protocol: str
) -> list[Block]:
    """A block for each city and task and year Y whose next year has rows too.

    years holds the years with rows by city. per_year fits Y alone; expanding every year up to Y that has rows.

    Raises:
        UsageError: a learner cannot fit a task.
    """
    if faults := illegal_pairs(tasks, learners):
        raise UsageError("; ".join(faults))
    blocks = []
    for city, held in years.items():
        present = set(held)
        for task in tasks:
            for year in sorted(y for y in present if y + 1 in present):
                start = year if protocol == "per_year" else min(present)
                cells = (Cell(city, task, learner, protocol, FAIR, start, year) for learner in learners)
                blocks.append(Block(tuple(cells)))
    return blocks
