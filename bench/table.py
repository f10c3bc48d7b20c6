"""The table in docs/speed.md, made from bench/results/*.json: `make bench-table` writes it, a test keeps both equal."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from results import load

PAGE = Path(__file__).resolve().parent.parent / "docs" / "speed.md"
BEGIN, END = "<!-- make bench-table: begin -->", "<!-- make bench-table: end -->"
HEAD = ("bench", "work", "compared with", "wall time", "CPU time", "peak memory", "note")


def table(results: Iterable[Mapping[str, Any]]) -> str:
    """Markdown: a row for each comparison, then the command, commit, date and cores of each bench."""
    rows: list[tuple[str, ...]] = []
    origins = []
    for result in results:
        rows += [_row(result, comparison) for comparison in result["comparisons"]]
        origins.append(
            f"- {result['title']}: `{result['command']}`, commit {result['commit']}, {result['date']}, "
            f"{result['cores']} cores"
        )
    if not rows:
        return "No bench has been run yet: `make bench DATA=DIR YEARS=2015-2018`, then `make bench-table`."
    lines = [_line(HEAD), "|" + "---|" * len(HEAD), *map(_line, rows)]
    return "\n".join([*lines, "", *origins])


def inserted(text: str, content: str) -> str:
    """The page with this content between its two marks.

    Raises:
        ValueError: the page lacks a mark.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no {BEGIN} with {END} behind it")
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def _row(result: Mapping[str, Any], comparison: Mapping[str, Any]) -> tuple[str, ...]:
    ratios = (comparison[name] for name in ("wall", "processor", "memory"))
    figures = ("–" if value is None else f"{value:.2f}×" for value in ratios)
    return (result["name"], comparison["what"], comparison["peer"], *figures, comparison["note"])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> int:
    PAGE.write_text(inserted(PAGE.read_text(encoding="utf-8"), table(load())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
