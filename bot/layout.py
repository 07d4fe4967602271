"""
Arrange boxes in layers, so that arrows lead down and few of them cross.

igraph's Sugiyama layout orders each layer. Labels are boxes of their own between two layers of
states, and long lines keep a lane free in every layer they pass, so nothing lies on anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import igraph

_GAP_X, _GAP_Y = 20.0, 30.0
_LANE = 8.0
_SWEEPS = 40
_CROSSING_ROUNDS = 200
_PER_ROW = 4
#: A shorter piece has no direction, and the tip of an arrow needs one.
_LEAST_PIECE = 0.2
#: Where ways back touch a state, as a share of its width right of the centre: apart from the ways down.
_BACK_PORT = 0.36
#: How much straighter a lane is kept than a line to a box.
_LANE_PULL = 6.0


@dataclass(frozen=True, slots=True)
class Box:
    """Wrapped text and the room it needs, in pixels."""

    lines: tuple[str, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Place:
    """A box with its centre."""

    box: Box
    x: float
    y: float

    @property
    def left(self) -> float:
        """Its left edge."""
        return self.x - self.box.width / 2

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.y - self.box.height / 2


@dataclass(frozen=True, slots=True)
class Line:
    """One half of an arrow as an SVG path: from a state to its label, or from there to the next state."""

    path: str
    goes_up: bool
    arrives: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything in its place; the upper left corner is at 0, 0."""

    boxes: tuple[Place, ...]
    labels: tuple[Place, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Chain:
    """One half of an arrow: the vertices it passes from start to end, lanes included."""

    vertices: tuple[int, ...]
    arrives: bool


@dataclass(slots=True)
class _Net:
    """All vertices: states, then labels, then the lanes of long lines."""

    states: int
    boxes: list[Box]
    layers: list[int]
    chains: list[_Chain]


def arrange(boxes: Sequence[Box], labels: Sequence[Box], edges: Sequence[tuple[int, int]]) -> Sheet:
    """Place boxes and the label of each edge. `edges` are indices of boxes, one for each label."""
    net = _weave(boxes, labels, edges)
    rows = _order_rows(net)
    xs = _spread_rows(net, rows)
    tops, heights = _stack_rows(net, rows)
    places = [
        Place(box, round(xs[i], 1), round(tops[layer] + heights[layer] / 2, 1))
        for i, (box, layer) in enumerate(zip(net.boxes, net.layers, strict=True))
    ]
    first = len(boxes)
    return Sheet(
        boxes=tuple(places[:first]),
        labels=tuple(places[first : first + len(labels)]),
        lines=tuple(_trace(chain, places, net, tops, heights) for chain in net.chains),
        width=round(max(place.left + place.box.width for place in places), 1),
        height=round(tops[-1] + heights[-1], 1),
    )


# Layers


def _weave(boxes: Sequence[Box], labels: Sequence[Box], edges: Sequence[tuple[int, int]]) -> _Net:
    depth = _find_depths(len(boxes), edges)
    net = _Net(len(boxes), [*boxes, *labels], [2 * layer for layer in depth], [])
    net.layers += [2 * depth[start] + (1 if depth[end] > depth[start] else -1) for start, end in edges]
    first = min(net.layers)  # -1 when a box of the first layer leads to itself
    net.layers = [layer - first for layer in net.layers]
    for number, (start, end) in enumerate(edges):
        label = len(boxes) + number
        net.chains.append(_Chain(_lay_lanes(net, start, label), arrives=False))
        net.chains.append(_Chain(_lay_lanes(net, label, end), arrives=True))
    return net


def _lay_lanes(net: _Net, start: int, end: int) -> tuple[int, ...]:
    """Add a lane in every layer between two vertices."""
    step = 1 if net.layers[end] > net.layers[start] else -1
    between = range(net.layers[start] + step, net.layers[end], step)
    first = len(net.boxes)
    net.boxes += [Box((), _LANE, 0.0)] * len(between)
    net.layers += list(between)
    return (start, *range(first, first + len(between)), end)


def _find_depths(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return a layer for each box: one below the lowest box that leads to it, ways back left aside."""
    following: list[list[int]] = [[] for _ in range(count)]
    for start, end in edges:
        following[start].append(end)
    order = _sort_down(following)
    rank = {vertex: position for position, vertex in enumerate(order)}
    depth = [0] * count
    for vertex in order:
        for other in following[vertex]:
            if rank[other] > rank[vertex]:
                depth[other] = max(depth[other], depth[vertex] + 1)
    return _set_aside(depth, edges)


def _sort_down(following: Sequence[Sequence[int]]) -> list[int]:
    """Sort the boxes so that every edge leads on, except those that close a circle."""
    done: list[int] = []
    seen: set[int] = set()

    def visit(vertex: int) -> None:
        seen.add(vertex)
        for other in following[vertex]:
            if other not in seen:
                visit(other)
        done.append(vertex)

    for vertex in _entrances_first(following):
        if vertex not in seen:
            visit(vertex)
    return done[::-1]


def _entrances_first(following: Sequence[Sequence[int]]) -> list[int]:
    """Return the boxes nothing leads to, then the rest, each in the order they were given."""
    led_to = {other for others in following for other in others}
    return sorted(range(len(following)), key=lambda vertex: vertex in led_to)


def _set_aside(depth: list[int], edges: Sequence[tuple[int, int]]) -> list[int]:
    """Move boxes without any edge into rows of their own below the others."""
    joined = {vertex for edge in edges for vertex in edge}
    lowest = max((depth[vertex] for vertex in joined), default=-1)
    alone = [vertex for vertex in range(len(depth)) if vertex not in joined]
    for position, vertex in enumerate(alone):
        depth[vertex] = lowest + 1 + position // _PER_ROW
    return depth


# Rows


def _order_rows(net: _Net) -> list[list[int]]:
    """Return the vertices of each layer from left to right, with few crossings."""
    edges = [
        (upper, lower) if net.layers[upper] < net.layers[lower] else (lower, upper)
        for chain in net.chains
        for upper, lower in pairwise(chain.vertices)
    ]
    graph = igraph.Graph(len(net.boxes), edges, directed=True)  # type: ignore[no-untyped-call]  # igraph has no types
    layout = graph.layout_sugiyama(layers=net.layers, maxiter=_CROSSING_ROUNDS)  # type: ignore[no-untyped-call]  # igraph has no types
    xs = [at[0] for at in layout.coords]
    rows: list[list[int]] = [[] for _ in range(max(net.layers) + 1)]
    for vertex in sorted(range(len(xs)), key=lambda v: (xs[v], v)):
        rows[net.layers[vertex]].append(vertex)
    return rows


def _spread_rows(net: _Net, rows: list[list[int]]) -> list[float]:
    """Return x for each vertex: near its neighbours, in the order of its row, with room between."""
    near = _find_pulls(net)
    xs = [0.0] * len(net.boxes)
    for _ in range(_SWEEPS):
        for row in (*rows, *reversed(rows)):
            wanted = [
                sum(xs[other] * pull for other, pull in near[v]) / (sum(pull for _, pull in near[v]) or 1.0)
                for v in row
            ]
            for vertex, x in zip(row, _keep_apart(wanted, [net.boxes[v].width for v in row]), strict=True):
                xs[vertex] = x
    left = min(x - box.width / 2 for x, box in zip(xs, net.boxes, strict=True))
    return [x - left for x in xs]


def _find_pulls(net: _Net) -> list[list[tuple[int, float]]]:
    """Return for each vertex the neighbours that pull at it, and how much."""
    near: list[list[tuple[int, float]]] = [[] for _ in net.boxes]
    for chain in net.chains:
        for one, other in pairwise(chain.vertices):
            pull = _LANE_PULL if net.boxes[one].width == net.boxes[other].width == _LANE else 1.0
            near[one].append((other, pull))
            near[other].append((one, pull))
    return near


def _keep_apart(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Return places as near as possible to the wanted ones that keep the order and the gaps."""
    offsets = [0.0]
    for before, width in pairwise(widths):
        offsets.append(offsets[-1] + (before + width) / 2 + _GAP_X)
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=False):
        total, count = want - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
            before_total, before_count = blocks.pop()
            total, count = total + before_total, count + before_count
        blocks.append((total, count))
    starts = [total / count for total, count in blocks for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets, strict=False)]


