"""What is predicted: one declaration a task, and the tuple of all of them."""

from crime_spark.tasks.serious_offense import SERIOUS_OFFENSE
from crime_spark.tasks.task import Task

TASKS: tuple[Task, ...] = (SERIOUS_OFFENSE,)
