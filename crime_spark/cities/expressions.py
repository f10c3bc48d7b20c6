"""SQL for the value formats that portals publish: each function takes SQL and gives SQL that is NULL if unreadable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from zlib import crc32

from crime_spark.cities.vocabulary.tables import UNMAPPED, Terms

# What a value looks like -> Spark datetime pattern (docs: "Datetime Patterns for Formatting and Parsing"). The look is
# tested first because a failing parse costs an exception, and so that each value is tried by one pattern alone; the
# tests are cheap ones, since every row passes through them.
_DATE_LOOKS: tuple[tuple[str, str], ...] = (
    ("upper(right({0}, 1)) = 'M'", "M/d/yyyy h:mm:ss a"),
    ("length({0}) - length(replace({0}, ':', '')) = 1", "M/d/yyyy H:mm"),
    ("length({0}) - length(replace({0}, ':', '')) = 2", "M/d/yyyy H:mm:ss"),
    ("length({0}) <= 10", "M/d/yyyy"),
)
# `01/08/2020 12:00:00 AM`, as both portals write nearly every date.
_PORTAL_TIME = "^[0-9]{2}/[0-9]{2}/[0-9]{4} (0[1-9]|1[0-2]):[0-9]{2}:[0-9]{2} [AP]M$"
_PER_BUCKET = 8


def local_time(value: str) -> str:
    """TIMESTAMP_NTZ from `01/08/2020 12:00:00 AM`, `01/08/2020 00:00`, `1/8/2020 0:00`, ISO dates and date-times.

    A year of two digits is one of this century, 24:00 is the next day's midnight. What the portals mark as UTC is local
    time all the same (BigQuery exports say ` UTC` of wall-clock times).
    """
    # Such a cast leaves the zone out of account; without the day it would take the first of the month.
    iso = f"WHEN substr({value}, 5, 1) = '-' AND substr({value}, 8, 1) = '-' THEN try_cast({value} AS TIMESTAMP_NTZ)"
    looks = " ".join(
        f"WHEN {look.format(value)} THEN try_to_timestamp({value}, '{pattern}')" for look, pattern in _DATE_LOOKS
    )
    usual = f"CASE {iso} WHEN {value} RLIKE '{_PORTAL_TIME}' THEN {_from_portal_time(value)} {looks} END"
    short = " ".join(
        f"WHEN {look.format(value)} THEN '{pattern.replace('yyyy', 'yy')}'" for look, pattern in _DATE_LOOKS
    )
    day = f"regexp_extract({value}, '^([0-9/-]+)[ T]24:00', 1)"
    days = ", ".join(f"try_to_timestamp({day}, '{pattern}')" for pattern in ("M/d/yyyy", "M/d/yy", "yyyy-MM-dd"))
    # Looked at only where the usual forms fail.
    rare = (
        f"CASE WHEN {value} RLIKE '[ T]24:00(:00([.]0+)?)?( UTC)?$' THEN coalesce({days}) + INTERVAL '1' DAY "
        f"WHEN {value} RLIKE '^[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{2}}( |$)' "
        f"THEN try_to_timestamp({value}, CASE {short} END) END"
    )
    return f"CAST(coalesce({usual}, {rare}) AS TIMESTAMP_NTZ)"


def _from_portal_time(value: str) -> str:
    """TIMESTAMP_NTZ of what looks like _PORTAL_TIME: rearranged and cast, several times faster than by a pattern."""
    date = f"substr({value}, 7, 4), '-', left({value}, 2), '-', substr({value}, 4, 2)"
    at = f"try_cast(concat({date}, ' ', substr({value}, 12, 8)) AS TIMESTAMP_NTZ)"
    noon, evening = f"substr({value}, 12, 2) = '12'", f"right({value}, 2) = 'PM'"
    return (
        f"CASE WHEN {noon} AND NOT {evening} THEN {at} - INTERVAL '12' HOUR "
        f"WHEN {evening} AND NOT {noon} THEN {at} + INTERVAL '12' HOUR ELSE {at} END"
    )


def at_hhmm(day: str, hhmm: str) -> str:
    """TIMESTAMP_NTZ at HHMM (leading zeros may be lost; 2400 is the next midnight) of day; day as it is if no time."""
    padded = f"lpad({hhmm}, 4, '0')"
    hours, minutes = f"CAST(left({padded}, 2) AS INT)", f"CAST(right({padded}, 2) AS INT)"
    at_time = f"date_trunc('DAY', {day}) + make_dt_interval(0, {hours}, {minutes}, 0)"
    return f"CASE WHEN {is_hhmm(hhmm)} THEN {at_time} ELSE {day} END"


def is_hhmm(value: str) -> str:
    """Whether the value is a time of day as `at_hhmm` reads it; NULL if there is no value."""
    in_range = f"lpad({value}, 4, '0') RLIKE '^(([01]\\\\d|2[0-3])[0-5]\\\\d|2400)$'"
    return f"({value} RLIKE '^\\\\d{{1,4}}$' AND {in_range})"


def padded(value: str, width: int) -> str:
    """A code of digits and letters whose leading zeros a spreadsheet may have taken."""
    return f"CASE WHEN length({value}) < {width} THEN lpad({value}, {width}, '0') ELSE {value} END"


def whole_number(value: str) -> str:
    """INT from digits, also written as 36.0."""
    return f"try_cast(regexp_replace({value}, '[.]0*$', '') AS INT)"


def flag(value: str) -> str:
    """BOOLEAN from true/false, t/f, y/n, yes/no, 1/0 in any case."""
    return f"try_cast({value} AS BOOLEAN)"


def either(value: str, choices: Iterable[str]) -> str:
    """The value in upper case if it is one of the choices, else NULL."""
    return f"CASE WHEN upper({value}) IN ({_strings(choices)}) THEN upper({value}) END"


def looked_up(value: str, table: Mapping[str, str]) -> str:
    """What the table has for the value, else NULL.

    The texts become maps when the query is planned: some bytes of compiled code for any number of entries, where a CASE
    over lists takes thousands. Spark tries the entries of a map one by one, so they are spread over many small ones.
    They are not read by str_to_map: its first call in a JVM spends two seconds on tables of every Unicode letter.
    """
    buckets: list[dict[str, str]] = [{} for _ in range(1 + len(table) // _PER_BUCKET)]
    for key, found in table.items():
        buckets[crc32(key.encode()) % len(buckets)][key] = found
    maps = ", ".join(f"map_from_arrays({_texts(entries)}, {_texts(entries.values())})" for entries in buckets)
    bucket = f"CAST(crc32(CAST({value} AS BINARY)) % {len(buckets)} AS INT)"
    return f"try_element_at(get(array({maps}), {bucket}), {value})"


def _texts(values: Collection[str]) -> str:
    """ARRAY<STRING> from one literal: the parser takes far longer over a literal for each value."""
    lines = "\n".join(values)
    return f"split({_strings([lines])}, '\n')" if values else "CAST(array() AS ARRAY<STRING>)"


def grouped(value: str, terms: Terms) -> str:
    """The group of a term in capitals, `unmapped` if it has none; NULL stays NULL.

    A term that is not listed is compared by letters and digits alone, and last by its beginning: only few get so far.
    """
    tries = [looked_up(value, terms.exact)]
    if terms.loose != terms.exact:
        tries.append(looked_up(f"regexp_replace({value}, '[^A-Z0-9]', '')", terms.loose))
    if terms.prefixes:
        begins = " ".join(f"WHEN startswith({value}, {_strings([s])}) THEN '{g}'" for s, g in terms.prefixes.items())
        tries.append(f"CASE {begins} END")
    return f"CASE WHEN {value} IS NOT NULL THEN coalesce({', '.join(tries)}, '{UNMAPPED}') END"


def _strings(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "\\'") + "'" for value in values)
