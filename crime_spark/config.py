"""Settings: conf/base.yml, then an overlay file, the environment and the command line, as frozen typed dataclasses."""

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
from typing import Any

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
    """Settings from the base file, then conf_file, the environment, then options (dotted keys).

    "all" and "default" in a list setting become the empty tuple ("all") or ("default",); the plan resolves names.

    Raises:
        UsageError: an unknown key (the nearest known one is named), a value of the wrong type or out of bounds, an
            unreadable file. The message begins with where it was set: the file, the variable, or the command line.
    """
    layers = [("conf/base.yml", _read_yaml(conf_path("base.yml").read_text(encoding="utf-8"), "conf/base.yml"))]
    if conf_file is not None:
        layers.append((conf_file, _read_yaml(_overlay_text(conf_file), conf_file)))
    variables = os.environ if environment is None else environment
    layers += [(name, _nest({_key(name): variables[name]}, name)) for name in variables if _is_ours(name)]
    layers.append((COMMAND_LINE, _nest(options or {}, COMMAND_LINE)))
    merged: dict[str, Any] = {}
    for where, layer in layers:
        merged = _laid_over(merged, layer)
        try:
            settings = typing.cast(Settings, _typed(Settings, merged, ""))
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from error
    # Only now: a file may leave it to the command line.
    for key, kinds in (("lake", "a folder, s3a://... or hdfs://..."), ("landing", "a folder")):
        if not merged[key]:
            where = next(where for where, layer in reversed(layers) if key in layer)
            raise UsageError(f"{where}: setting {key} is empty; it must name {kinds}")
    return settings


def nearest(name: str, known: Sequence[str]) -> str:
    """How a message about an unknown name ends: the closest known one, or all of them."""
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """The message about a name that is not known: `unknown task 'arest'; did you mean 'arrest'?`."""
    return f"unknown {what} {name!r}; {nearest(name, known)}"


def parse_years(text: str) -> list[int]:
    """Years from '2015', '2013-2016', '2013,2015-2016'; sorted, each once.

    Raises:
        UsageError: not of that form.
    """
    years: set[int] = set()
    for part in text.split(","):
        span = re.fullmatch(r"\s*(\d{4})(?:-(\d{4}))?\s*", part, re.ASCII)
        if span is None or int(span[2] or span[1]) < int(span[1]):
            raise UsageError(f"years {text!r} are not understood; write 2015, 2013-2016 or 2013,2015-2016")
        years.update(range(int(span[1]), int(span[2] or span[1]) + 1))
    return sorted(years)


def conf_path(name: str) -> Traversable:
    """The file conf/<name>: in the package if it is installed from a wheel, next to the package in a checkout."""
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
        raise UsageError(f"{where} must hold keys and values at its top level, not a {type(loaded).__name__}")
    return loaded


def _is_ours(variable: str) -> bool:
    return variable.startswith(ENVIRONMENT_PREFIX)


def _key(variable: str) -> str:
    """CRIME_SPARK_TRAINING__REFIT sets training.refit; a part that is not all upper case is taken as it stands."""
    parts = variable.removeprefix(ENVIRONMENT_PREFIX).split("__")
    return ".".join(part.lower() if part.isupper() else part for part in parts)


def _nest(dotted: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Nested keys from dotted ones; text is YAML, but for settings that are text themselves."""
    nested: dict[str, Any] = {}
    texts = {key for key, kind in _keys(Settings) if kind is str or typing.get_origin(kind) is typing.Literal}
    for key, value in dotted.items():
        *parents, last = key.split(".")
        inner = nested
        for parent in parents:
            inner = inner.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise UsageError(f"{where}: setting {key}: {parent} is given as a whole and in parts; give it once")
        try:
            inner[last] = yaml.safe_load(value) if isinstance(value, str) and key not in texts else value
        except yaml.YAMLError as error:
            raise UsageError(f"{where}: setting {key}: {value!r} is not a YAML value: {error}") from error
    return nested


def _keys(kind: type, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting's dotted key and type, groups of settings among them."""
    for key, hint in typing.get_type_hints(kind).items():
        yield at + key, hint
        if is_dataclass(hint):
            yield from _keys(typing.cast(type, hint), f"{at}{key}.")


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _laid_over(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def _typed(kind: type, values: Mapping[str, Any], at: str) -> Any:
    """The dataclass `kind` from plain values: every key is known, every value is one that its annotation accepts."""
    if not isinstance(values, Mapping):
        raise UsageError(f"setting {at.rstrip('.')} must hold keys, not {values!r}")
    hints = typing.get_type_hints(kind, include_extras=True)
    for key in values:
        if key not in hints:
            known = [name for name, _ in _keys(Settings)]
            raise UsageError(unknown("setting", at + str(key), known))
    missing = [f.name for f in fields(kind) if f.name not in values and f.default is MISSING]
    if missing:
        raise UsageError(f"setting {at}{missing[0]} is missing from conf/base.yml")
    return kind(**{key: _value(hints[key], value, at + key) for key, value in values.items()})


def _value(hint: Any, value: Any, at: str) -> Any:
    if is_dataclass(hint):
        return _typed(typing.cast(type, hint), value, at + ".")
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        kind, *bounds = typing.get_args(hint)
        return _number(kind, bounds, value, at)
    if origin is typing.Literal:
        return _choice(typing.get_args(hint), value, at)
    if origin is tuple:
        return _list(typing.get_args(hint)[0], value, at)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise UsageError(f"setting {at} must map names to values, not {value!r}")
        inner = typing.get_args(hint)[1]
        if typing.get_origin(inner) is tuple:  # a lone path is a path, whatever commas are in it
            value = {k: [v] if isinstance(v, str) else v for k, v in value.items()}
        return types.MappingProxyType({str(k): _value(inner, v, f"{at}.{k}") for k, v in value.items()})
    if hint is Any:
        return value
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise UsageError(f"setting {at} is {value!r}; it must be of type {hint.__name__}")
    return value


def _number(kind: type, bounds: Iterable[AtLeast | AtMost], value: Any, at: str) -> float:
    number: float = _value(kind, value, at)
    for bound in bounds:
        if not bound.holds(number):
            raise UsageError(f"setting {at} is {number}; it must be {bound}")
    return number


def _choice(choices: Sequence[str], value: Any, at: str) -> str:
    text: str = _value(str, value, at)
    if text not in choices:
        raise UsageError(f"setting {at} is {text!r}; {nearest(text, choices)}")
    return text


def _list(item: type, value: Any, at: str) -> tuple[Any, ...]:
    if value == "all":
        return ()
    if isinstance(value, str):
        value = parse_years(value) if item is int else [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, int):
        value = [value]
    if not isinstance(value, (list, tuple)) or not value or not all(type(each) is item for each in value):
        raise UsageError(f"setting {at} is {value!r}; it must be 'all' or a list of {item.__name__}")
    return tuple(value)
