"""Every kind: declared in its module, with metrics that evaluation computes and the pages describe."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from crime_spark import kinds
from crime_spark.evaluation.evaluators import FORMULAS
from crime_spark.kinds import KINDS, Kind, Metric
from crime_spark.reporting.measures import headline_note, other_notes
from crime_spark.schemas import PREDICTIONS
from crime_spark.tasks import TASKS
from tests.structure.sources import ROOT

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
HEADLINE = Metric("good", "Good", compared=True)


def test_every_declared_kind_is_registered_once():
    modules = [importlib.import_module(f"{kinds.__name__}.{m.name}") for m in pkgutil.iter_modules(kinds.__path__)]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    assert {cls for cls in classes if issubclass(cls, Kind) and cls is not Kind} == set(KINDS)
    assert len(set(KINDS)) == len(KINDS)


@each_kind
def test_every_metric_has_a_function_and_every_function_a_metric(kind):
    assert set(kind.computed()) == set(FORMULAS[kind])


@each_kind
def test_metrics_have_names_that_can_be_columns_of_a_table(kind):
    assert [metric.name for metric in kind.metrics if not re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)] == []


@each_kind
def test_the_audit_measures_the_headline_first_and_only_metrics_with_resamples(kind):
    assert kind.audited()[0] == kind.headline
    assert {metric.name for metric in kind.audited()} <= set(kind.compared())


@each_kind
def test_columns_of_a_kind_are_stored_with_predictions(kind):
    assert {*kind.predictions, *kind.context} <= set(PREDICTIONS.names)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_notes_name_the_unit_of_the_task(task):
    assert not {"{", "}"} & set(headline_note(task) + other_notes(task))


def test_docs_name_the_main_metric_of_every_kind():
    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (binary|multiclass|regression|ranking) \| (\w+)", text, re.MULTILINE)
    assert rows == [(kind.__name__.lower(), kind.headline.name) for kind in KINDS]


def test_a_metric_that_is_declared_twice_is_refused():
    with pytest.raises(ValueError, match="kind Twice is refused: metrics must have different names"):

        class Twice(Kind):
            metrics = (HEADLINE, Metric("x"), Metric("x", "X"))


@pytest.mark.parametrize("headline", [Metric("x", compared=True), Metric("x", "X")], ids=["not shown", "not compared"])
def test_a_headline_that_is_not_shown_or_not_compared_is_refused(headline):
    with pytest.raises(ValueError, match="kind Silent is refused: x must have a title and be compared"):

        class Silent(Kind):
            metrics = (headline, HEADLINE)


def test_a_metric_without_a_function_is_refused_by_name():
    with pytest.raises(ValueError, match="no function in evaluation/ computes sharpness; known: auc, pr_auc, log_loss"):
        FORMULAS[KINDS[0]].select(["auc", "sharpness"])
