"""The runner: exit codes, one message for each fault, and nothing started that is not needed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from crime_spark import application
from crime_spark.errors import AccountingError, InputError, UsageError
from crime_spark.plan import Plan
from crime_spark.runner import main, run_job
from crime_spark.stages import JOBS, OTHER_STAGES, PIPELINE, STAGES, Job, Outcome, Run, Stage
from tests.unit.ingest.published import chicago_file
from tests.unit.stages.runs import raising, report_that, returning, with_runs

NO_LAKE = "--lake=/no/such/lake"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    """Run a job; its exit code, its standard output, its standard error."""

    def _run(*argv: str, job: Job = PIPELINE) -> tuple[int, str, str]:
        code = run_job(job, argv)
        written = capsys.readouterr()
        return code, written.out, written.err

    return _run


@pytest.fixture
def no_spark(monkeypatch):
    """A session that must not be asked for."""

    def build(*_: object) -> None:
        raise AssertionError("Spark was started")

    monkeypatch.setattr(application, "build_session", build)


@pytest.fixture
def session(monkeypatch):
    """A session that does nothing but say whether it was stopped."""
    fake = SimpleNamespace(stopped=False, asked=None)

    def build(*asked: object) -> SimpleNamespace:
        fake.asked = asked
        return fake

    fake.stop = lambda: setattr(fake, "stopped", True)
    monkeypatch.setattr(application, "build_session", build)
    monkeypatch.setattr(application.Lake, "check_writable", lambda _: None)
    monkeypatch.setattr(application, "checkpoint_folder", lambda _: nullcontext())
    return fake


@pytest.fixture
def real_session(spark, monkeypatch):
    """The session of the tests, which outlives the job."""
    monkeypatch.setattr(SparkSession, "stop", lambda _: None)
    monkeypatch.setattr(application, "build_session", lambda *_: spark)


def test_dry_run_prints_the_plan_without_spark(run, no_spark, tmp_path):
    file = tmp_path / "a.csv"
    file.touch()
    lake = tmp_path / "lake"
    argv = ("--dry-run", f"--lake={lake}", f"--input=chicago={file}", "--cities=chicago", "--years=2015-2016")
    code, out, err = run(*argv)
    assert (code, err) == (0, "")
    assert f"lake      {lake}\n" in out
    assert f"input     chicago={file}\n" in out
    assert [line.split()[1] for line in out.splitlines() if line.startswith("stage")] == [
        f"{stage.name}:" for stage in STAGES
    ]
    assert "stage     describe: silver/incidents -> gold/statistics\n" in out
    assert "cell      chicago serious_offense 2015 to 2016: gbt\n" in out
    assert not lake.exists()


def test_dry_run_prints_only_chosen_stages(run, no_spark):
    code, out, _ = run("--dry-run", "--stages=report", NO_LAKE)
    assert code == 0
    assert "stage     report: ledger" in out
    assert "ingest" not in out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--input=chicago=/no/*.csv"], "no file matches chicago=/no/*.csv; give a file, a folder"),
        ([], "no input files are given: add, for example, --input"),
        (["--stages=report", "--cities=chcago"], "unknown city 'chcago'; did you mean 'chicago'?"),
        (["--stages=report", "--tasks=serious"], "unknown task 'serious'; did you mean 'serious_offense'?"),
        (["--stages=report", "--learners=gbtt"], "unknown learner 'gbtt'; did you mean 'gbt'?"),
        (["--stages=descrbe"], "unknown stage 'descrbe'; did you mean 'describe'?"),
        *(([f"--stages=train,{s.name}"], f"run it as a separate job with jobs/{s.name}.py") for s in OTHER_STAGES),
        (["--stages=report", "--set=matrx=none"], "command line: unknown setting 'matrx'; did you mean 'matrix'?"),
        (["--stages=report", "--conf-file=/no.yml"], "cannot read the settings file /no.yml"),
        (["--stages=report", "--yeers=2015"], "unrecognized arguments: --yeers=2015; pipeline.py --help lists"),
        (["--stages=describe"], "run stage ingest first"),
        (["--stages=train"], "run stage examples first"),
        (["--stages=evaluate"], "run stage train first"),
    ],
)
def test_wrong_usage_is_one_message_and_code_2(run, no_spark, argv, words):
    code, out, err = run(NO_LAKE, *argv)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert words in err
    assert err.count("\n") == 1


def test_years_without_rows_are_wrong_usage(run, no_spark, tmp_path):
    (tmp_path / "silver" / "incidents" / "city=chicago" / "year=2016").mkdir(parents=True)
    code, _, err = run(f"--lake={tmp_path}", "--years=1999", "--cities=chicago,los_angeles", job=JOBS["describe"])
    assert code == 2
    assert err.startswith("error: no rows of 1999 for chicago, los_angeles: ")


@pytest.mark.parametrize("error", [InputError("a.csv: no"), AccountingError("lost"), UsageError("no match")])
def test_error_in_a_stage_is_one_message_with_its_exit_code(run, session, monkeypatch, error):
    assert run(NO_LAKE, job=report_that(raising(error))) == (error.exit_code, "", f"error: {error}\n")
    assert session.stopped


def test_spark_error_is_reported_by_its_first_line(run, session, monkeypatch):
    failing = report_that(raising(AnalysisException("no column x\nat org.apache.spark...")))
    code, _, err = run(NO_LAKE, job=failing)
    assert (code, err) == (1, "error: Spark failed: no column x (--verbose shows the stack trace)\n")


def test_interrupted_job_tells_how_to_continue(run, session, monkeypatch):
    assert run(NO_LAKE, job=report_that(raising(KeyboardInterrupt()))) == (
        *(1, ""),
        "error: stopped by the user; run the same command again to continue\n",
    )
    assert session.stopped


def test_verbose_shows_the_stack_trace_and_spark_log(run, session, monkeypatch):
    code, _, err = run(NO_LAKE, "--verbose", job=report_that(raising(InputError("a.csv: no"))))
    assert code == 1
    assert "Traceback" in err
    assert err.endswith("error: a.csv: no\n")
    assert session.asked == ("crime-spark report", True)


def test_successful_job_exits_with_0_and_prints_its_result(session, monkeypatch, capsys):
    monkeypatch.setitem(JOBS, "report", report_that(returning(result="/lake/reports/index.html")))
    with pytest.raises(SystemExit) as ended:
        main("report", argv=[NO_LAKE])
    assert ended.value.code == 0
    assert capsys.readouterr().out == "/lake/reports/index.html\n"
    assert session.stopped
    assert session.asked == ("crime-spark report", False)


@pytest.fixture
def ran() -> list[str]:
    """The names of the stages of `recorded` that have run."""
    return []


@pytest.fixture
def recorded(ran: list[str]) -> Job:
    """The pipeline, whose stages do nothing but add their name to `ran`."""

    def run_of(stage: Stage) -> Callable[[Run], Outcome]:
        def run(_: Run) -> Outcome:
            ran.append(stage.name)
            return Outcome()

        return run

    return with_runs(PIPELINE, **{stage.name: run_of(stage) for stage in STAGES})


def test_pipeline_runs_stages_in_order_and_prints_the_summary(run, session, monkeypatch, ran, recorded):
    monkeypatch.setattr(application, "summary", lambda *_: "all is well")
    code, out, err = run("--lake=s3a://bucket/lake", "--stages=report,train,examples", job=recorded)
    assert (code, out) == (0, "all is well\n")
    assert ran == ["examples", "train", "report"]
    begun = [line[len("00:00:00 ") :].split(" (")[0] for line in err.splitlines() if "done" not in line]
    assert begun == ["stage 1 of 3: examples", "stage 2 of 3: train", "stage 3 of 3: report"]


def test_limits_are_printed_before_the_summary(run, session, monkeypatch):
    shown: list[str] = []
    concerned = with_runs(PIPELINE, **{stage.name: returning(concerns=("too few rows",)) for stage in STAGES})
    monkeypatch.setattr(application, "summary", lambda *_: "Report: lake/reports/index.html")
    monkeypatch.setattr(sys.stderr, "write", lambda text: shown.append(text))
    monkeypatch.setattr(sys.stdout, "write", lambda text: shown.append(text))
    assert run("--lake=s3a://bucket/lake", "--stages=train,report", job=concerned)[0] == 3
    assert shown[-1] == "Report: lake/reports/index.html\n"


def test_summary_gets_the_path_of_the_report(run, session, monkeypatch, recorded):
    monkeypatch.setattr(application, "summary", lambda _lake, _cities, path: f"Report: {path}")
    reported = with_runs(recorded, report=returning(result="lake/reports/index.html"))
    assert run("--lake=s3a://bucket/lake", "--stages=report", job=reported)[1] == "Report: lake/reports/index.html\n"
    assert run("--lake=s3a://bucket/lake", "--stages=describe", job=reported)[1] == "Report: None\n"


def test_skipped_task_is_a_note(run, session):
    job = with_runs(JOBS["train"], train=returning())
    code, _, err = run("--lake=s3a://bucket/lake", "--tasks=all", job=job)
    assert code == 0
    assert "note: task victim_descent is skipped: it needs --allow-demographic\n" in err


def test_missing_java_is_one_message_and_code_1(run, tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    code, out, err = run(f"--lake={tmp_path / 'lake'}", job=JOBS["report"])
    assert (code, out) == (1, "")
    assert err == f"error: no Java found (JAVA_HOME is {tmp_path}): install Java 17 and point JAVA_HOME at it\n"


def test_unwritable_lake_is_one_message_and_code_1(run, real_session, tmp_path):
    (tmp_path / "lake").touch()
    code, out, err = run(f"--lake={tmp_path / 'lake'}", job=JOBS["report"])
    assert (code, out) == (1, "")
    assert err.startswith(f"error: cannot write the lake {tmp_path / 'lake'} (")
    assert "--lake" in err
    assert err.count("\n") == 1


def test_refused_file_is_one_line_and_code_3(run, real_session, tmp_path):
    good = chicago_file(tmp_path / "good.csv", {})
    bad = tmp_path / "bad.csv"
    bad.write_text(good.read_text().replace("IUCR", "UICR"))
    code, out, err = run(f"--lake={tmp_path / 'lake'}", f"--input=chicago={tmp_path}", job=JOBS["ingest"])
    assert (code, out) == (3, "")
    limits = [line for line in err.splitlines() if line.startswith("limit: ")]
    assert limits[0].startswith(f"limit: {bad} was refused: no column 'iucr', which chicago needs; check that this is")
    code, out, _ = run(f"--lake={tmp_path / 'lake'}", job=JOBS["quarantine"])
    assert (code, out) == (0, "nothing is in quarantine\n")


def test_strict_stops_after_ingest_if_a_limit_is_crossed(run, session, monkeypatch, ran, recorded):
    job = with_runs(recorded, ingest=returning(concerns=("chicago: too few rows",)))
    report = replace(recorded, name="report", stages=recorded.stages[-1:])
    monkeypatch.setattr(application, "check_plan", lambda settings, stages: Plan(settings, tuple(stages), (), (), ()))
    monkeypatch.setattr(application, "summary", lambda *_: "summary")
    monkeypatch.setattr(application, "stored_crossings", lambda *_: ["seen before"])
    code, _, err = run("--strict", job=job)
    assert (code, ran) == (3, [])
    stopped = ["limit: chicago: too few rows", "limit: --strict: describe and later stages were not run"]
    assert [line for line in err.splitlines() if " stage " not in line] == stopped
    code, _, err = run(job=job)
    assert (code, ran) == (3, [stage.name for stage in STAGES[1:]])
    assert [line for line in err.splitlines() if " stage " not in line] == ["limit: chicago: too few rows"]
    code, _, err = run("--strict", job=report)
    assert code == 3
    assert err == "limit: seen before\nlimit: --strict: report and later stages were not run\n"
    monkeypatch.setattr(application, "stored_crossings", lambda *_: [])
    assert run("--strict", job=report)[0] == 0


def test_fetch_starts_no_spark(run, no_spark):
    given: list[Run] = []

    def fetch(run: Run) -> Outcome:
        given.append(run)
        return Outcome()

    assert run("--cities=chicago", job=with_runs(JOBS["fetch"], fetch=fetch))[0] == 0
    assert [city.name for city in given[0].cities] == ["chicago"]


def test_default_arguments_are_those_of_the_process(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["pipeline.py", "--stages", "no"])
    with pytest.raises(SystemExit) as ended:
        main("pipeline")
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: unknown stage 'no'")


def test_failed_parts_of_a_stage_are_reported_and_later_stages_run(run, session, monkeypatch, ran, recorded):
    job = with_runs(recorded, train=returning(failures=("cell one: no luck",)))
    monkeypatch.setattr(application, "summary", lambda *_: "the summary")
    code, out, err = run("--lake=s3a://bucket/lake", "--stages=train,evaluate,report", job=job)
    assert (code, out) == (1, "the summary\n")
    assert ran == ["evaluate", "report"]
    assert err.endswith("error: cell one: no luck\n")


def test_failed_parts_are_reported_even_if_a_later_stage_fails(run, session):
    failing = {"train": returning(failures=("cell one: no luck",)), "report": raising(InputError("a.csv: no"))}
    code, _, err = run("--lake=s3a://bucket/lake", "--stages=train,report", job=with_runs(PIPELINE, **failing))
    assert code == 1
    assert err.endswith("error: cell one: no luck\nerror: a.csv: no\n")
