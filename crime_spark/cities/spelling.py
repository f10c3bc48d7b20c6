"""Comparison of headers and terms, whose case, blanks and punctuation differ between files of a city."""

from __future__ import annotations

import re


def letters_and_digits(text: str) -> str:
    """The ASCII letters and digits of a text in lower case: `AREA ` is area, `Part 1-2` and `part_1_2` are part12."""
    return re.sub(r"[^a-z0-9]", "", text.lower())
