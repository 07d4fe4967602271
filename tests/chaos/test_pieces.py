"""A long profile in pieces: what all of them found is added up, and what is left is known."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.pieces import (
    Aim,
    Piece,
    add_up,
    choose_next,
    choose_told,
    keep_piece,
    load_all_pieces,
    load_pieces,
    name_code,
    sort_pieces,
)
from tests.chaos.report import draw
from tests.chaos.run import Plan, Result
from tests.chaos.verdict import Verdict

PLAN = Plan("strike", 10, 7, events=100)


def a_result(seed: int, made: dict[str, int], **changes: Any) -> Result:
    told: dict[str, Any] = {
        "plan": Plan("strike", 10, seed), "database": "sqlite", "verdict": Verdict(), "events": 30, "duplicates": 3,
        "redelivered": 2, "people": 4, "replies": 28, "handoffs": 1, "made": Counter(made), "ready_warm_s": [0.5],
        "ready_cold_s": [], "back_s": [], "later_s": [], "answers": {200: 30}, "letters": {"sent": 28}, "met": {},
        "took_s": 10.0,
    }  # fmt: skip
    return Result(**{**told, **changes})


def keep(folder: Path, *results: Result) -> list[Piece]:
    for number, result in enumerate(results):
        keep_piece("try", result, {"at": f"2026-11-2{number}"}, folder)
    return load_pieces("try", folder)


def test_pieces_are_added_up(tmp_path: Path) -> None:
    """R1: what went wrong, what was found, and every time that was measured."""
    found = Verdict(lost=2, notes=["lost: somebody"])
    pieces = keep(
        tmp_path,
        a_result(1, {"after_save": 2, "in_erase, not passed": 1}),
        a_result(2, {"after_save": 1, "in_sweep": 1}, verdict=found, ready_warm_s=[0.1, 0.3]),
    )
    (aim,) = sort_pieces([("sqlite", PLAN)], pieces)
    whole = add_up(aim)
    assert whole["made"] == {"after_save": 3, "in_erase, not passed": 1, "in_sweep": 1}
    assert (whole["events"], whole["found"]["lost"], whole["found"]["doubled"]) == (60, 2, 0)
    assert whole["ready_warm_s"] == {"count": 3, "p50": 0.3, "p99": 0.5, "longest": 0.5}
    assert whole["notes"] == ["lost: somebody"]


def test_what_was_not_passed_is_still_to_do(tmp_path: Path) -> None:
    """A place that nobody passed killed nobody."""
    (piece,) = keep(tmp_path, a_result(1, {"after_save": 3, "in_erase, not passed": 2}))
    aim = Aim("sqlite", PLAN, [piece])
    left = aim.cut(seed=9, at_most_s=60)
    assert (left.rounds, left.events, left.first, left.seed) == (7, 70, 5, 9)
    assert left.earlier == {"after_save": 3, "in_erase, not passed": 2}
    assert aim.share == pytest.approx(0.3)


def test_that_of_which_least_is_done_comes_next(tmp_path: Path) -> None:
    """Whoever stops early has seen some of everything; what is done is not done again."""
    pieces = keep(tmp_path, a_result(1, {"after_save": 10}, events=100))
    kills = Plan("kill", 5, 7)
    aims = sort_pieces([("sqlite", PLAN), ("sqlite", kills)], pieces)
    chosen = choose_next(aims)
    assert chosen is not None
    assert chosen.plan is kills
    assert choose_next(aims[:1]) is None


def test_pieces_of_another_program_do_not_count(tmp_path: Path) -> None:
    """What an earlier program went through says nothing of this one."""
    keep(tmp_path, a_result(1, {"after_save": 10}))
    (path,) = (tmp_path / "chaos-try").iterdir()
    path.write_text(path.read_text("utf-8").replace(name_code(), "0" * 12), encoding="utf-8")
    assert load_pieces("try", tmp_path) == []


def test_an_earlier_program_is_told_of_until_this_one_went_through_as_much(tmp_path: Path) -> None:
    """By its own name, and never added to what this one went through."""
    keep(tmp_path, a_result(1, {"after_save": 6}, events=60))
    (path,) = (tmp_path / "chaos-try").iterdir()
    earlier = path.read_text("utf-8").replace(name_code(), "0" * 12).replace("2026-11-20", "2026-11-19")
    path.write_text(earlier, encoding="utf-8")
    keep(tmp_path, a_result(2, {"after_save": 4}, events=60))
    plans = [("sqlite", PLAN)]
    (told,) = choose_told(plans, load_all_pieces("try", tmp_path))
    assert [piece["code"] for piece in told.pieces] == ["0" * 12]
    keep(tmp_path, a_result(3, {"after_save": 2}, events=60))
    (told,) = choose_told(plans, load_all_pieces("try", tmp_path))
    assert [piece["code"] for piece in told.pieces] == [name_code(), name_code()]


def test_the_page_says_how_far_it_is(tmp_path: Path) -> None:
    """Some of what was wanted is not all of it."""
    (aim,) = sort_pieces([("sqlite", PLAN)], keep(tmp_path, a_result(1, {"after_save": 4})))
    kept = {
        "profile": "try",
        "at": "now",
        "commit": "c",
        "sqlite": "3",
        "machine": "m",
        "runs": [add_up(aim)],
    }
    page = draw(kept)
    assert "| sqlite | strike | 4 of 10 | 30 of 100 |" in page
