"""Loads and checks the settings from conf/base.yml, an overlay file, the environment and the command line."""

from __future__ import annotations

import os
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Protocol

import yaml

from crime_spark.errors import UsageError
from crime_spark.settings import AtLeast, AtMost, Settings

ENVIRONMENT_PREFIX = "CRIME_SPARK_"
COMMAND_LINE = "command line"


def load_settings(
    conf_file: str | None = None,
    options: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Load the settings: conf/base.yml, overridden by conf_file, then by the environment, then by options.

    In a list setting, "all" becomes the empty tuple and "default" becomes ("default",); the plan resolves both.

    Args:
        conf_file: path of a YAML file with settings.
        options: values by dotted key, as in {"tuning.trials": 20}. Texts are parsed as YAML unless the setting is text.
        environment: the environment variables; by default those of the process. CRIME_SPARK_TUNING__TRIALS sets
            tuning.trials.

    Raises:
        UsageError: a key is unknown, a value has the wrong type or is out of bounds, or the file cannot be read. The
            message starts with the source of the value: the file, the variable or the command line.
    """
    layers = [("conf/base.yml", _read_yaml(conf_path("base.yml").read_text(encoding="utf-8"), "conf/base.yml"))]
    if conf_file is not None:
        layers.append((conf_file, _read_yaml(_overlay_text(conf_file), conf_file)))
    variables = os.environ if environment is None else environment
    layers += [(name, _nest({_key(name): variables[name]}, name)) for name in variables if _is_ours(name)]
    layers.append((COMMAND_LINE, _nest(options or {}, COMMAND_LINE)))
    merged: dict[str, Any] = {}
    for where, layer in layers:
        merged = _merge_layers(merged, layer)
        try:
            settings = typing.cast(Settings, _typed(Settings, merged, ""))
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from error
    # Checked last, because a file may leave the value to the command line.
    for key, kinds in (("lake", "a folder, s3a://... or hdfs://..."), ("landing", "a folder")):
        if not merged[key]:
            where = next(where for where, layer in reversed(layers) if key in layer)
            raise UsageError(f"{where}: setting {key} is empty; it must name {kinds}")
    return settings


class HasName(Protocol):
    """A declaration in a registry: a city, a task or a learner."""

    @property
    def name(self) -> str:
        """The name by which users refer to it."""


def nearest(name: str, valid_names: Sequence[str]) -> str:
    """The hint of a message about an unknown name: the closest valid name, or all valid names if none is close."""
    close = get_close_matches(name, valid_names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(valid_names))}"


def unknown(what: str, name: str, valid_names: Sequence[str]) -> str:
    """The message about an unknown name, such as `unknown task 'arest'; did you mean 'arrest'?`."""
    return f"unknown {what} {name!r}; {nearest(name, valid_names)}"


def parse_years(text: str) -> list[int]:
    """Parse years, such as '2015', '2013-2016' or '2013,2015-2016', to a sorted list without duplicates.

    Raises:
        UsageError: the text does not have this form.
    """
    years: set[int] = set()
    for part in text.split(","):
        span = re.fullmatch(r"\s*(\d{4})(?:-(\d{4}))?\s*", part, re.ASCII)
        if span is None or int(span[2] or span[1]) < int(span[1]):
            raise UsageError(f"years {text!r} cannot be parsed; write 2015, 2013-2016 or 2013,2015-2016")
        years.update(range(int(span[1]), int(span[2] or span[1]) + 1))
    return sorted(years)


def conf_path(name: str) -> Traversable:
    """The path of the file conf/<name>, which a wheel has inside the package and a checkout next to it."""
    packaged = resources.files("crime_spark").joinpath("conf", *name.split("/"))
    return packaged if packaged.is_file() else Path(__file__).parent.parent / "conf" / name


def _overlay_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the settings file {path}: {error}") from error


def _read_yaml(text: str, where: str) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{where} is not YAML: {error}") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise UsageError(f"{where} must be a mapping of settings at its top level, not a {type(loaded).__name__}")
    return loaded


def _is_ours(variable: str) -> bool:
    return variable.startswith(ENVIRONMENT_PREFIX)


def _key(variable: str) -> str:
    """The dotted key of a variable: CRIME_SPARK_TRAINING__REFIT gives training.refit. Mixed case is unchanged."""
    parts = variable.removeprefix(ENVIRONMENT_PREFIX).split("__")
    return ".".join(part.lower() if part.isupper() else part for part in parts)


def _nest(dotted: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Turn dotted keys into nested ones and parse texts as YAML, except for settings of type text."""
    nested: dict[str, Any] = {}
    texts = {key for key, kind in _keys(Settings) if kind is str or typing.get_origin(kind) is typing.Literal}
    for key, value in dotted.items():
        *parents, last = key.split(".")
        inner = nested
        for parent in parents:
            inner = inner.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise UsageError(f"{where}: setting {key}: {parent} is set both as a whole and key by key; set it once")
        try:
            inner[last] = yaml.safe_load(value) if isinstance(value, str) and key not in texts else value
        except yaml.YAMLError as error:
            raise UsageError(f"{where}: setting {key}: {value!r} is not a YAML value: {error}") from error
    return nested


def _keys(kind: type, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The dotted key and the type of every setting and of every group of settings."""
    for key, hint in typing.get_type_hints(kind).items():
        yield prefix + key, hint
        if is_dataclass(hint):
            yield from _keys(typing.cast(type, hint), f"{prefix}{key}.")


def _merge_layers(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _merge_layers(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def _typed(kind: type, values: Mapping[str, Any], prefix: str) -> Any:
    """Build the dataclass `kind` from plain values after checking keys and values against its annotations."""
    if not isinstance(values, Mapping):
        raise UsageError(f"setting {prefix.rstrip('.')} must be a mapping of settings, not {values!r}")
    hints = typing.get_type_hints(kind, include_extras=True)
    for key in values:
        if key not in hints:
            raise UsageError(unknown("setting", prefix + str(key), [name for name, _ in _keys(Settings)]))
    missing = [f.name for f in fields(kind) if f.name not in values and f.default is MISSING]
    if missing:
        raise UsageError(f"setting {prefix}{missing[0]} is missing from conf/base.yml")
    return kind(**{key: _value(hints[key], value, prefix + key) for key, value in values.items()})


def _value(hint: Any, value: Any, key: str) -> Any:
    if is_dataclass(hint):
        return _typed(typing.cast(type, hint), value, key + ".")
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        kind, *bounds = typing.get_args(hint)
        return _number(kind, bounds, value, key)
    if origin is typing.Literal:
        return _choice(typing.get_args(hint), value, key)
    if origin is tuple:
        return _list(typing.get_args(hint)[0], value, key)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise UsageError(f"setting {key} must map names to values, not {value!r}")
        inner = typing.get_args(hint)[1]
        if typing.get_origin(inner) is tuple:  # a single path may contain commas
            value = {k: [v] if isinstance(v, str) else v for k, v in value.items()}
        return types.MappingProxyType({str(k): _value(inner, v, f"{key}.{k}") for k, v in value.items()})
    if hint is Any:
        return value
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise UsageError(f"setting {key} is {value!r}; it must be of type {hint.__name__}")
    return value


def _number(kind: type, bounds: Iterable[AtLeast | AtMost], value: Any, key: str) -> float:
    number: float = _value(kind, value, key)
    for bound in bounds:
        if not bound.holds(number):
            raise UsageError(f"setting {key} is {number}; it must be {bound}")
    return number


def _choice(choices: Sequence[str], value: Any, key: str) -> str:
    text: str = _value(str, value, key)
    if text not in choices:
        raise UsageError(f"setting {key} is {text!r}; {nearest(text, choices)}")
    return text


def _list(item: type, value: Any, key: str) -> tuple[Any, ...]:
    if value == "all":
        return ()
    if isinstance(value, str):
        value = parse_years(value) if item is int else [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, int):
        value = [value]
    if not isinstance(value, (list, tuple)) or not value or not all(type(element) is item for element in value):
        raise UsageError(f"setting {key} is {value!r}; it must be 'all' or a list of {item.__name__}")
    return tuple(value)
