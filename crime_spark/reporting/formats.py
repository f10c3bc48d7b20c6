"""Formats of numbers, names and years on pages; a dash stands for an unknown value."""

from __future__ import annotations

import math
import re

UNKNOWN = "–"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_number(value: float | None) -> bool:
    """Whether a value is neither None nor NaN."""
    return value is not None and not math.isnan(value)


def count(value: float | None) -> str:
    """1234567 -> 1,234,567."""
    return f"{round(value):,}" if value is not None and is_number(value) else UNKNOWN


def percent(share: float | None) -> str:
    """0.1234 -> 12.3 %; a positive share below 0.05 % -> < 0.1 %, so that it does not read as zero."""
    if share is None or not is_number(share):
        return UNKNOWN
    return "< 0.1 %" if 0 < share < 0.0005 else f"{share:.1%}".replace("%", " %")


def signed_percent(share: float) -> str:
    """0.1234 -> +12.3 %, with a true minus sign for negative shares."""
    return f"{share:+z.1%}".replace("%", " %").replace("-", "−")


def month(year: int, number: int) -> str:
    """(2016, 3) -> Mar 2016."""
    return f"{MONTHS[number - 1]} {year}"


def readable(name: str) -> str:
    """motor_vehicle_theft -> Motor vehicle theft; nibrs_break -> NIBRS break."""
    text = re.sub(r"\bnibrs\b", "NIBRS", name.replace("_", " "))
    return text[:1].upper() + text[1:]


def year_ranges(years: list[int]) -> str:
    """[2013, 2014, 2015, 2018] -> 2013–2015, 2018."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def anchor(*words: str) -> str:
    """The id of a heading: lowercase letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")
