"""
`python -m training.report`: measure how well texts are understood, and write docs/understanding.md.

`--parts scores,outsiders,speed` needs nothing beyond what the program runs on; `curve` and `confusions` learn, and so need numpy. What is not measured
anew stays as it was in training/report.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from training import page
from training.checking import ARTEFACT, FOLDER
from training.speed import measure_speed

#: The same sums everywhere, see `training.__main__`.
from training.sums import SAME_SUMS

REPORT = FOLDER / "report.json"
PARTS = ("scores", "outsiders", "speed", "curve", "confusions")


def main() -> int:
    """Measure the parts that were asked for, and write the report and its page."""
    parser = argparse.ArgumentParser(prog="python -m training.report", description=__doc__)
    parser.add_argument(
        "--parts", default=",".join(PARTS), help="of scores, outsiders, speed, curve, confusions; with commas"
    )
    arguments = parser.parse_args()
    os.environ.update(SAME_SUMS)
    report = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    for part in arguments.parts.split(","):
        if part not in PARTS:
            parser.error(f"there is no part {part}")
        print(f"{part} …", flush=True)
        report[part] = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), **_measure(part)}
    REPORT.write_text(
        json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    page.write()
    return 0


def _measure(part: str) -> dict[str, Any]:
    if part == "speed":
        return measure_speed(ARTEFACT)
    if part in {"scores", "outsiders"}:
        from training.scores import measure_scores  # noqa: PLC0415 - each part loads only what it needs

        return measure_scores(ARTEFACT, "evaluation" if part == "scores" else "outsiders")
    from training.unseen import measure_confusions, measure_curve  # noqa: PLC0415 - needs numpy

    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "curve": measure_curve,
        "confusions": measure_confusions,
    }
    return measures[part]()


if __name__ == "__main__":
    sys.exit(main())
