"""Every learner: fitted on the examples of a task it can fit, it scores rows whose values it has never seen."""

from __future__ import annotations

from datetime import datetime

import pytest
from pyspark.ml import Estimator, Model, PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession

from crime_spark.features.examples import to_examples
from crime_spark.features.preparing import prepare, usable, weighted
from crime_spark.learners import LEARNERS
from crime_spark.learners.learner import Shape
from crime_spark.tasks import TASKS
from tests.incidents import incident, incidents

PAIRS = [(learner, next(t for t in TASKS if type(t.kind) in learner.kinds)) for learner in LEARNERS]


@pytest.fixture(scope="module")
def known(spark: SparkSession) -> DataFrame:
    """Incidents in two areas at different hours; in the first most are serious."""
    rows = [
        incident(
            incident_id=str(at),
            occurred_at=datetime(2016, 1, 1 + at % 28, at % 24, 5 * (at % 12)),
            area=f"00{at % 2}",
            serious=at % 5 != 0 if at % 2 else at % 5 == 0,
            domestic=at % 3 == 0,
            premise="STREET" if at % 4 else None,
        )
        for at in range(60)
    ]
    return incidents(spark, *rows).persist()


@pytest.mark.parametrize(("learner", "task"), PAIRS, ids=[learner.name for learner in LEARNERS])
def test_it_is_fitted_and_scores_what_it_has_never_seen(spark, known, learner, task):
    training = to_examples(known, task)
    recorded = training.toPandas().count().to_dict()
    features = usable(task.features, recorded)
    prepared = prepare(weighted(training, features), training.count(), learner.wants, features)
    quick = {name: 2 for name in ("maxIter", "maxDepth") if name in learner.settings}
    estimator = learner.build(Shape(prepared.categories, training.count()), learner.with_settings(quick), 1)
    assert isinstance(estimator, Estimator)
    assert not isinstance(estimator, Model)
    model = PipelineModel(stages=[*prepared.stages, estimator.fit(prepared.rows)])
    strange = dict.fromkeys({"area", "beat", "premise", "domestic", "latitude", "longitude", "block"})
    new = incidents(spark, incident(), incident(area="999", premise="MOON"), incident(**strange))
    scored = model.transform(to_examples(new, task)).select(vector_to_array("probability").alias("p")).collect()
    assert len(scored) == 3
    for row in scored:
        assert len(row["p"]) == 2
        assert sum(row["p"]) == pytest.approx(1)
        assert 0 < row["p"][1] < 1
