"""Numbers as people read them; what is not known is a dash."""

from __future__ import annotations

import math
import re

UNKNOWN = "–"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def known(value: float | None) -> bool:
    """Whether there is a number at all."""
    return value is not None and not math.isnan(value)


def count(value: float | None) -> str:
    """1234567 -> 1,234,567."""
    return f"{round(value):,}" if value is not None and known(value) else UNKNOWN


def percent(share: float | None) -> str:
    """0.1234 -> 12.3 %; a share too small to show is not shown as none."""
    if share is None or not known(share):
        return UNKNOWN
    return "< 0.1 %" if 0 < share < 0.0005 else f"{share:.1%}".replace("%", " %")


def change(share: float) -> str:
    """0.1234 -> +12.3 %, with a true minus sign."""
    return f"{share:+z.1%}".replace("%", " %").replace("-", "−")


def month(year: int, number: int) -> str:
    """(2016, 3) -> Mar 2016."""
    return f"{MONTHS[number - 1]} {year}"


def spelled(name: str) -> str:
    """motor_vehicle_theft -> Motor vehicle theft; nibrs_break -> NIBRS break."""
    text = re.sub(r"\bnibrs\b", "NIBRS", name.replace("_", " "))
    return text[:1].upper() + text[1:]


def years(numbers: list[int]) -> str:
    """[2013, 2014, 2015, 2018] -> 2013–2015, 2018."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def anchor(*words: str) -> str:
    """An id for a heading: letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")
