"""Settings: which layer wins, what is refused, and with which words."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crime_spark.config import load_settings, nearest, parse_years
from crime_spark.errors import UsageError
from crime_spark.settings import AtLeast, AtMost, CityPortal, Settings

CONF = Path(__file__).parents[2] / "conf"


def load(conf_file: Path | None = None, environment: dict[str, str] | None = None, **options: object) -> Settings:
    """Settings as if nothing were set around the test; options take __ for the dot."""
    dotted = {key.replace("__", "."): value for key, value in options.items()}
    return load_settings(str(conf_file) if conf_file else None, dotted, environment or {})


def annotated(kind: type = Settings, prefix: str = "") -> Iterator[tuple[str, typing.Any]]:
    """The dotted key and the annotation of every setting that is not a group of settings."""
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        if is_dataclass(hint):
            yield from annotated(hint, f"{prefix}{name}.")
        else:
            yield prefix + name, hint


ANNOTATED = dict(annotated())
BOUNDS = [(key, bound) for key, hint in ANNOTATED.items() for bound in getattr(hint, "__metadata__", ())]
CHOICES = {key: typing.get_args(hint) for key, hint in ANNOTATED.items() if typing.get_origin(hint) is typing.Literal}


@pytest.fixture
def overlay(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "overlay.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_base_file_is_sufficient():
    settings = load()
    assert (settings.lake, settings.cities, settings.years, settings.learners) == ("lake", (), (), ("default",))
    assert not settings.allow_demographic


def test_later_layers_override_earlier_ones(overlay):
    file = overlay("seed: 2\ntraining:\n  cells_at_once: 2\n  refit: true\n")
    environment = {"CRIME_SPARK_SEED": "3", "CRIME_SPARK_TRAINING__CELLS_AT_ONCE": "4", "OTHER": "x"}
    base, of_file, of_environment = load(), load(file), load(file, environment)
    of_options = load(file, environment, seed="5")
    assert [s.seed for s in (base, of_file, of_environment, of_options)] == [base.seed, 2, 3, 5]
    assert [s.training.cells_at_once for s in (of_file, of_environment, of_options)] == [2, 4, 4]
    assert of_options.training.refit
    assert of_options.training.rows_per_partition == base.training.rows_per_partition


@pytest.mark.parametrize("name", ["local.yml", "cluster.yml"])
def test_shipped_overlays_are_valid(name):
    assert load(CONF / name) != load()


def test_environment_of_the_process_is_the_default(monkeypatch):
    monkeypatch.setenv("CRIME_SPARK_LAKE", "/elsewhere")
    assert load_settings().lake == "/elsewhere"


def test_text_settings_are_not_parsed_as_yaml():
    for text in ("2016", "yes", "my lake #2", "a: b", "~"):
        assert load(lake=text).lake == text
        assert load(environment={"CRIME_SPARK_LAKE": text}).lake == text


def test_values_of_every_type_are_parsed():
    settings = load(
        years="2013-2014,2016",
        cities="chicago, los_angeles",
        allow_demographic="true",
        inputs__chicago="a,b.csv",
        learner_settings__gbt__maxIter="5",
    )
    assert settings.years == (2013, 2014, 2016)
    assert settings.cities == ("chicago", "los_angeles")
    assert settings.allow_demographic is True
    assert settings.inputs == {"chicago": ("a,b.csv",)}
    assert settings.learner_settings["gbt"] == {"maxIter": 5}


def test_portals_of_cities_override_the_declarations_in_parts(overlay):
    settings = load(overlay("portals:\n  backoff_seconds: 2\n  cities:\n    chicago: {datasets: abcd-1234}\n"))
    assert settings.portals.backoff_seconds == 2.0
    assert settings.portals.cities == {"chicago": CityPortal(datasets=("abcd-1234",))}
    assert load().portals.cities == {}


def test_file_can_contain_lists(overlay):
    settings = load(overlay("years: [2015, 2016]\ninputs:\n  chicago: [a.csv, 'b/{c,d}.csv']\n"))
    assert settings.years == (2015, 2016)
    assert settings.inputs["chicago"] == ("a.csv", "b/{c,d}.csv")
    assert load(overlay("years: all")).years == ()


def test_environment_can_set_names_in_mixed_case():
    settings = load(environment={"CRIME_SPARK_LEARNER_SETTINGS__gbt__maxIter": "5"})
    assert settings.learner_settings["gbt"] == {"maxIter": 5}


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        load().seed = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        load(inputs__chicago="a").inputs["chicago"] = ("b",)  # type: ignore[index]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ciites": "all"}, "unknown setting 'ciites'; did you mean 'cities'?"),
        ({"training__refitt": "true"}, "unknown setting 'training.refitt'; did you mean 'training.refit'?"),
        ({"resamples": "5"}, "did you mean 'evaluation.resamples'?"),
        ({"zzz": "1"}, "known: allow_demographic, audit, audit.learners"),
        ({"seed": "many"}, "setting seed is 'many'; it must be of type int"),
        ({"seed": "true"}, "setting seed is True; it must be of type int"),
        ({"allow_demographic": "1"}, "must be of type bool"),
        ({"cities": "[1]"}, "it must be 'all' or a list of str"),
        ({"cities": "[]"}, "it must be 'all' or a list of str"),
        ({"years": "recent"}, "years 'recent' cannot be parsed"),
        ({"training": "3"}, "setting training must be a mapping of settings, not 3"),
        ({"inputs": "landing"}, "setting inputs must map names to values"),
        ({"seed": "[1"}, "setting seed: '[1' is not a YAML value"),
        ({"training": "3", "training__refit": "true"}, "training is set both as a whole a"),
        ({"lake": ""}, "setting lake is empty"),
        ({"protocol": "per_yaer"}, "setting protocol is 'per_yaer'; did you mean 'per_year'?"),
        ({"matrix": "some"}, "setting matrix is 'some'"),
        ({"tuning__strategy": "rnadom"}, "setting tuning.strategy is 'rnadom'; did you mean 'random'?"),
        ({"tuning__binary_metric": "f1"}, "setting tuning.binary_metric is 'f1'; known: auc, pr_auc"),
        ({"tuning__trials": "0"}, "tuning.trials is 0; it must be at least 1"),
        ({"tuning__trials": "1000000000000"}, "tuning.trials is 1000000000000; it must be at most 10000"),
        ({"tuning__trials": "1e12"}, "setting tuning.trials is '1e12'; it must be of type int"),
        ({"tuning__grid_steps": "1"}, "tuning.grid_steps is 1; it must be at least 2"),
        ({"tuning__minutes": "-1"}, "tuning.minutes is -1.0; it must be at least 0"),
        ({"training__cells_at_once": "-1"}, "training.cells_at_once is -1; it must be at least 0"),
        ({"evaluation__resamples": "-1"}, "evaluation.resamples is -1"),
        ({"landing": ""}, "setting landing is empty"),
        ({"audit__rows": "-1"}, "audit.rows is -1; it must be at least 0"),
        ({"explaining__rows": "-1"}, "explaining.rows is -1; it must be at least 0"),
        ({"portals__page_rows": "0"}, "portals.page_rows is 0; it must be at least 1"),
        ({"portals__retries": "-1"}, "portals.retries is -1; it must be at least 0"),
        ({"portals__timeout_seconds": "0"}, "portals.timeout_seconds is 0.0; it must be at least 0.1"),
        ({"portals__timeout_seconds": ".nan"}, "portals.timeout_seconds is nan"),
        ({"portals__backoff_seconds": "true"}, "portals.backoff_seconds is True; it must be of type float"),
        ({"portals__token_varaible": "X"}, "did you mean 'portals.token_variable'?"),
        ({"portals__cities__chicago__hots": "x"}, "unknown setting 'portals.cities.chicago.hots'"),
    ],
)
def test_wrong_option_is_refused_with_its_setting_and_a_hint(options, words):
    with pytest.raises(UsageError) as refused:
        load(**options)
    assert words in str(refused.value)


@pytest.mark.parametrize(("key", "bound"), BOUNDS, ids=lambda value: str(value))
def test_number_at_its_bound_is_accepted_and_beyond_it_is_refused(key, bound):
    load(**{key: bound.limit})
    beyond = bound.limit + (-1 if isinstance(bound, AtLeast) else 1)
    with pytest.raises(
        UsageError, match=rf"^command line: setting {re.escape(key)} is {beyond}(\.0)?; it must be {bound}$"
    ):
        load(**{key: beyond})


def test_every_number_but_the_seed_has_a_lower_bound():
    numbers = {key for key, hint in ANNOTATED.items() if hint in (int, float)}
    assert numbers == {"seed"}
    assert {key for key, bound in BOUNDS if isinstance(bound, AtLeast)} == {key for key, _ in BOUNDS}
    assert [(key, bound.limit) for key, bound in BOUNDS if isinstance(bound, AtMost)] == [("tuning.trials", 10_000)]


@pytest.mark.parametrize(("key", "choices"), CHOICES.items(), ids=CHOICES)
def test_setting_with_choices_accepts_each_of_them_as_text_only(overlay, key, choices):
    for choice in choices:
        load(**{key: choice})
    group, _, inner = key.partition(".")
    with pytest.raises(UsageError, match=f"setting {re.escape(key)} is 3; it must be of type str"):
        load(overlay(f"{group}: {{{inner}: 3}}\n" if inner else f"{key}: 3\n"))
    with pytest.raises(UsageError, match=f"setting {re.escape(key)} is '3'; known: {', '.join(sorted(choices))}"):
        load(**{key: "3"})


def test_settings_with_choices_are_listed():
    assert CHOICES == {
        "protocol": ("per_year", "expanding"),
        "policy": ("fair", "full"),
        "matrix": ("none", "default", "all"),
        "tuning.strategy": ("grid", "random", "tpe", "selection"),
        "tuning.binary_metric": ("auc", "pr_auc"),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "is not YAML"),
        ("- a\n", "not a list"),
        ("yaers: all", "'yaers'; did you mean 'years'?"),
        ("1: 2", "unknown setting '1'"),
    ],
)
def test_faulty_overlay_is_refused(overlay, text, words):
    with pytest.raises(UsageError) as refused:
        load(overlay(text))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("seedd", "1", "unknown setting 'seedd'; did you mean 'seed'?"),
        ("seed", "many", "setting seed is 'many'; it must be of type int"),
        ("years", "recent", "years 'recent' cannot be parsed"),
        ("protocol", "per_yaer", "setting protocol is 'per_yaer'"),
        ("tuning__trials", "0", "setting tuning.trials is 0"),
    ],
)
def test_error_starts_with_the_source_of_the_value(overlay, name, value, words):
    """The last layer that set it, whatever is beside it."""
    file = overlay("training: {refit: true}\n")
    variable = f"CRIME_SPARK_{name.upper()}"
    key, _, inner = name.partition("__")
    bad = overlay(f"{key}: {{{inner}: {value}}}\n" if inner else f"{key}: {value}\n")
    around = {"CRIME_SPARK_LAKE": "a"}
    with pytest.raises(UsageError, match=f"^{re.escape(str(bad))}: {re.escape(words)}"):
        load(bad, around, landing="b")
    overlay("training: {refit: true}\n")
    with pytest.raises(UsageError, match=f"^{variable}: {re.escape(words)}"):
        load(file, {**around, variable: value}, landing="b")
    with pytest.raises(UsageError, match=f"^command line: {re.escape(words)}"):
        load(file, around, **{"landing": "b", name: value})


@pytest.mark.parametrize("key", ["lake", "landing"])
def test_empty_path_can_be_set_in_a_later_layer(overlay, key):
    file = overlay(f'{key}: ""\n')
    assert getattr(load(file, **{key: "given"}), key) == "given"
    with pytest.raises(UsageError, match=f"^{re.escape(str(file))}: setting {key} is empty; it must name a folder"):
        load(file, seed="1")


def test_empty_overlay_changes_nothing(overlay):
    assert load(overlay("# nothing\n")) == load()


def test_missing_overlay_is_refused_with_its_path(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read the settings file .*/no\.yml"):
        load(tmp_path / "no.yml")


@pytest.mark.parametrize(
    ("text", "years"),
    [("2015", [2015]), ("2013-2015", [2013, 2014, 2015]), ("2016, 2013-2014,2013", [2013, 2014, 2016])],
)
def test_years_are_parsed(text, years):
    assert parse_years(text) == years


@pytest.mark.parametrize("text", ["", "2015,", "15", "2016-2015", "2013-", "-2013", "2013-2014-2015", "²⁰¹⁵", "all"])
def test_invalid_years_are_refused(text):
    with pytest.raises(UsageError, match="cannot be parsed; write 2015"):
        parse_years(text)


@given(st.sets(st.integers(1000, 9999), min_size=1))
def test_listed_years_are_sorted(years):
    assert parse_years(",".join(map(str, years))) == sorted(years)


def test_hint_names_the_closest_name_or_all_names():
    assert nearest("gtb", ["gbt", "svm"]) == "did you mean 'gbt'?"
    assert nearest("forest", ["svm", "gbt"]) == "known: gbt, svm"
