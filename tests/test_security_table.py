"""docs/security-tests.md keeps up: every id has its tests or its reason, and what it names is there."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from scripts import security_table as table
from scripts.security_figures import _is_whole, read_fuzzing, read_results
from scripts.security_table import EVERY_ID, Item, draw, find_faults, list_ids, load_items

CHAOS = {
    "profile": "nightly", "at": "2026-11-22T03:00+00:00",
    "runs": [{"trouble": "kill", "database": "sqlite", "made": {"kill": 1000}, "events": 50_123,
              "found": {"lost": 0, "doubled": 0, "unanswered": 0, "stale writes": 0, "incident": 1}}],
}  # fmt: skip


def test_the_page_is_what_the_tests_and_the_items_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change: python -m scripts.security_table."""
    monkeypatch.setattr(sys, "argv", ["security_table", "--check"])
    assert table.main() == 0


def test_every_id_has_its_tests_or_its_reason() -> None:
    """T1 to T32, R1 to R30, and the items of the ASVS; in their order."""
    items, asvs = load_items()
    assert [item.name for item in items] == list(EVERY_ID)
    assert find_faults(items, asvs) == []


def test_an_id_with_neither_a_missing_test_and_a_missing_id_are_found() -> None:
    """Else the test above could not fail."""
    items, asvs = load_items()
    bare = replace(items[0], shows=())
    wrong = replace(items[1], shows=("tests/test_docs.py::test_that_nobody_wrote",))
    measured = replace(bare, run="make bench", result="bench:latency", note="why")
    assert not any("neither" in fault for fault in find_faults([measured, *items[1:]], asvs))
    assert "| **by a run**: `make bench`; why |" in draw([measured], [], {})
    faults = find_faults([bare, wrong, *items[3:]], asvs)
    assert faults == [
        "T3: not in docs/security-tests.toml",
        "T1: neither a test nor a reason",
        "T2: tests/test_docs.py::test_that_nobody_wrote is not there",
    ]


def test_ids_are_read_out_of_docstrings() -> None:
    """Also several, and a range; not what only looks like one."""
    assert list(list_ids("T24, R23: a day. R1–R3")) == ["T24", "R23", "R1", "R2", "R3"]
    assert list(list_ids("T1 to T3, XT9, R100, TR2")) == ["T1", "T2", "T3"]


def test_a_figure_that_was_kept_stands_beside_its_id() -> None:
    """What a run found is told with its date and both kinds of counts; other files are nothing."""
    ((name, told),) = read_results(CHAOS)
    assert (name, told) == (
        "chaos:kill",
        "2026-11-22, nightly: sqlite 1,000 ×, 50,123 events: lost 0, doubled 0, unanswered 0, stale writes 0, other 1",
    )
    page = draw([Item("R1", "kills", "none lost", ("tests/a.py::b",), result="chaos:kill")], [], {name: told})
    assert f"| **shown** | `tests/a.py::b` | {told} |" in page
    assert list(read_results({"something": "else"})) == []


def test_a_quick_benchmark_is_no_figure() -> None:
    """It shows the shape, and would stand where the long run's figures stood."""
    assert not _is_whole({"plan": {"name": "quick"}})
    assert _is_whole({"plan": {"name": "full"}})
    assert _is_whole(CHAOS)


def test_what_was_fuzzed_adds_up_by_release() -> None:
    """Days and databases together, of the newest release alone."""
    old, new = {"version": "0.1", "part": "bodies", "day": "2026-01-01"}, {"version": "0.2", "part": "bodies"}
    lines = [
        {**old, "on": "sqlite", "counts": {"bodies": 9}, "found": {}},
        {
            **new,
            "on": "sqlite",
            "day": "2026-02-01",
            "counts": {"bodies": 1000, "unsigned": 200},
            "found": {},
        },
        {
            **new,
            "on": "postgres",
            "day": "2026-02-02",
            "counts": {"bodies": 500, "unsigned": 100},
            "found": {"incident": 1},
        },
    ]
    assert dict(read_fuzzing(lines)) == {
        "fuzz:bodies": "2026-02-02, 0.2: 1,500 bodies and 0 minutes led by coverage: 1 found",
        "fuzz:signatures": "2026-02-02, 0.2: 300 bad signatures: nothing found",
    }
    assert dict(read_fuzzing([])) == {}
