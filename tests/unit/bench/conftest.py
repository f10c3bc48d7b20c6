"""Modules of bench/ import one another as scripts do: by their bare names."""

from __future__ import annotations

import sys

from tests.structure.sources import ROOT

sys.path.append(str(ROOT / "bench"))
