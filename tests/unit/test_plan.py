"""The plan: names resolved, every fault found before Spark does any work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crime_spark import plan as planning
from crime_spark.cities import CITIES
from crime_spark.config import load_settings
from crime_spark.errors import UsageError
from crime_spark.features.feature import Feature
from crime_spark.fitting.cells import unfit
from crime_spark.learners import LEARNERS
from crime_spark.plan import Plan, check_plan
from crime_spark.tasks import TASKS
from crime_spark.tuning import search

STAGES = ("ingest", "describe", "examples", "train", "evaluate", "report")
AGE = Feature("age", "number", "CAST(victim_age AS DOUBLE)", ("victim_age",), "victim's age")
DEMOGRAPHIC = replace(TASKS[0], name="demographic", features=(AGE,), crossed=(), allow_demographic=True)
FREE = tuple(task for task in TASKS if not task.allow_demographic)


def plan(*stages: str, **options: object) -> Plan:
    """The usual lake may be there: `make run` leaves one in the checkout."""
    given = {"lake": "nowhere", **{key.replace("__", "."): v for key, v in options.items()}}
    return check_plan(load_settings(None, given, {}), stages)


def fault(*stages: str, **options: object) -> str:
    with pytest.raises(UsageError) as refused:
        plan(*stages, **options)
    return str(refused.value)


@pytest.fixture
def lake(tmp_path: Path, years_of_incidents: None) -> str:
    """A lake with Chicago's incidents of 2015 to 2017 and nothing else."""
    return str(tmp_path)


def test_defaults_are_chosen_without_options():
    chosen = plan("report")
    assert (chosen.cities, chosen.tasks) == (CITIES, tuple(task for task in TASKS if task.default))
    assert set(chosen.learners) == {
        learner
        for learner in LEARNERS
        if learner.default and any(unfit(task, learner) is None for task in chosen.tasks)
    }
    assert plan("report", tasks="all", learners="all").learners == LEARNERS


def test_defaults_without_a_legal_pair_are_skipped():
    """poisson fits no yes or no; and tasks that no chosen learner fits are not asked for."""
    assert "poisson" not in {learner.name for learner in plan("report").learners}
    chosen = {task.name for task in plan("report", tasks="all", learners="poisson").tasks}
    assert "hourly_volume" in chosen
    assert "serious_offense" not in chosen


def test_names_are_resolved_in_order_without_duplicates():
    chosen = plan("report", cities="los_angeles,chicago,los_angeles", learners="gbt")
    assert chosen.city_names == ["los_angeles", "chicago"]
    assert [learner.name for learner in chosen.learners] == ["gbt"]


def test_every_fault_is_in_one_message(tmp_path):
    message = fault(
        *("ingest", "train"),
        **{"cities": "chicgo", "tasks": "serious_offence", "learners": "gtb", "lake": str(tmp_path)},
        learner_settings__gbt__maxIt="5",
        inputs={"los_angels": [f"{tmp_path}/*.csv"]},
    )
    assert message.split("; ") == [
        *("unknown city 'chicgo'", "did you mean 'chicago'?"),
        *("unknown task 'serious_offence'", "did you mean 'serious_offense'?"),
        *("unknown learner 'gtb'", "did you mean 'gbt'?"),
        "learner gbt has no setting 'maxIt'",
        "known: maxBins, maxDepth, maxIter, maxIterOfClass, maxMemoryInMB, minInstancesPerNode, stepSize, "
        "subsamplingRate",
        *("unknown city 'los_angels'", "did you mean 'los_angeles'?"),
        f"no file matches los_angels={tmp_path}/*.csv",
        "give a file, a folder of .csv or .csv.gz files, or a quoted glob",
    ]


def test_settings_of_an_unknown_learner_are_refused():
    assert fault("report", learner_settings__gtb__maxIter="5") == "unknown learner 'gtb'; did you mean 'gbt'?"
    assert fault("report", audit__learners="gtb") == "unknown learner 'gtb'; did you mean 'gbt'?"


def test_named_learner_that_cannot_fit_a_task_is_refused():
    words = "learner poisson cannot fit task serious_offense: it is Binary, not Regression or Ranking"
    assert fault("report", tasks="serious_offense", learners="poisson,gbt") == words
    assert fault("report", learners="poisson") == words


