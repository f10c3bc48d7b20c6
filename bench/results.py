"""Results of benches: one committed JSON file each in bench/results/, from which the table in docs/speed.md is made."""

import argparse
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Comparison:
    """A row of the table: ours divided by the peer's, below 1 is better; None without a figure of the peer.

    Args:
        what: the work.
        peer: the peer.
        wall, processor, memory: ratios of wall time, CPU time and peak memory.
        note: further facts such as AUCs, or why the peer has no figures.
    """

    what: str
    peer: str
    wall: float | None = None
    processor: float | None = None
    memory: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Bench:
    """A bench: name of its result file, title, and the command that runs it again."""

    name: str
    title: str
    command: str


def save(bench: Bench, comparisons: Sequence[Comparison], figures: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write the result with commit, date, cores and load of the machine; it replaces an earlier one of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        **asdict(bench),
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "comparisons": [asdict(comparison) for comparison in comparisons],
        "figures": figures,
    }
    path = folder / f"{bench.name}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option `--results DIR`."""
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="where the result is written")


def load(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """The results by name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def commit() -> str:
    """The commit of the checkout, with + if files other than results differ."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(RESULTS.parent.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results", ":!docs/speed.md")
        return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def ratio(ours: float, peer: float) -> float | None:
    """Ours over the peer's, to the hundredth."""
    return round(ours / peer, 2) if peer > 0 else None
