"""
Draw the house: the modules of `bot/` by layer, with the arrows of the imports that are really there.

    .venv/bin/python scripts/house.py            # writes docs/images/house.svg
    .venv/bin/python scripts/house.py --check    # fails when the drawing is stale

An arrow means "imports". Left out are arrows that a longer path says already, and those to the three
modules at the bottom, which everybody may import. A new module must be given a place here.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
DRAWING = TOP / "docs" / "images" / "house.svg"
#: Everybody may import these, so their arrows would say nothing.
GROUND = frozenset({"errors", "failpoints", "log"})

_COLUMN, _ROW, _HIGH = 106, 96, 50
_COLUMNS = 13
_LEFT, _ABOVE = 150, 44
_ABOUT = (
    """font-family="system-ui, 'Segoe UI', 'Noto Sans', sans-serif" role="img" """
    'aria-label="The parts of bot/ in layers; arrows are imports"'
)
_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0,0 L8,4 L0,8 z" fill="#546e7a"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a module stands: its row, and the columns from `first` up to `last`.

    Rows count from the top. `says` is what it is for, in a few words.
    """

    row: int
    first: float
    last: float
    says: str
    tint: str

    @property
    def box(self) -> tuple[float, float, float]:
        """The left edge, the right edge and the upper edge, in pixels."""
        return _LEFT + self.first * _COLUMN + 5, _LEFT + self.last * _COLUMN - 5, _ABOVE + self.row * _ROW

    @property
    def middle(self) -> float:
        """The middle of the box, in pixels from the left."""
        left, right, _ = self.box
        return (left + right) / 2


_SHELL, _PUBLIC, _DESK, _ADAPTER, _PURE = "#eceff1", "#e3f2fd", "#fff3e0", "#f3e5f5", "#e8f5e9"

ROWS = (
    "the command",
    "composition",
    "programs, work",
    "handing over",
    "adapters, data",
    "ports, the form",
    "pure core",
    "ground",
)

PLACES: Mapping[str, Place] = {
    "__main__": Place(0, 5, 7, "frontdoor …", _SHELL),
    "programs": Place(0, 1.5, 3.5, "listen, deliver, stop", _SHELL),
    "commands": Place(0, 9.6, 12.4, "the small subcommands", _SHELL),
    "wiring": Place(1, -0.42, 10.8, "builds each program from its parts: one module for each", _SHELL),
    "front": Place(2, 0.1, 0.9, "public", _PUBLIC),
    "worker": Place(2, 1.1, 1.9, "outbox", _PUBLIC),
    "runner": Place(2, 2.0, 2.88, "tries, excuses", _PUBLIC),
    "taking": Place(2, 3.05, 3.85, "one turn", _PUBLIC),
    "page_desk": Place(2, 4.05, 4.95, "the one page", _PUBLIC),
    "office": Place(2, 5.05, 5.75, "staff", _DESK),
    "desk": Place(2, 6.0, 7.0, "opens", _DESK),
    "limiting": Place(2, 7.2, 8.15, "limits", _PUBLIC),
    "isolating": Place(2, 8.3, 9.25, "poison", _PUBLIC),
    "slowing": Place(2, 9.4, 10.3, "slow down", _PUBLIC),
    "connections": Place(2, 10.45, 11.6, "bounded", _PUBLIC),
    "limits": Place(3, 7.2, 8.15, "buckets", _SHELL),
    "meter": Place(3, 8.3, 9.25, "counts", _SHELL),
    "draining": Place(3, 9.4, 10.3, "going away", _SHELL),
    "tallying": Place(3, 1.1, 1.9, "counts", _PUBLIC),
    "proving": Place(3, 2.0, 2.88, "tests the seal", _PUBLIC),
    "handing": Place(3, 3.05, 3.85, "asks, sends", _PUBLIC),
    "submitting": Place(3, 4.05, 5.0, "seals, stores", _PUBLIC),
    "metrics": Place(3, 5.2, 6.1, "for Prometheus", _SHELL),
    "channels": Place(4, -0.42, 0.42, "LINE, web", _ADAPTER),
    "store": Place(4, 0.58, 1.42, "database", _ADAPTER),
    "sealing": Place(4, 2.5, 3.4, "to the desk", _ADAPTER),
    "keys": Place(4, 3.55, 4.35, "key files", _ADAPTER),
    "workdays": Place(4, 1.55, 2.35, "holidays", _ADAPTER),
    "notices": Place(4, 4.5, 5.4, "mail, webhook", _ADAPTER),
    "voice": Place(4, 7.62, 8.42, "languages", _ADAPTER),
    "pack": Place(4, 8.6, 9.25, "flows", _ADAPTER),
    "crypto": Place(4, 9.6, 10.18, "the vault", _ADAPTER),
    "settings": Place(4, 10.2, 10.88, "env, .env", _ADAPTER),
    "play": Place(4, 10.9, 11.5, "terminal", _ADAPTER),
    "drawing": Place(4, 11.62, 12.27, "diagrams", _ADAPTER),
    "layout": Place(4, 12.4, 12.97, "boxes", _ADAPTER),
    "origins": Place(5, 10.15, 10.85, "addresses", _ADAPTER),
    "ports": Place(5, -0.42, 6.42, "Protocols between the conversation and the world", _PURE),
    "form": Place(5, 6.58, 8.4, "the official form as data", _PURE),
    "understanding": Place(5, 8.72, 9.88, "what words state", _PURE),
    "core": Place(6, -0.42, 12.95, "engine, ear, flow, knowledge, checks: values in, values out", _PURE),
    "errors": Place(7, -0.42, 7.9, "everybody may import it; it imports nothing", _SHELL),
    "log": Place(7, 8.1, 10.4, "the allow-list", _SHELL),
    "failpoints": Place(7, 10.6, 12.95, "where tests let it die; inert", _SHELL),
}