def test_strategy_with_a_missing_package_is_refused_by_tune(monkeypatch):
    monkeypatch.setattr(search, "find_spec", lambda _: None)
    lake = {"lake": "s3a://bucket/lake"}
    assert "tpe needs the package optuna" in fault("tune", **lake)
    assert plan("tune", **lake, tuning__strategy="random")
    assert plan("train", **lake)


def test_linear_svm_cannot_fit_a_regression():
    words = "learner linear_svm cannot fit task hourly_volume: it is Regression, not Binary or MultiClass or Ranking"
    assert fault("report", tasks="hourly_volume", learners="linear_svm") == words


def test_learner_with_a_missing_package_is_refused_if_named_and_skipped_otherwise(monkeypatch):
    lacking = replace(
        LEARNERS[0],
        name="lacking",
        packages={"pytest": "pytest", "no_such": "no-such-package", "nor_this": "nor-this-one"},
    )
    monkeypatch.setattr(planning, "LEARNERS", (*LEARNERS, lacking))
    needed = "pip install no-such-package nor-this-one"
    assert fault("report", learners="gbt,lacking") == f"learner lacking needs missing packages: {needed}"
    for chosen in ("all", "default"):
        built = plan("report", learners=chosen)
        assert lacking not in built.learners
        assert LEARNERS[0] in built.learners
        assert built.notes == (f"learner lacking is skipped: {needed}",)


def test_demographic_tasks_need_the_option(monkeypatch):
    monkeypatch.setattr(planning, "TASKS", (*TASKS, DEMOGRAPHIC))
    assert plan("report", tasks="all").tasks == FREE
    output = plan("report", tasks="all").notes
    assert "task demographic is skipped: it needs --allow-demographic" in output
    assert "task victim_descent is skipped: it needs --allow-demographic" in output
    assert plan("report", tasks="all", allow_demographic=True).tasks == (*TASKS, DEMOGRAPHIC)
    assert fault("report", tasks="demographic") == (
        "task demographic uses demographic columns: add --allow-demographic"
    )


def test_ingest_needs_input():
    assert fault("ingest") == "no input files are given: add, for example, --input chicago=landing/chicago"
    assert plan("report").settings.inputs == {}


def test_only_local_input_of_ingest_is_checked(tmp_path, landed):
    assert plan("ingest", inputs={"chicago": [landed, f"file://{landed}", str(tmp_path), f"{tmp_path}/[a]*.csv"]})
    assert plan("ingest", inputs={"chicago": ["s3a://bucket/*.csv"]})
    assert plan("report", inputs={"chicago": ["no such file"]})


@pytest.mark.parametrize(
    ("stage", "writer", "table"),
    [
        ("describe", "ingest", "silver/incidents"),
        ("examples", "ingest", "silver/incidents"),
        ("train", "examples", "gold/examples_serious_offense"),
        ("evaluate", "train", "gold/predictions"),
        ("explain", "train", "gold/predictions"),
        ("audit", "examples", "gold/examples_serious_offense"),
        ("tune", "examples", "gold/examples_serious_offense"),
    ],
)
def test_stage_without_its_table_is_refused(tmp_path, stage, writer, table):
    words = f"stage {stage} needs {table}, which {tmp_path} does not have: run stage {writer} first"
    assert fault(stage, lake=str(tmp_path)) == words
    (tmp_path / table).mkdir(parents=True)
    assert plan(stage, lake=str(tmp_path))
    assert plan(stage, lake=f"file://{tmp_path}")


def test_job_can_write_tables_for_its_later_stages(tmp_path, landed):
    assert plan(*STAGES, lake=str(tmp_path), inputs={"chicago": [landed]}).stages == STAGES


def test_remote_lake_is_not_checked():
    assert plan("describe", lake="s3a://bucket/lake", years=[1999])


def test_years_without_rows_are_refused(lake):
    assert plan("describe", lake=lake, years=[2015, 2017])
    assert fault("describe", lake=lake, years=[2015, 2019, 2020], cities="chicago") == (
        f"no rows of 2019, 2020 for chicago: {lake} has 2015, 2016, 2017; choose other --years or ingest them first"
    )
    assert "los_angeles: " in fault("describe", lake=lake, years=[2015], cities="los_angeles")


def test_years_without_rows_are_accepted_with_ingest(lake, landed):
    assert plan("ingest", "describe", lake=lake, years=[2019], inputs={"chicago": [landed]})


