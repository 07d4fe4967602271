"""docs/flowchart.md tells the truth about the flow: each node and edge of the city's chart, once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.core.model import Flow
from bot.pack import load_pack

PAGE = Path(__file__).parent.parent / "docs" / "flowchart.md"

# Source: 「數位性影像被害人一站式友善服務」, 臺北市政府, 112.07.06奉核
NODES = (
    *[
        "E1",
        "E2",
        "D1",
        "P1",
        "D2",
        "P2",
        "X1",
        "D3",
        "P3",
        "P4",
        "P5",
        "D4",
        "P6",
        "D5",
        "P7",
        "P8",
        "D6",
        "S1",
        "註1",
        "註2",
    ],
    *(f"S1.{number}" for number in range(1, 11)),
)
EDGES = [
    "E2→D1",
    "D1→P1",
    "D1→D2",
    "E1→P2",
    "D2→P2",
    "D2→?",
    "P2→D3",
    "D3→P3",
    "P3→D4",
    "D3→P4",
    "P4→P5",
    "P5→D3",
    "P5→close",
    "D4→D5",
    "D4→P6",
    "D5→P7",
    "P7→S1",
    "D5→P8",
    "P8→D6",
    "D6→S1",
    "D6→?",
]
UNCLEAR = [f"A{number}" for number in range(1, 9)]
TABLES = {"Nodes": NODES, "Edges": EDGES, "Where the chart is unclear": UNCLEAR}

_TRANSITION = re.compile(r"`(\w+)\.(\w+) → (\w+)`")
_STATE = re.compile(r"(in )?`(\w+)`")
LEFT_OUT = "**left out**"
BY_TRACK = "Every state, by track"


def read_tables(page: str) -> dict[str, list[list[str]]]:
    """Return the cells of the rows of each table, by the heading above it."""
    tables: dict[str, list[list[str]]] = {}
    for part in page.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        rows = [line for line in body.splitlines() if line.startswith("|")][2:]
        tables[heading] = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return tables


def find_faults(page: str, flow: Flow) -> list[str]:
    """Return what the page says that the flow does not do, and what it does not say."""
    tables = read_tables(page)
    faults = [fault for heading, ids in TABLES.items() for fault in _find_miscounts(tables[heading], ids)]
    for heading in TABLES:
        for row in tables[heading]:
            faults += _find_row_faults(row, flow)
    return faults + find_track_faults(page, flow)


def find_track_faults(page: str, flow: Flow) -> list[str]:
    """Return where the tables of the tracks differ from the tracks: each state once, under its own, with a word on it."""
    told = read_tracks(page)
    titles = {track.id: track.title for track in flow.tracks}
    faults = (
        [] if list(told) == [f"{id_} · {title}" for id_, title in titles.items()] else ["the tracks differ"]
    )
    named = Counter(
        (heading.partition(" · ")[0], name)
        for heading, rows in told.items()
        for row in rows
        for name in _names(row[0])
    )
    wanted = Counter((state.track, state.id) for state in flow.states.values())
    faults += [
        f"'{name}' of {track} stands {named[track, name]} times"
        for track, name in named
        if (track, name) not in wanted or named[track, name] > 1
    ]
    faults += [f"the page does not name '{name}'" for track, name in wanted if (track, name) not in named]
    return faults + [f"{row[0]} is for nothing" for rows in told.values() for row in rows if not row[1]]


def read_tracks(page: str) -> dict[str, list[list[str]]]:
    """Return the rows of each track's table, by the heading above it."""
    by_track = page.partition(f"\n## {BY_TRACK}\n")[2]
    return read_tables(by_track.replace("\n### ", "\n## "))


def _find_miscounts(rows: list[list[str]], ids: tuple[str, ...] | list[str]) -> list[str]:
    counted = Counter(row[0] for row in rows)
    wanted = Counter(ids)
    return [f"'{one}' stands {counted[one]} times" for one in counted | wanted if counted[one] != wanted[one]]


def _find_row_faults(row: list[str], flow: Flow) -> list[str]:
    name, _, places, reading = row
    if places == LEFT_OUT:
        return [] if reading else [f"{name} is left out without a reason"]
    return [fault for item in places.split("<br>") for fault in _find_item_faults(name, item, flow)]


def _find_item_faults(name: str, item: str, flow: Flow) -> list[str]:
    transition, state = _TRANSITION.fullmatch(item), _STATE.fullmatch(item)
    if transition:
        return _find_transition_faults(name, transition.groups(), flow)
    if state is None:
        return [f"{name}: '{item}' is neither a state nor a transition"]
    if "→" in name and not state[1]:
        return [f"{name}: an edge needs a transition"]
    return [] if state[2] in flow.states else [f"{name}: there is no state '{state[2]}'"]


def _find_transition_faults(name: str, parts: tuple[str, ...], flow: Flow) -> list[str]:
    start, choice_id, end = parts
    choices = flow.states[start].choices if start in flow.states else ()
    ends = {route.to for choice in choices if choice.id == choice_id for route in choice.routes}
    return [] if end in ends else [f"{name}: no '{start}.{choice_id}' leads to '{end}'"]


def _names(cell: str) -> set[str]:
    return {found[1] for found in re.finditer(r"`(\w+)`", cell)}


@pytest.fixture(scope="module")
def flow() -> Flow:
    return load_pack().flow


def test_the_page_agrees_with_the_flow(flow: Flow) -> None:
    """Every node, edge and unclear point stands once, every place exists, every state is named."""
    assert find_faults(PAGE.read_text(encoding="utf-8"), flow) == []


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("`who.self → age_now`", "`who.self → card`", "E2→D1: no 'who.self' leads to 'card'"),
        ("`who.self → age_now`", "`who.nobody → age_now`", "E2→D1: no 'who.nobody' leads to 'age_now'"),
        ("`who.self → age_now`", "`whom.self → age_now`", "E2→D1: no 'whom.self' leads to 'age_now'"),
        ("`who.self → age_now`", "`age_now`", "E2→D1: an edge needs a transition"),
        (
            "| D3 | 能否順利會談 | `worker` |",
            "| D3 | 能否順利會談 | `talk` |",
            "D3: there is no state 'talk'",
        ),
        (
            "| D3 | 能否順利會談 | `worker` |",
            "| D3 | 能否順利會談 | worker |",
            "is neither a state nor a transition",
        ),
        ("| D6→S1 |", "| D6→S2 |", "'D6→S1' stands 0 times"),
        ("| A2 |", "| A1 |", "'A1' stands 2 times"),
        (
            "A label beside P2 whose meaning is unclear (A2). It is no state; the police are within reach everywhere.",
            "",
            "X1 is left out without a reason",
        ),
        ("| `block` |", "| `deadline` |", "the page does not name 'block'"),
        ("| `block` |", "| `deadline` |", "'deadline' of police stands 2 times"),
        ("| `block` |", "| `card` |", "'card' of police stands 1 times"),
        (
            "| `block` | Blocking comes after saving, and not while a report is possible. |",
            "| `block` | |",
            "`block` is for nothing",
        ),
        ("### care · ", "### cure · ", "the tracks differ"),
    ],
)
def test_a_wrong_row_is_caught(right: str, wrong: str, fault: str, flow: Flow) -> None:
    """A page that says something untrue, or forgets something, fails."""
    page = PAGE.read_text(encoding="utf-8")
    assert right in page
    assert any(fault in found for found in find_faults(page.replace(right, wrong, 1), flow))
