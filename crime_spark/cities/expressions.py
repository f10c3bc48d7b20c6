"""SQL for the value formats that portals publish.

Each function takes SQL of a STRING value and returns SQL that is NULL if the value cannot be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from zlib import crc32

from crime_spark.cities.vocabulary.tables import UNMAPPED, Terms
from crime_spark.schemas import INCIDENTS

# Test of a format, and its Spark datetime pattern (Spark docs: "Datetime Patterns for Formatting and Parsing"). Formats
# are tested before parsing because a failing parse raises an exception. Every row runs these tests, so they are cheap.
_DATE_FORMATS: tuple[tuple[str, str], ...] = (
    ("upper(right({0}, 1)) = 'M'", "M/d/yyyy h:mm:ss a"),
    ("length({0}) - length(replace({0}, ':', '')) = 1", "M/d/yyyy H:mm"),
    ("length({0}) - length(replace({0}, ':', '')) = 2", "M/d/yyyy H:mm:ss"),
    ("length({0}) <= 10", "M/d/yyyy"),
)
# `01/08/2020 12:00:00 AM`, the usual format of both portals.
_PORTAL_TIME = "^[0-9]{2}/[0-9]{2}/[0-9]{4} (0[1-9]|1[0-2]):[0-9]{2}:[0-9]{2} [AP]M$"
_PER_BUCKET = 8


def local_time(value: str) -> str:
    """TIMESTAMP_NTZ from `01/08/2020 12:00:00 AM`, `01/08/2020 00:00`, `1/8/2020 0:00`, ISO dates and date-times.

    A year of two digits belongs to this century, 24:00 is midnight of the next day. A zone is ignored: BigQuery exports
    mark local times as ` UTC`.
    """
    # The cast ignores the zone. Without the test for the day, it would accept 2020-01 as the first of the month.
    iso = f"WHEN substr({value}, 5, 1) = '-' AND substr({value}, 8, 1) = '-' THEN try_cast({value} AS TIMESTAMP_NTZ)"
    looks = " ".join(
        f"WHEN {test.format(value)} THEN try_to_timestamp({value}, '{pattern}')" for test, pattern in _DATE_FORMATS
    )
    usual = f"CASE {iso} WHEN {value} RLIKE '{_PORTAL_TIME}' THEN {_from_portal_time(value)} {looks} END"
    short = " ".join(
        f"WHEN {test.format(value)} THEN '{pattern.replace('yyyy', 'yy')}'" for test, pattern in _DATE_FORMATS
    )
    day = f"regexp_extract({value}, '^([0-9/-]+)[ T]24:00', 1)"
    days = ", ".join(f"try_to_timestamp({day}, '{pattern}')" for pattern in ("M/d/yyyy", "M/d/yy", "yyyy-MM-dd"))
    # Evaluated only if the usual formats do not match.
    rare = (
        f"CASE WHEN {value} RLIKE '[ T]24:00(:00([.]0+)?)?( UTC)?$' THEN coalesce({days}) + INTERVAL '1' DAY "
        f"WHEN {value} RLIKE '^[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{2}}( |$)' "
        f"THEN try_to_timestamp({value}, CASE {short} END) END"
    )
    return f"CAST(coalesce({usual}, {rare}) AS TIMESTAMP_NTZ)"


def _from_portal_time(value: str) -> str:
    """TIMESTAMP_NTZ from a value that matches _PORTAL_TIME; a cast is several times faster than a datetime pattern."""
    date = f"substr({value}, 7, 4), '-', left({value}, 2), '-', substr({value}, 4, 2)"
    time = f"try_cast(concat({date}, ' ', substr({value}, 12, 8)) AS TIMESTAMP_NTZ)"
    noon, evening = f"substr({value}, 12, 2) = '12'", f"right({value}, 2) = 'PM'"
    return (
        f"CASE WHEN {noon} AND NOT {evening} THEN {time} - INTERVAL '12' HOUR "
        f"WHEN {evening} AND NOT {noon} THEN {time} + INTERVAL '12' HOUR ELSE {time} END"
    )


def at_hhmm(day: str, hhmm: str) -> str:
    """TIMESTAMP_NTZ from a day and a time.

    Args:
        day: SQL of a TIMESTAMP_NTZ; it is returned unchanged if the time is unknown.
        hhmm: SQL of a time such as 930 or 0930, with or without leading zeros; 2400 is midnight of the next day.
    """
    padded = f"lpad({hhmm}, 4, '0')"
    hours, minutes = f"CAST(left({padded}, 2) AS INT)", f"CAST(right({padded}, 2) AS INT)"
    at_time = f"date_trunc('DAY', {day}) + make_dt_interval(0, {hours}, {minutes}, 0)"
    return f"CASE WHEN {is_hhmm(hhmm)} THEN {at_time} ELSE {day} END"


def is_hhmm(value: str) -> str:
    """BOOLEAN: whether `at_hhmm` can read the value as a time of day."""
    in_range = f"lpad({value}, 4, '0') RLIKE '^(([01]\\\\d|2[0-3])[0-5]\\\\d|2400)$'"
    return f"({value} RLIKE '^\\\\d{{1,4}}$' AND {in_range})"


def padded(value: str, width: int) -> str:
    """A code with the leading zeros that spreadsheets remove."""
    return f"CASE WHEN length({value}) < {width} THEN lpad({value}, {width}, '0') ELSE {value} END"


def whole_number(value: str) -> str:
    """INT from 36 or 36.0."""
    return f"try_cast(regexp_replace({value}, '[.]0*$', '') AS INT)"


def flag(value: str) -> str:
    """BOOLEAN from true/false, t/f, y/n, yes/no or 1/0 in any case."""
    return f"try_cast({value} AS BOOLEAN)"


def either(value: str, choices: Iterable[str]) -> str:
    """The value in upper case if it is one of the choices, otherwise NULL."""
    return f"CASE WHEN upper({value}) IN ({_strings(choices)}) THEN upper({value}) END"


def looked_up(value: str, table: Mapping[str, str]) -> str:
    """The entry of a table for the value, NULL without an entry.

    The table becomes literal maps, because a CASE over its entries would compile to thousands of lines. Spark searches
    a map linearly, so the entries are spread over many small maps. str_to_map is avoided: its first call in a JVM takes
    two seconds.
    """
    buckets: list[dict[str, str]] = [{} for _ in range(1 + len(table) // _PER_BUCKET)]
    for key, entry in table.items():
        buckets[crc32(key.encode()) % len(buckets)][key] = entry
    maps = ", ".join(f"map_from_arrays({_texts(entries)}, {_texts(entries.values())})" for entries in buckets)
    bucket = f"CAST(crc32(CAST({value} AS BINARY)) % {len(buckets)} AS INT)"
    return f"try_element_at(get(array({maps}), {bucket}), {value})"


def not_published(*columns: str) -> dict[str, str]:
    """Column to SQL of a typed NULL, for columns of silver/incidents that a city does not publish."""
    return {column: f"CAST(NULL AS {INCIDENTS[column].type})" for column in columns}


def _texts(values: Collection[str]) -> str:
    """ARRAY<STRING> from a single literal, which parses much faster than a literal for each value."""
    lines = "\n".join(values)
    return f"split({_strings([lines])}, '\n')" if values else "CAST(array() AS ARRAY<STRING>)"


def grouped(value: str, terms: Terms) -> str:
    """The group of a term in capitals, `unmapped` without a group; NULL stays NULL.

    A term that is not listed is compared by its letters and digits only, then by its beginning.
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
