"""Figures that a longer run of a test leaves, from which docs/security-tests.md is drawn (scripts/security_figures.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "benchmarks" / "results"


def keep_figures(name: str, told: Mapping[str, str]) -> None:
    """Keep what was found, a line for each name of a result."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    whole = {"kind": "figures", "at": datetime.now(UTC).isoformat(timespec="seconds"), "figures": dict(told)}
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