@pytest.mark.parametrize("stage", ["train", "audit", "tune"])
def test_years_without_a_following_year_are_refused(lake, stage):
    (Path(lake) / "gold" / "examples_serious_offense").mkdir(parents=True)
    words = (
        "no city has rows of two consecutive years among 2015, 2017: a model is fitted on one year and scored on the "
        "next, so --years and the lake must contain both"
    )
    chosen = {"lake": lake, "years": [2015, 2017], "tuning__strategy": "random"}
    assert fault(stage, **chosen) == words
    assert fault("examples", "train", **{**chosen, "lake": "s3a://bucket/lake"}) == words
    assert plan(stage, **{**chosen, "years": [2015, 2016]})


def test_following_year_can_come_from_ingest(tmp_path, landed):
    (tmp_path / "silver" / "incidents" / "city=chicago" / "year=2015").mkdir(parents=True)
    assert plan(*STAGES, lake=str(tmp_path), inputs={"chicago": [landed]})
    assert "no city has rows of two consecutive years among 2015" in fault(
        *STAGES, lake=str(tmp_path), inputs={"chicago": [landed]}, years=[2015]
    )


def test_cities_option_that_excludes_all_input_is_refused(landed):
    words = "--cities excludes every city with input files: add chicago to it"
    assert fault("ingest", inputs={"chicago": [landed]}, cities="los_angeles") == words
    assert plan("ingest", inputs={"chicago": [landed]}, cities="los_angeles,chicago").notes == ()
    assert plan("report", inputs={"chicago": [landed]}, cities="los_angeles").notes == ()


def test_only_files_of_chosen_cities_are_checked(tmp_path, landed):
    """Whatever file the others are in: it is not looked for."""
    conf = tmp_path / "nightly.yml"
    conf.write_text(f"inputs:\n  chicago: [{landed}]\n  los_angeles: [no/such/file.csv]\n", encoding="utf-8")
    built = check_plan(load_settings(str(conf), {"cities": "chicago"}, {}), ["ingest"])
    assert built.settings.inputs == {"chicago": (landed,)}
    assert built.notes == ("files of los_angeles are skipped: --cities excludes it",)
    with pytest.raises(UsageError, match=r"^no file matches los_angeles=no/such/file\.csv; "):
        check_plan(load_settings(str(conf), {}, {}), ["ingest"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"learners": "class_prior"},
            "learner class_prior declares no space of settings, so it cannot be tuned: choose other --learners",
        ),
        (
            {"learners": "sequence", "tasks": "area_severity_1d", "tuning__strategy": "selection"},
            "learner sequence reads fixed columns, so --strategy selection cannot select features for it: choose other",
        ),
        ({"tuning__folds": 4}, "4 folds of 2 months leave only 4 of 12 months for training in the first fold, less"),
        ({"tuning__folds": 4, "protocol": "expanding", "years": [2015, 2016]}, "leave only 4 of 12 months"),
    ],
)
def test_tune_refuses_learners_and_folds_that_cannot_be_tuned(options, words):
    given = {"lake": "s3a://bucket/lake", "tuning__strategy": "random", **options}
    assert words in fault("tune", **given)
    assert plan("train", **given)


def test_named_learners_that_are_not_tuned_or_audited_are_skipped():
    """A nightly configuration names baselines for train."""
    given = {"lake": "s3a://bucket/lake", "tuning__strategy": "random", "learners": "gbt,class_prior"}
    assert plan("tune", **given).notes == ("learner class_prior declares no space of settings, so it cannot be tuned",)
    words = "learner class_prior is not audited: it is a baseline or not in audit.learners"
    assert plan("audit", **given).notes == (words,)
    assert plan("train", **given).notes == ()
    assert plan("audit", lake="s3a://bucket/lake").notes == ()
    assert fault("audit", lake="s3a://bucket/lake", learners="class_prior") == f"{words}: choose other --learners"


def test_tune_accepts_default_learners_and_folds_over_several_years():
    given = {"lake": "s3a://bucket/lake", "tuning__strategy": "selection", "learners": "all", "tasks": "all"}
    assert plan("tune", **given, tuning__folds=4, protocol="expanding", years=[2015, 2016, 2017])
    assert plan("tune", **given, tuning__folds=4, protocol="expanding")
