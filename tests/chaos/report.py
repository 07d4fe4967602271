"""Write what the chaos runs found to docs/reliability.md, between its markers, and keep the raw results."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from tests.end_to_end.programs import ROOT

PAGE = ROOT / "docs" / "reliability.md"
RAW = ROOT / "benchmarks" / "results"
BEGIN = "<!-- chaos: written by python -m tests.chaos --write -->"
END = "<!-- chaos end -->"
_ALARMING = ("lost", "doubled", "unanswered", "stale writes")
_HEADS = (
    "database", "trouble", "times", "events", "delivered twice", "delivered again", "people", "lost", "doubled",
    "unanswered", "stale", "other", "not judged", "at most", "seed", "program",
)  # fmt: skip


def describe_place() -> dict[str, str]:
    """Say what ran where, without naming the machine."""
    return {
        "commit": _ask_git("rev-parse", "--short", "HEAD")
        + ("+" if _ask_git("status", "--porcelain") else ""),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
    }


def write_results(kept: Mapping[str, Any]) -> None:
    """Keep the raw results, and draw the page anew."""
    RAW.mkdir(exist_ok=True)
    raw = RAW / f"chaos-{kept['profile']}.json"
    raw.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(refresh(PAGE.read_text("utf-8"), kept), encoding="utf-8")


def refresh(page: str, kept: Mapping[str, Any]) -> str:
    """Return the page with what was found between its markers. ValueError: no markers."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError("docs/reliability.md has lost its markers")
    return f"{before}{BEGIN}\n{draw(kept)}\n{END}{after}"


def draw(kept: Mapping[str, Any]) -> str:
    """Return the Markdown of one set of runs."""
    runs: Sequence[Mapping[str, Any]] = kept["runs"]
    told = (
        f"Profile `{kept['profile']}`, {kept['at']}, commit {kept['commit']}, whose program is {kept.get('code', 'of that commit')}, "
        f"SQLite {kept['sqlite']}; {kept['machine']}; {sum(run.get('pieces', 1) for run in runs)} pieces."
    )
    return "\n\n".join([told, _draw_table(_HEADS, map(_row, runs)), *_draw_times(runs)])


def _row(run: Mapping[str, Any]) -> tuple[str, ...]:
    found = run["found"]
    other = sum(count for name, count in found.items() if name not in _ALARMING)
    times = sum(count for name, count in run["made"].items() if not name.endswith("not passed"))
    is_clean = not any(found.values())
    counts = [found[name] for name in _ALARMING]
    return (
        run["database"], run["trouble"], _of(times, run.get("wanted", 0)), _of(run["events"], run.get("wanted_events", 0)),
        f"{run['duplicates']:,}",
        f"{run['redelivered']:,}", f"{run['people']:,}", *map(str, counts), str(other),
        str(run["met"].get("not judged", 0)),
        f"1 in {times / 3:,.0f}" if is_clean and times >= 3 else "–", str(run["seed"]), run.get("code", "–"),
    )  # fmt: skip


def _of(done: int, wanted: int) -> str:
    return f"{done:,} of {wanted:,}" if done < wanted else f"{done:,}"


def _draw_times(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    heads = ("database", "trouble", "what", "count", "middle, s", "99 %, s", "longest, s")
    names = {
        "ready_cold_s": "from the start to ready",
        "ready_warm_s": "the same, with its imports done",
        "back_s": "until messages are taken again",
        "later_s": "until 503 was said",
    }
    rows = [
        (
            run["database"],
            run["trouble"],
            what,
            f"{spread['count']:,}",
            *(str(spread[k]) for k in ("p50", "p99", "longest")),
        )
        for run in runs
        for name, what in names.items()
        if (spread := run[name])["count"]
    ]
    return (
        [
            "How long it took, on that machine and beside everything else that ran there:",
            _draw_table(heads, rows),
        ]
        if rows
        else []
    )


def _draw_table(heads: Sequence[str], rows: Any) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ask_git(*args: str) -> str:
    asked = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip()