def _stack_rows(net: _Net, rows: list[list[int]]) -> tuple[list[float], list[float]]:
    """Return the upper edge and the height of each row."""
    heights = [max((net.boxes[vertex].height for vertex in row), default=0.0) for row in rows]
    tops, top = [], 0.0
    for height in heights:
        tops.append(top)
        top += height + (_GAP_Y if height else 0.0)
    return tops, heights


# Lines


def _trace(
    chain: _Chain, places: Sequence[Place], net: _Net, tops: Sequence[float], heights: Sequence[float]
) -> Line:
    """Draw a line that bends only between rows, so that it never runs through a box."""
    goes_up = net.layers[chain.vertices[-1]] < net.layers[chain.vertices[0]]
    points: list[tuple[float, float]] = []
    for position, vertex in enumerate(chain.vertices):
        place, layer = places[vertex], net.layers[vertex]
        upper, lower = tops[layer], tops[layer] + heights[layer]
        touch = place.box.height / 2 * (-1 if goes_up else 1)
        x = place.x + (place.box.width * _BACK_PORT if goes_up and vertex < net.states else 0.0)
        if position == 0:
            points += [(x, place.y + touch), (x, upper if goes_up else lower)]
        elif position == len(chain.vertices) - 1:
            points += [(x, lower if goes_up else upper), (x, place.y - touch)]
        else:
            points += (
                [(place.x, lower), (place.x, upper)] if goes_up else [(place.x, upper), (place.x, lower)]
            )
    return Line(_bend(points), goes_up=goes_up, arrives=chain.arrives)


def _bend(points: Sequence[tuple[float, float]]) -> str:
    """Write straight pieces within rows and soft bends between them."""
    (x, y), *rest = points
    path = [f"M{x:.1f} {y:.1f}"]
    for number, (to_x, to_y) in enumerate(rest):
        middle = (y + to_y) / 2
        if number % 2:
            path.append(f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}")
        elif abs(to_y - y) >= _LEAST_PIECE:
            path.append(f"L{to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(path)