def read_imports(package: Path) -> dict[str, set[str]]:
    """Return which top-level part of `bot/` imports which others."""
    found: dict[str, set[str]] = {}
    for path in sorted(package.rglob("*.py")):
        part = path.relative_to(package).parts[0].removesuffix(".py")
        if part != "__init__":
            found.setdefault(part, set()).update(_imported_by(path) - {part})
    return {part: {other for other in others if other in found} for part, others in found.items()}


def _imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "bot":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bot."):
            found.add((node.module or "").split(".")[1])
    return found


def draw(imports: Mapping[str, set[str]]) -> str:
    """Return the SVG. ValueError: a module has no place, or an import leads upwards."""
    _refuse_strangers(imports)
    width, height = _LEFT + _COLUMNS * _COLUMN + 20, _ABOVE + len(ROWS) * _ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {_ABOUT}>',
        _TIP,
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_draw_rows(width),
        *(line for start, end in list_arrows(imports) for line in _draw_arrow(PLACES[start], PLACES[end])),
        *(line for name in PLACES if name in imports for line in _draw_box(name, PLACES[name])),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def list_arrows(imports: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """Return the imports that no longer path says already, without those to the ground."""
    direct = {part: others - GROUND for part, others in imports.items()}
    return [
        (start, end)
        for start in sorted(direct)
        for end in sorted(direct[start])
        if not any(end in _reach(other, direct) for other in direct[start] - {end})
    ]


def _reach(start: str, direct: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        part = waiting.pop()
        if part not in reached:
            reached.add(part)
            waiting.extend(direct[part])
    return reached


def _refuse_strangers(imports: Mapping[str, set[str]]) -> None:
    for part in sorted(imports.keys() - PLACES.keys()):
        raise ValueError(f"bot/{part} has no place in the house: give it one in PLACES of scripts/house.py")
    for part, others in imports.items():
        for other in sorted(others - GROUND):
            if PLACES[other].row < PLACES[part].row:
                raise ValueError(f"bot/{part} imports bot/{other}, which stands above it")


def _draw_rows(width: int) -> Iterator[str]:
    for number, says in enumerate(ROWS):
        y = _ABOVE + number * _ROW
        if number % 2 == 0:
            yield f'<rect x="0" y="{y - 23}" width="{width}" height="{_ROW}" fill="#fafafa"/>'
        yield f'<text x="10" y="{y + _HIGH / 2 + 4:g}" font-size="13" fill="#455a64">{escape(says)}</text>'


def _draw_box(name: str, place: Place) -> Iterator[str]:
    left, right, top = place.box
    middle = place.middle
    yield (
        f'<rect x="{left:g}" y="{top}" width="{right - left:g}" height="{_HIGH}" rx="6" fill="{place.tint}"'
        ' stroke="#455a64"/>'
    )
    yield (
        f'<text x="{middle:g}" y="{top + 21}" font-size="14" font-weight="600" text-anchor="middle"'
        f' fill="#000000">{escape(name)}</text>'
    )
    yield (
        f'<text x="{middle:g}" y="{top + 39}" font-size="12" text-anchor="middle"'
        f' fill="#37474f">{escape(place.says)}</text>'
    )


def _draw_arrow(start: Place, end: Place) -> Iterator[str]:
    """Go straight down where the boxes lie over each other, sideways within a row, else in a curve."""
    if start.row == end.row:
        x1, x2 = (start.box[0], end.box[1]) if start.middle > end.middle else (start.box[1], end.box[0])
        y = start.box[2] + _HIGH / 2
        yield _line(f"M{x1:g},{y:g} H{x2:g}")
        return
    left, right = max(start.box[0], end.box[0]), min(start.box[1], end.box[1])
    x1, x2 = ((left + right) / 2,) * 2 if left < right else (start.middle, end.middle)
    y1, y2 = start.box[2] + _HIGH, end.box[2]
    half = (y1 + y2) / 2
    yield _line(
        f"M{x1:g},{y1:g} V{y2:g}"
        if x1 == x2
        else f"M{x1:g},{y1:g} C{x1:g},{half:g} {x2:g},{half:g} {x2:g},{y2:g}"
    )


def _line(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="#546e7a" stroke-width="1.3" marker-end="url(#tip)"/>'


def main() -> int:
    """Write the drawing, or with `--check` only compare it."""
    fresh = draw(read_imports(TOP / "bot"))
    if "--check" not in sys.argv[1:]:
        DRAWING.parent.mkdir(parents=True, exist_ok=True)
        DRAWING.write_text(fresh, encoding="utf-8")
    elif not DRAWING.exists() or DRAWING.read_text(encoding="utf-8") != fresh:
        print("docs/images/house.svg is stale; run scripts/house.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
