"""
What fuzzing has come to so far: docs/fuzzing.json, a line for each day, part and database, and the page drawn from it.

Pieces of one release add up: whoever has ten minutes adds ten minutes.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot import __version__
from tests.end_to_end.programs import ROOT

KEPT: Final = ROOT / "docs" / "fuzzing.json"
PAGE: Final = ROOT / "docs" / "fuzzing.md"
BEGIN: Final = "<!-- fuzz: written by python -m tests.fuzz --write -->"
END: Final = "<!-- fuzz end -->"
#: What a line is known by; everything else in it is added up.
_NAMES = ("version", "day", "part", "on")
#: What a release asks for. Source: SECURITY_NOTES R14, R15, T12.
AIMS: Final[Mapping[str, int]] = {
    "bodies": 1_000_000,
    "unsigned": 100_000,
    "texts": 200_000,
    "words": 200_000,
    "led": 3_600,
}
_MOST_SEEDS = 200
Line = dict[str, Any]


def load(path: Path = KEPT) -> list[Line]:
    """Return the lines. None yet: empty."""
    return list(json.loads(path.read_text("utf-8"))) if path.exists() else []


def add(
    part: str,
    on: str,
    counts: Mapping[str, int],
    found: Mapping[str, int],
    seeds: Iterable[int],
    path: Path = KEPT,
) -> None:
    """Add what one piece came to."""
    names = {"version": __version__, "day": f"{datetime.now(UTC):%Y-%m-%d}", "part": part, "on": on}
    with _alone(path.parent):
        lines = load(path)
        line = next((one for one in lines if all(one[name] == names[name] for name in _NAMES)), None)
        if line is None:
            line = {**names, "counts": {}, "found": {}, "seeds": []}
            lines.append(line)
        for name, new in (("counts", counts), ("found", found)):
            line[name] = {key: line[name].get(key, 0) + new.get(key, 0) for key in {**line[name], **new}}
        line["seeds"] = [*line["seeds"], *seeds][-_MOST_SEEDS:]
        path.write_text(json.dumps(lines, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def mend(part: str, on: str, path: Path = KEPT) -> None:
    """Say of what was found so far that it is mended: it stays on the page, and counts no more."""
    with _alone(path.parent):
        lines = load(path)
        for line in lines:
            if (line["part"], line["on"]) == (part, on):
                both = {**line.get("mended", {}), **line["found"]}
                line["mended"] = {
                    key: line.get("mended", {}).get(key, 0) + line["found"].get(key, 0) for key in both
                }
                line["found"] = {}
        path.write_text(json.dumps(lines, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other runs from writing meanwhile."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def sum_up(lines: Iterable[Line], version: str = __version__) -> dict[str, dict[str, int]]:
    """Return what one release came to: counts by part, with `found` among them."""
    sums: dict[str, dict[str, int]] = {}
    for line in lines:
        if line["version"] == version:
            mine = sums.setdefault(line["part"], {"found": 0})
            mine["found"] += sum(line["found"].values())
            for key, count in line["counts"].items():
                mine[key] = mine.get(key, 0) + count
    return sums


def draw(lines: Iterable[Line]) -> str:
    """Return the Markdown of all lines, newest release first."""
    lines = list(lines)
    told = [_draw_aims(sum_up(lines)), _draw_lines(lines)]
    return "\n\n".join(told)


def refresh(page: str, lines: Iterable[Line]) -> str:
    """Return the page with what was found between its markers. ValueError: no markers."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError("docs/fuzzing.md has lost its markers")
    return f"{before}{BEGIN}\n{draw(lines)}\n{END}{after}"


def write_page() -> None:
    """Draw the page anew."""
    PAGE.write_text(refresh(PAGE.read_text("utf-8"), load()), encoding="utf-8")


def _draw_aims(sums: Mapping[str, Mapping[str, int]]) -> str:
    bodies, texts, words, led = (sums.get(part, {}) for part in ("bodies", "texts", "words", "led"))
    rows = [
        ("bodies into the real front (R14)", bodies.get("bodies", 0), AIMS["bodies"], bodies.get("found", 0)),
        ("of them with a bad signature (T12)", bodies.get("unsigned", 0), AIMS["unsigned"], "–"),
        (
            "texts, each through five ways out (R15, T17)",
            texts.get("texts", 0),
            AIMS["texts"],
            texts.get("found", 0),
        ),
        ("texts read by the understanding", words.get("texts", 0), AIMS["words"], words.get("found", 0)),
        ("seconds led by coverage (R14)", led.get("seconds", 0), AIMS["led"], led.get("found", 0)),
    ]
    heads = ("what", "so far", "a release asks for", "found and not mended")
    return f"Release {__version__}:\n\n" + _draw_table(
        heads, [(what, f"{so_far:,}", f"{aim:,}", str(found)) for what, so_far, aim, found in rows]
    )


def _draw_lines(lines: Iterable[Line]) -> str:
    heads = (
        "release",
        "day",
        "part",
        "on",
        "counts",
        "found",
        "found and mended since",
        "first and last seed",
    )
    rows = [
        (
            line["version"], line["day"], line["part"], line["on"],
            ", ".join(f"{key.replace('_', ' ')} {count:,}" for key, count in line["counts"].items()),
            _say(line["found"]) or "nothing",
            _say(line.get("mended", {})) or "–",
            " … ".join(str(seed) for seed in dict.fromkeys((line["seeds"][0], line["seeds"][-1]))) if line["seeds"] else "–",
        )
        for line in sorted(lines, key=lambda line: (line["version"], line["day"]), reverse=True)
    ]  # fmt: skip
    return _draw_table(heads, rows) if rows else "No long run has been kept yet."


def _say(found: Mapping[str, int]) -> str:
    return "; ".join(f"{what} × {times}" for what, times in found.items())


def _draw_table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ("---",) * len(heads), *rows))
