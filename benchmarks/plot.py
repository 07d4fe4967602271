"""The plot of full load: events in a second and the work of an event, as SVG without a library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from benchmarks.contestants import CONTESTANTS

_ROW, _TOP, _LEFT, _WIDE, _GAP = 34, 58, 360, 300, 90
_OURS, _KEEPS, _KEEPS_NOTHING = "#1565c0", "#78909c", "#cfd8dc"
_FONT = "font-family=\"system-ui, 'Segoe UI', 'Noto Sans', sans-serif\""


def draw(full: Mapping[str, Any]) -> str:
    """Draw one row for each server, the quickest first."""
    names = sorted(full, key=lambda name: -full[name]["median"])
    width, height = _LEFT + 2 * _WIDE + 2 * _GAP, _TOP + _ROW * len(names) + 40
    speeds = [full[name]["median"] for name in names]
    works = [full[name]["cpu_ms_per_event"] + full[name]["database_cpu_ms_per_event"] for name in names]
    body = [
        _text(_LEFT, 40, "events in a second (line: slowest to quickest round)"),
        _text(_LEFT + _WIDE + _GAP, 40, "CPU seconds for 1,000 events, with PostgreSQL's"),
        *(
            part
            for row, name in enumerate(names)
            for part in _draw_row(row, name, full[name], max(speeds), works[row], max(works))
        ),
        _text(
            _LEFT,
            height - 12,
            "blue: frontdoor · grey: keeps its state · light: keeps nothing when it answers",
            size=12,
        ),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {_FONT} role="img" '
        f'aria-label="Full load: events in a second and CPU of each server">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _draw_row(
    row: int, name: str, one: Mapping[str, Any], most: float, work: float, most_work: float
) -> Iterator[str]:
    y = _TOP + row * _ROW
    contestant = CONTESTANTS[name]
    lasting = _KEEPS_NOTHING if contestant.keeps.startswith("nothing") else _KEEPS
    tint = _OURS if contestant.is_ours else lasting
    scale = _WIDE / max(most, one["high"], 1e-9)
    yield _text(_LEFT - 10, y + 18, re.sub(r"\*", "", contestant.says), anchor="end")
    yield _bar(_LEFT, y, one["median"] * scale, tint)
    yield (
        f'<path d="M{_LEFT + one["low"] * scale:.1f},{y + 12} H{_LEFT + one["high"] * scale:.1f}" '
        'stroke="#212121" stroke-width="1.5"/>'
    )
    yield _text(_LEFT + max(one["median"], one["high"]) * scale + 8, y + 18, f"{one['median']:,.0f}")
    right = _LEFT + _WIDE + _GAP
    yield _bar(right, y, work * _WIDE / max(most_work, 1e-9), tint)
    yield _text(right + work * _WIDE / max(most_work, 1e-9) + 8, y + 18, f"{work:.2f}")


def _bar(x: float, y: float, width: float, tint: str) -> str:
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="24" rx="2" fill="{tint}"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" font-size="{size}" fill="#212121" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )
