"""The plot of the night: what comes, and how long it waits with more and more replicas. SVG without a library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

_WIDE, _LEFT, _RIGHT, _TOP = 820, 70, 150, 46
_ARRIVALS_HIGH, _GAP, _WAITS_HIGH = 110, 56, 280
_TINTS = ("#c62828", "#ef6c00", "#1565c0", "#2e7d32", "#6a1b9a", "#37474f")
_FONT = "font-family=\"system-ui, 'Segoe UI', 'Noto Sans', sans-serif\""
_LEAST_S, _MOST_S = 0.001, 1000.0
_SIGNS = {
    0.001: "1 ms",
    0.01: "10 ms",
    0.1: "0.1 s",
    1.0: "1 s",
    10.0: "10 s",
    100.0: "100 s",
    1000.0: "1,000 s",
}

Curve = Sequence[tuple[float, float]]


def draw(arrivals: Curve, waits: Mapping[str, Curve], *, lasts_s: float, late_s: float) -> str:
    """Draw messages a second by time, and under it one curve of waits for each name, on a logarithmic scale."""
    height = _TOP + _ARRIVALS_HIGH + _GAP + _WAITS_HIGH + 50
    body = [
        *_draw_arrivals(arrivals, lasts_s),
        *_draw_scale(lasts_s, late_s),
        *(part for number, one in enumerate(waits.items()) for part in _draw_waits(number, *one, lasts_s)),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDE + _RIGHT} {height}" {_FONT} role="img" '
        'aria-label="A night in the news: messages a second, and how long they wait">\n'
        f'<rect width="{_LEFT + _WIDE + _RIGHT}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


def _draw_arrivals(arrivals: Curve, lasts_s: float) -> Iterator[str]:
    most = max((rate for _, rate in arrivals), default=1.0) or 1.0
    floor = _TOP + _ARRIVALS_HIGH
    points = " ".join(
        f"{_across(at, lasts_s):.1f},{floor - rate / most * _ARRIVALS_HIGH:.1f}" for at, rate in arrivals
    )
    yield _text(_LEFT, _TOP - 14, f"messages that come in a second (at most {most:,.0f})")
    yield f'<polygon points="{_LEFT},{floor} {points} {_LEFT + _WIDE},{floor}" fill="#b0bec5"/>'


def _draw_scale(lasts_s: float, late_s: float) -> Iterator[str]:
    top, floor = _TOP + _ARRIVALS_HIGH + _GAP, _TOP + _ARRIVALS_HIGH + _GAP + _WAITS_HIGH
    yield _text(_LEFT, top - 14, "until 95 of 100 are answered, by replicas")
    for seconds, sign in _SIGNS.items():
        y = _down(seconds)
        yield f'<path d="M{_LEFT},{y:.1f} h{_WIDE}" stroke="#e0e0e0"/>'
        yield _text(_LEFT - 8, y + 4, sign, anchor="end", size=11)
    yield f'<path d="M{_LEFT},{_down(late_s):.1f} h{_WIDE}" stroke="#212121" stroke-dasharray="4 4"/>'
    yield _text(_LEFT + 6, _down(late_s) - 5, f"LINE waits {late_s:.0f} s", size=11)
    for minute in range(0, int(lasts_s // 60) + 1, 5):
        yield _text(_across(60 * minute, lasts_s), floor + 18, f"{minute} min", anchor="middle", size=11)


def _draw_waits(number: int, name: str, curve: Curve, lasts_s: float) -> Iterator[str]:
    tint = _TINTS[number % len(_TINTS)]
    points = " ".join(f"{_across(at, lasts_s):.1f},{_down(wait):.1f}" for at, wait in curve)
    yield f'<polyline points="{points}" fill="none" stroke="{tint}" stroke-width="2"/>'
    y = _TOP + _ARRIVALS_HIGH + _GAP + 14 + 20 * number
    yield f'<path d="M{_LEFT + _WIDE + 12},{y - 4} h18" stroke="{tint}" stroke-width="3"/>'
    yield _text(_LEFT + _WIDE + 36, y, name)


def _across(at: float, lasts_s: float) -> float:
    return _LEFT + at / lasts_s * _WIDE


def _down(seconds: float) -> float:
    share = math.log10(min(max(seconds, _LEAST_S), _MOST_S) / _LEAST_S) / math.log10(_MOST_S / _LEAST_S)
    return _TOP + _ARRIVALS_HIGH + _GAP + _WAITS_HIGH * (1 - share)


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="#212121" text-anchor="{anchor}">{escape(words)}</text>'
