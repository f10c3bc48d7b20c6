"""The maintain stage: every table of the lake, compacted and without obsolete files."""

from __future__ import annotations

from crime_spark.stages.options import LAKE
from crime_spark.stages.stage import Outcome, Run, Stage


def run(run: Run) -> Outcome:
    """Compact every table and delete obsolete files; the result has one line per table."""
    from crime_spark.schemas import STORED
    from crime_spark.tasks import TASKS
    from crime_spark.upkeep import maintain

    tables = [*STORED, *(task.examples for task in TASKS)]
    return Outcome("\n".join(map(str, maintain(run.lake, tables, run.settings.upkeep, run.progress))))


STAGE = Stage(
    name="maintain",
    summary="Compact small files and delete obsolete ones",
    reads=("every table",),
    writes=("the same tables in fewer files",),
    needs=("ledger",),
    options=(LAKE,),
    example="--lake lake",
    run=run,
)
