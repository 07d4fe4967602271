"""Fail unless branch coverage is 100 % in bot/core and at least 95 % overall."""

from __future__ import annotations

import json
import sys
from pathlib import Path

CORE_MIN = 100.0
TOTAL_MIN = 95.0


def measure(files: dict[str, dict[str, dict[str, int]]], prefix: str) -> float:
    """Return the covered share of lines and branches below a path, in percent."""
    totals = [file["summary"] for name, file in files.items() if name.startswith(prefix)]
    wanted = sum(t["num_statements"] + t["num_branches"] for t in totals)
    covered = sum(t["covered_lines"] + t["covered_branches"] for t in totals)
    return 100.0 * covered / wanted if wanted else 100.0


def main(path: Path) -> int:
    """Compare the report with both floors."""
    files = json.loads(path.read_text(encoding="utf-8"))["files"]
    core, total = measure(files, "bot/core/"), measure(files, "bot/")
    print(
        f"coverage with branches: core {core:.2f} % (needs {CORE_MIN}), all {total:.2f} % (needs {TOTAL_MIN})"
    )
    for name, file in files.items():
        if name.startswith("bot/core/") and measure({name: file}, name) < CORE_MIN:
            print(f"  not covered: {name} lines {file['missing_lines']} branches {file['missing_branches']}")
    return 0 if core >= CORE_MIN and total >= TOTAL_MIN else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
