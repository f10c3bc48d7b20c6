"""How headers and terms are compared: publications of one city differ in case, blanks and punctuation."""

from __future__ import annotations

import re


def letters_and_digits(text: str) -> str:
    """The ASCII letters and digits of a text, in lower case: `AREA ` is area, `Part 1-2` and `part_1_2` are part12."""
    return re.sub(r"[^a-z0-9]", "", text.lower())
