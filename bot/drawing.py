"""
Draw a flow as SVG, for people who read it on paper: one sheet per track and one for everything.

Where things stand is decided in `bot.layout`; here is what they look like. Nothing but the flow
decides it, so the same flow gives the same file.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from html import escape
from pathlib import Path

from bot.core.mermaid import Edge, describe_ways_out, draw_mermaid, list_tracks, pick
from bot.core.model import Flow, State
from bot.layout import Box, Line, Place, Sheet, arrange

_TITLE_PX, _LABEL_PX, _ID_PX, _HEAD_PX = 15, 12.5, 10.5, 22
_TITLE_EM, _LABEL_EM = 10.0, 9.0
#: A longer title (many neighbours drawn as one) gets wider, not higher.
_TITLE_ROWS = 4
_LEADING = 1.35
_PAD = 9.0
_ROUND_ENDS = 22.0
_MARGIN = 24.0
_HEAD_HEIGHT = 84.0
_LEAST_WIDTH = 720.0
_FONT = "'Noto Sans CJK TC','Noto Sans TC','PingFang TC','Microsoft JhengHei',sans-serif"
_NO_LINE_BEGINS_WITH = "、，。；：？！）」』／"
_LATIN_EM = 0.56
_BEFORE_REASON = re.compile(r"(?=（)")
_PIECE = re.compile(r"[（「『]?(?:[!-~]+|.)", re.DOTALL)

#: Fill and outline of each track. Black text on every fill has a contrast of at least 15 : 1.
_TRACKS = {
    "opening": ("#e3f2fd", "#0d47a1"),
    "spread": ("#fce4ec", "#880e4f"),
    "threat": ("#fff3e0", "#8a3c00"),
    "first_hour": ("#fff8e1", "#7a4f00"),
    "ex": ("#fbe9e7", "#8c2a10"),
    "kinds": ("#ede7f6", "#4527a0"),
    "takedown": ("#e0f2f1", "#004d40"),
    "platforms": ("#e0f7fa", "#00525c"),
    "police": ("#e8eaf6", "#1a237e"),
    "handoff": ("#f1f8e9", "#2e5b12"),
    "form": ("#e1f5fe", "#01466b"),
    "care": ("#e8f5e9", "#1b5e20"),
    "minor": ("#f3e5f5", "#6a1b9a"),
    "friend": ("#efebe9", "#4e342e"),
    "others": ("#f9fbe7", "#4d5600"),
    "look_up": ("#fffde7", "#665200"),
    "always": ("#eceff1", "#263238"),
}
_OTHER = ("#ffffff", "#333333")
_STYLE = (
    f"text{{font-family:{_FONT};fill:#000;text-anchor:middle}}"
    ".head{text-anchor:start;font-weight:700}.sub{text-anchor:start;fill:#333}"
    ".id{fill:#444}.line{fill:none;stroke:#444;stroke-width:1.4}.up{stroke-dasharray:6 4}"
    ".far rect{fill:#fff;stroke:#6b6b6b;stroke-width:1.2;stroke-dasharray:4 3}.far text{fill:#4a4a4a}"
)


def write_drawings(flow: Flow, out_dir: Path) -> list[Path]:
    """Write Mermaid and SVG of the whole flow and of each track; returns the paths."""
    out_dir.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for track in (None, *list_tracks(flow)):
        name = f"{flow.id}.{track}" if track else flow.id
        for suffix, text in (
            ("mmd", draw_mermaid(flow, track=track)),
            ("svg", draw_svg(flow, track=track)),
        ):
            path = out_dir / f"{name}.{suffix}"
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(path)
    return written


def draw_svg(flow: Flow, *, track: str | None = None) -> str:
    """Return a standalone SVG of one track with its neighbours faded, or of the whole flow."""
    states, neighbours, edges = pick(flow, track)
    sheet = arrange(
        [_measure_state(state) for state in states],
        [_measure_label(edge) for edge in edges],
        _connect(states, edges),
    )
    parts = [
        *_draw_head(flow, track, sheet),
        *(_draw_line(line) for line in sheet.lines),
        *(_draw_label(place) for place in sheet.labels),
        *(
            _draw_state(state, place, is_far=state.id in neighbours)
            for state, place in zip(states, sheet.boxes, strict=True)
        ),
    ]
    return "\n".join((*_open(flow, track, sheet), *parts, "</g>", "</svg>", ""))


# Measuring


def _measure_state(state: State) -> Box:
    lines = wrap(state.title, max(_TITLE_EM, _width(state.title) / _TITLE_ROWS))
    width = max(_width(line) for line in lines) * _TITLE_PX
    width = max(width, len(state.id) * _ID_PX * _LATIN_EM) + (_ROUND_ENDS if state.overlay else 0)
    return Box(lines, width + 2 * _PAD, len(lines) * _TITLE_PX * _LEADING + _ID_PX * _LEADING + 1.5 * _PAD)


def _measure_label(edge: Edge) -> Box:
    parts = [part for label in edge.labels for part in _BEFORE_REASON.split(label) if part]
    lines = tuple(line for part in parts for line in wrap(part, _LABEL_EM))
    width = max((_width(line) for line in lines), default=0) * _LABEL_PX
    return Box(lines, width + _PAD, len(lines) * _LABEL_PX * _LEADING + 2)


def _connect(states: list[State], edges: list[Edge]) -> list[tuple[int, int]]:
    number = {state.id: index for index, state in enumerate(states)}
    return [(number[edge.start], number[edge.end]) for edge in edges]


def wrap(text: str, most_em: float) -> tuple[str, ...]:
    """
    Break text into lines of about equal length, `most_em` CJK characters at most.

    Latin words stay whole, and a line never begins with punctuation.
    """
    wanted = _width(text) / math.ceil(_width(text) / most_em)
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if line and _width(line) + _width(piece) / 2 > wanted and piece not in _NO_LINE_BEGINS_WITH:
            lines.append(line.strip())
            line = ""
        line += piece
    return (*lines, line.strip())


def _width(text: str) -> float:
    wide = sum(unicodedata.east_asian_width(char) in {"W", "F", "A"} for char in text)
    return wide + (len(text) - wide) * _LATIN_EM


# Drawing


def _open(flow: Flow, track: str | None, sheet: Sheet) -> Iterator[str]:
    width, height = _page(sheet)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="title desc">'
    )
    yield f'<title id="title">{escape(_name(flow, track))}</title>'
    yield f'<desc id="desc">{escape(_describe(flow, track))}</desc>'
    yield f"<style>{_STYLE}</style>"
    yield (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
        'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#444"/></marker></defs>'
    )
    yield f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>'


def _page(sheet: Sheet) -> tuple[float, float]:
    return max(sheet.width, _LEAST_WIDTH) + 2 * _MARGIN, sheet.height + _HEAD_HEIGHT + 2 * _MARGIN


def _draw_head(flow: Flow, track: str | None, sheet: Sheet) -> Iterator[str]:
    yield f'<text class="head" x="{_MARGIN}" y="42" font-size="{_HEAD_PX}">{escape(_name(flow, track))}</text>'
    notes = (describe_ways_out(flow), "虛線框：別張圖的步驟。虛線：往回走。粗框：可以安心停下來的地方。")
    for row, note in enumerate(notes):
        yield f'<text class="sub" x="{_MARGIN}" y="{66 + 19 * row}" font-size="13">{escape(note)}</text>'
    shift = _MARGIN + max(_LEAST_WIDTH - sheet.width, 0) / 2
    yield f'<g transform="translate({shift:.1f} {_HEAD_HEIGHT + _MARGIN:.1f})">'


def _name(flow: Flow, track: str | None) -> str:
    titles = {one.id: one.title for one in flow.tracks}
    part = titles.get(track, track) if track else "全部"
    return f"對話流程圖（{flow.id}）：{part}"


def _describe(flow: Flow, track: str | None) -> str:
    states, neighbours, edges = pick(flow, track)
    own = "、".join(state.title for state in states if state.id not in neighbours)
    return f"{len(states)} 個步驟、{len(edges)} 條路。這張圖的步驟：{own}。"


def _draw_line(line: Line) -> str:
    kind = "line up" if line.goes_up else "line"
    tip = ' marker-end="url(#tip)"' if line.arrives else ""
    return f'<path class="{kind}" d="{line.path}"{tip}/>'


def _draw_label(place: Place) -> str:
    box = place.box
    return (
        f'<g><rect x="{place.left:.1f}" y="{place.top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="4" fill="#fff"/>'
        f"{_write(box.lines, place.x, place.top + 1, _LABEL_PX)}</g>"
    )


def _draw_state(state: State, place: Place, *, is_far: bool) -> str:
    fill, outline = _TRACKS.get(state.track, _OTHER)
    box = place.box
    look = "" if is_far else f' fill="{fill}" stroke="{outline}" stroke-width="{3.5 if state.ends else 1.6}"'
    id_y = place.top + box.height - _PAD * 0.8
    return (
        f"<g{' class=' + chr(34) + 'far' + chr(34) if is_far else ''}>"
        f'<rect x="{place.left:.1f}" y="{place.top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{box.height / 2 if state.overlay else 6:.1f}"{look}/>'
        f"{_write(box.lines, place.x, place.top + _PAD * 0.6, _TITLE_PX)}"
        f'<text class="id" x="{place.x:.1f}" y="{id_y:.1f}" font-size="{_ID_PX}">{escape(state.id)}</text></g>'
    )


def _write(lines: tuple[str, ...], x: float, top: float, size: float) -> str:
    """Write lines below each other, centred on `x`."""
    return "".join(
        f'<text x="{x:.1f}" y="{top + size * (0.95 + _LEADING * row):.1f}" font-size="{size}">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
